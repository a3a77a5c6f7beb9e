import { getTableColumns, sql } from "drizzle-orm";
import type { IndexColumn, PgTable, PgUpdateSetSource } from "drizzle-orm/pg-core";
import type { Tx } from "../../../db/client";

/** Well below what a statement may have of parameters, at forty a row. */
const MAX_ROWS = 500;

/**
 * A step: writes rows of one account, all with the same columns; the first of `key` is the account's. One statement for
 * 500 rows, and none for rows that are as they were kept: what did not change is not written again.
 */
export async function putChanged<T extends PgTable>(
  tx: Tx,
  table: T,
  {
    rows,
    kept,
    key,
  }: {
    readonly rows: readonly T["$inferInsert"][];
    readonly kept: readonly object[];
    readonly key: readonly (keyof T["$inferInsert"] & string)[];
  },
): Promise<void> {
  const changed = findChanged(rows, kept, key);
  const columns = getTableColumns(table);
  const target = key.map((each) => columns[each] as IndexColumn);
  for (let from = 0; from < changed.length; from += MAX_ROWS) {
    const chunk = changed.slice(from, from + MAX_ROWS);
    const names = Object.keys(chunk[0] ?? {}).filter((each) => !(key as readonly string[]).includes(each));
    const set = names.map((each) => [each, sql`excluded.${sql.identifier(columns[each]?.name ?? each)}`]);
    await tx
      .insert(table)
      .values(chunk)
      .onConflictDoUpdate({ target, set: Object.fromEntries(set) as PgUpdateSetSource<T> });
  }
}

function findChanged<T extends object>(
  rows: readonly T[],
  kept: readonly object[],
  key: readonly string[],
): T[] {
  const cellOf = (row: object, name: string): unknown => (row as Record<string, unknown>)[name];
  const keyOf = (row: object) => key.map((each) => String(cellOf(row, each))).join(" ");
  const before = new Map(kept.map((row) => [keyOf(row), row]));
  return rows.filter((row) => {
    const known = before.get(keyOf(row));
    return !known || Object.entries(row).some(([name, value]) => !isSame(value, cellOf(known, name)));
  });
}

/** As the database would keep both: JSON does not keep the order of its names. */
function isSame(one: unknown, other: unknown): boolean {
  if (one instanceof Date && other instanceof Date) return one.getTime() === other.getTime();
  if (typeof one !== "object" || typeof other !== "object" || !one || !other) return one === other;
  const [names, others] = [Object.keys(one), Object.keys(other)];
  return (
    names.length === others.length &&
    names.every((name) =>
      isSame((one as Record<string, unknown>)[name], (other as Record<string, unknown>)[name]),
    )
  );
}
