import { eq } from "drizzle-orm";
import type { Database, Reader } from "../../../db/client";
import { operatorActs } from "../../../db/schema";
import { err, ok, type Result } from "../../result";
import type { Act, ActRefusal, Counter, Request } from "./act";
import { ACTS } from "./acts";
import { isActKind } from "./kinds";

type ActRow = typeof operatorActs.$inferSelect;

/** What takes an act back; null where nothing can. */
export const counterOf = ({ kind, request }: Pick<ActRow, "kind" | "request">): Counter | null =>
  isActKind(kind) ? (ACTS[kind].counter?.(request) ?? null) : null;

/** The request that takes an act back. Each is taken back once. */
export async function requestCounter(db: Database, actId: string): Promise<Result<Request, ActRefusal>> {
  const found = await findOpen(db, actId);
  if (!found.ok) return found;
  const { row, counter } = found.value;
  return ok({ ...counter, accountId: row.accountId, undoes: actId });
}

/** A step: whether a request that says it takes an act back is the one that does, and is the first. */
export async function checkCounter(
  tx: Reader,
  act: Act,
  { kind, accountId, fields, undoes }: Request,
): Promise<Result<undefined, ActRefusal>> {
  if (!undoes) return act.onlyAsCounter ? err({ code: "no_counter_act" }) : ok();
  const found = await findOpen(tx, undoes);
  if (!found.ok) return found;
  const { row, counter } = found.value;
  const isIt =
    counter.kind === kind &&
    row.accountId === accountId &&
    act.fields.every((each) => counter.fields[each] === fields[each]);
  return isIt ? ok() : err({ code: "no_counter_act" });
}

async function findOpen(
  db: Reader,
  actId: string,
): Promise<Result<{ readonly row: ActRow; readonly counter: Counter }, ActRefusal>> {
  const [row] = await db.select().from(operatorActs).where(eq(operatorActs.id, actId));
  if (!row) return err({ code: "subject_not_found" });
  const counter = counterOf(row);
  if (!counter) return err({ code: "no_counter_act" });
  const [taken] = await db
    .select({ id: operatorActs.id })
    .from(operatorActs)
    .where(eq(operatorActs.undoes, actId));
  return taken ? err({ code: "already_taken_back" }) : ok({ row, counter });
}
