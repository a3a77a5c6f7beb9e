import { sql } from "drizzle-orm";
import { type Reader, rawOf, type Tx } from "./client";

type Prepared<Values, Rows> = { execute(values: Values): Promise<Rows> };

/**
 * A query that is built once: putting a long one together takes longer than sending it. `build` is given what stands for the values
 * of these names. What was built for one connection goes out on any: in a transaction on its own.
 */
export function prepareOnce<Values extends Readonly<Record<string, string | number>>, Rows>(
  names: readonly (keyof Values & string)[],
  build: (db: Reader, values: Values) => Prepared<Values, Rows>,
) {
  let prepared: Prepared<Values, Rows> | null = null;
  // The ORM takes a placeholder wherever it takes a value, which its types do not say of functions of ours.
  const slots = Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as unknown as Values;
  return (db: Reader, values: Values): Promise<Rows> => {
    prepared ??= build(db, slots);
    return over(prepared, db).execute(values);
  };
}

/** The ORM's query keeps the connection it was built for: this is the same query over another. */
const over = <Query extends object>(query: Query, db: Reader): Query =>
  Object.create(query, { client: { value: rawOf(db as Tx) } }) as Query;
