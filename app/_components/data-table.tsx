import type { ReactNode } from "react";
import { classNames } from "./class-names";

export type Column<Row> = {
  readonly key: string;
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** Numbers stand at the end. */
  readonly align?: "start" | "end";
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
 * A table; on a phone each row becomes a small list of its columns. The roles are spelled out because browsers
 * forget a table that is not displayed as one.
 */
export function DataTable<Row>({ caption, columns, rows, rowKey, empty }: DataTableProps<Row>) {
  if (rows.length === 0) return <p className="text-muted">{empty ?? "Nothing here yet."}</p>;
  const end = (column: Column<Row>) =>
    column.align === "end" ? "sm:text-right tabular-nums" : "sm:text-left";
  return (
    // biome-ignore-start lint/a11y/noRedundantRoles: see above
    // biome-ignore-start lint/a11y/useSemanticElements: see above
    <table role="table" className="block w-full sm:table">
      <caption className="sr-only">{caption}</caption>
      <thead role="rowgroup" className="sr-only sm:not-sr-only sm:table-header-group">
        <tr role="row">
          {columns.map((column) => (
            <th
              key={column.key}
              role="columnheader"
              scope="col"
              className={classNames(
                "px-2 pb-2 font-medium text-muted text-sm first:pl-0 last:pr-0",
                end(column),
              )}
            >
              {column.header}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup" className="block sm:table-row-group">
        {rows.map((row) => (
          <tr
            key={rowKey(row)}
            role="row"
            className="block border-line border-t py-3 first:border-t-0 sm:table-row sm:py-0 sm:first:border-t"
          >
            {columns.map((column) => (
              <td
                key={column.key}
                role="cell"
                className={classNames(
                  "flex justify-between gap-4 py-0.5 sm:table-cell sm:border-line sm:border-t sm:px-2 sm:py-2.5 sm:align-top sm:first:pl-0 sm:last:pr-0",
                  end(column),
                )}
              >
                <span aria-hidden="true" className="shrink-0 text-muted sm:hidden">
                  {column.header}
                </span>
                <span className="min-w-0 break-words text-right sm:[text-align:inherit]">
                  {column.cell(row)}
                </span>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
    // biome-ignore-end lint/a11y/useSemanticElements: see above
    // biome-ignore-end lint/a11y/noRedundantRoles: see above
  );
}
