import { sql } from "drizzle-orm";
import type { Tx } from "../../db/client";
import { operatorActs } from "../../db/schema";
import { newId } from "../ids";
import type { KeptKind } from "./acts/kinds";

type Row = typeof operatorActs.$inferInsert;
type Act = Omit<Row, "id" | "at" | "lines" | "kind"> & { readonly kind: KeptKind } & Partial<
    Pick<Row, "id" | "at" | "lines">
  >;

/**
 * A step: writes down what an operator did, in the transaction of what it did: by the database's clock, unless the act says
 * when. Returns the act's id.
 */
export async function recordAct(
  tx: Pick<Tx, "insert">,
  { id = newId(), at, lines = [], ...act }: Act,
): Promise<string> {
  await tx.insert(operatorActs).values({ ...act, id, lines, at: at ?? sql`now()` });
  return id;
}

/** Who does something at the desk, and why. */
export type ByOperator = {
  readonly operatorId: string;
  /** One line of at most 500 characters. */
  readonly reason: string;
};
