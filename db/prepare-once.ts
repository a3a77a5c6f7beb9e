import { sql } from "drizzle-orm";
import type { Reader } from "./client";

type Prepared<Rows> = { execute(values: { readonly accountId: string }): Promise<Rows> };

/**
 * A query of one account that is built once for each database it runs on: putting a long one together takes longer than
 * sending it. `build` is given what stands for the account's id. Inside a transaction it is built anew.
 */
export function prepareOnce<Rows>(build: (db: Reader, accountId: string) => Prepared<Rows>) {
  const prepared = new WeakMap<Reader, Prepared<Rows>>();
  // The ORM takes a placeholder wherever it takes a value, which its types do not say of functions of ours.
  const accountId = sql.placeholder("accountId") as unknown as string;
  return (db: Reader, of: string): Promise<Rows> => {
    const found = prepared.get(db) ?? build(db, accountId);
    prepared.set(db, found);
    return found.execute({ accountId: of });
  };
}
