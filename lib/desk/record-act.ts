import { sql } from "drizzle-orm";
import type { Tx } from "../../db/client";
import { operatorActs } from "../../db/schema";
import { newId } from "../ids";

type Act = Omit<typeof operatorActs.$inferInsert, "id" | "at" | "lines"> &
  Partial<Pick<typeof operatorActs.$inferInsert, "lines">>;

/** A step: writes down what an operator did, in the transaction of what it did. Returns the act's id. */
export async function recordAct(tx: Pick<Tx, "insert">, act: Act): Promise<string> {
  const id = newId();
  await tx.insert(operatorActs).values({ lines: [], ...act, id, at: sql`now()` });
  return id;
}

/** Who does something at the desk, and why. */
export type ByOperator = {
  readonly operatorId: string;
  /** One line of at most 500 characters. */
  readonly reason: string;
};
