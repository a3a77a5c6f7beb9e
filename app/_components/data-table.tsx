import type { ReactNode } from "react";
import { type Cell, Table } from "./table";

export type Column<Row> = {
  readonly key: string;
  readonly header: string;
  readonly cell: (row: Row) => Cell;
  /** Numbers stand at the end. */
  readonly align?: "start" | "end";
  /** Looks of its cells, beside those of `globals.css`. */
  readonly className?: string;
};

type DataTableProps<Row> = {
  /** What the table is, for those who cannot see it. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  /** What to say when there is nothing. */
  readonly empty?: ReactNode;
};

/**
 * A table of these rows. What stands in its cells is found out here, as plainly as it can be said; rows and cells are made
 * of that by `Table`.
 */
export function DataTable<Row>({ caption, columns, rows, rowKey, empty }: DataTableProps<Row>) {
  if (rows.length === 0) return <p className="text-muted">{empty ?? "Nothing here yet."}</p>;
  return (
    <Table
      caption={caption}
      headers={columns.map(({ header }) => header)}
      classNames={columns.map(({ align, className }) =>
        [align === "end" && "at-end", className].filter(Boolean).join(" "),
      )}
      rows={rows.map((row) => [rowKey(row), ...columns.map(({ cell }) => cell(row))])}
    />
  );
}
