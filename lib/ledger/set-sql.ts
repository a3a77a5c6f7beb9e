/** A statement over rows given as one array per column: of one account, or of many. */
export type SetStatement = { readonly one: string; readonly many: string };

type Column = readonly [name: string, type: string];

/**
 * Builds both forms of a statement. `rows` stands for the given rows under the name `m`, `account` for their account:
 * a constant when there is one account, because a sharded database routes by constants. The first parameter is the
 * account, or the array of accounts; one array for each column follows, then `rest` from `$${columns + 2}` on.
 */
export function setStatement(
  columns: readonly Column[],
  build: (rows: string, account: string) => string,
): SetStatement {
  const arrays = columns.map(([, type], index) => `$${index + 2}::${type}[]`);
  const names = columns.map(([name]) => name);
  return {
    one: build(`unnest(${arrays.join(", ")}) as m(${names.join(", ")})`, "$1::uuid"),
    many: build(
      `unnest(${["$1::uuid[]", ...arrays].join(", ")}) as m(${["account_id", ...names].join(", ")})`,
      "m.account_id",
    ),
  };
}

/** An array as Postgres reads it, of elements that need no quotes: numbers, uuids, enum labels, instants. */
export const plainArray = (values: readonly (string | bigint | number | boolean | null)[]): string =>
  `{${values.map((each) => each ?? "NULL").join(",")}}`;

/** An array of any text. */
export const textArray = (values: readonly (string | null)[]): string =>
  `{${values.map((each) => (each === null ? "NULL" : `"${each.replace(/["\\]/g, "\\$&")}"`)).join(",")}}`;

export const instantArray = (values: readonly (Date | null)[]): string =>
  plainArray(values.map((each) => each && `"${each.toISOString()}"`));
