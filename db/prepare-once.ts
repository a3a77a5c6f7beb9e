import { sql } from "drizzle-orm";
import type { Reader } from "./client";

type Prepared<Values, Rows> = { execute(values: Values): Promise<Rows> };

/**
 * A query that is built once for each database it runs on: putting a long one together takes longer than sending it. `build` is
 * given what stands for the values of these names. Inside a transaction it is built anew.
 */
export function prepareOnce<Values extends Readonly<Record<string, string | number>>, Rows>(
  names: readonly (keyof Values & string)[],
  build: (db: Reader, values: Values) => Prepared<Values, Rows>,
) {
  const prepared = new WeakMap<Reader, Prepared<Values, Rows>>();
  // The ORM takes a placeholder wherever it takes a value, which its types do not say of functions of ours.
  const slots = Object.fromEntries(names.map((name) => [name, sql.placeholder(name)])) as unknown as Values;
  return (db: Reader, values: Values): Promise<Rows> => {
    const found = prepared.get(db) ?? build(db, slots);
    prepared.set(db, found);
    return found.execute(values);
  };
}
