import { and, asc, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Database, Reader, Tx } from "../../../db/client";
import { users, waitingActs } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { newId } from "../../ids";
import { err, ok, type Result } from "../../result";
import type { ActDeps, ActRefusal, Request } from "./act";
import { isActKind } from "./kinds";
import { finish, type Performed } from "./perform";
import { runIfSame } from "./run-if-same";

export type WaitingAct = typeof waitingActs.$inferSelect & {
  /** The e-mail address of who asked; null where they are gone. */
  readonly asker: string | null;
};

export type ApprovalRefusal =
  | ActRefusal
  /** Approved, refused or withdrawn already, or a day has passed. */
  | { readonly code: "not_waiting" }
  | { readonly code: "same_operator" };

const ASKER = sql<string | null>`(select u.email from users u where u.id = ${waitingActs.askedBy})`;
const IS_OVER = sql<boolean>`${waitingActs.expiresAt} <= now()`;

/** What waits for a second operator, that first which waits longest and is over first; and how many there are beyond these. */
export async function listWaitingActs(
  db: Reader,
  most = 200,
): Promise<{ readonly acts: readonly WaitingAct[]; readonly more: number }> {
  const rows = await db
    .select({ row: waitingActs, asker: ASKER, all: sql<number>`(count(*) over ())::integer` })
    .from(waitingActs)
    .where(and(isNull(waitingActs.endedAt), sql`not ${IS_OVER}`))
    .orderBy(asc(waitingActs.askedAt), asc(waitingActs.id))
    .limit(most);
  const acts = rows.map(({ row, asker }) => ({ ...row, asker }));
  return { acts, more: (rows[0]?.all ?? 0) - acts.length };
}

/**
 * A second operator agrees, and it is done: under the same preview as it was asked for, or not at all. Whoever asked for it
 * is not the second.
 */
export async function approveAct(
  deps: ActDeps,
  { waitingId, operatorId }: { readonly waitingId: string; readonly operatorId: string },
): Promise<Result<Performed, ApprovalRefusal>> {
  const found = await findWaiting(deps.db, waitingId);
  if (!found) return err({ code: "not_waiting" });
  if (found.askedBy === operatorId) return err({ code: "same_operator" });
  const request = requestOf(found);
  if (!request) return err({ code: "not_waiting" });
  const doer = { actId: newId(), operatorId: found.askedBy, reason: found.reason };
  let isGone = false;
  const ran = await runIfSame(deps, {
    ...{ request, doer, basis: found.basis, approvedBy: operatorId },
    also: async ({ tx }) => {
      if (!(await areOperators(tx, [found.askedBy, operatorId]))) return err({ code: "operator_gone" });
      const ended = await end(tx, waitingId, { end: "approved", endedBy: operatorId, actId: doer.actId });
      isGone = !ended;
      return ended ? ok() : err({ code: "already_so" });
    },
  });
  return isGone ? err({ code: "not_waiting" }) : finish(deps, { request, operatorId: found.askedBy }, ran);
}

/** A second operator does not agree, or whoever asked for it does not want it any more. */
export async function endWaiting(
  db: Database,
  { waitingId, operatorId }: { readonly waitingId: string; readonly operatorId: string },
): Promise<Result<{ readonly end: "refused" | "withdrawn" }, ApprovalRefusal>> {
  return transact(db, async (tx): Promise<Result<{ end: "refused" | "withdrawn" }, ApprovalRefusal>> => {
    const found = await findWaiting(tx, waitingId);
    if (!found) return err({ code: "not_waiting" });
    const as = found.askedBy === operatorId ? "withdrawn" : "refused";
    const ended = await end(tx, waitingId, { end: as, endedBy: operatorId, actId: null });
    return ended ? ok({ end: as }) : err({ code: "not_waiting" });
  });
}

/** A step: whether all of them are operators who may sign in; they stay so until the transaction ends. */
async function areOperators(tx: Tx, ids: readonly string[]): Promise<boolean> {
  const rows = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(inArray(users.id, [...ids]), eq(users.isOperator, true), isNull(users.disabledAt)))
    .for("share");
  return rows.length === ids.length;
}

async function findWaiting(db: Reader, id: string) {
  const [row] = await db
    .select()
    .from(waitingActs)
    .where(and(eq(waitingActs.id, id), isNull(waitingActs.endedAt), sql`not ${IS_OVER}`));
  return row ?? null;
}

/** False where somebody else was faster, or its day has passed. */
async function end(
  tx: Tx,
  id: string,
  how: Pick<typeof waitingActs.$inferInsert, "end" | "endedBy" | "actId">,
): Promise<boolean> {
  const ended = await tx
    .update(waitingActs)
    .set({ ...how, endedAt: sql`now()` })
    .where(and(eq(waitingActs.id, id), isNull(waitingActs.endedAt), sql`not ${IS_OVER}`))
    .returning({ id: waitingActs.id });
  return ended.length > 0;
}

function requestOf({
  kind,
  accountId,
  request: fields,
  undoes,
}: typeof waitingActs.$inferSelect): Request | null {
  return isActKind(kind) ? { kind, accountId, fields, undoes } : null;
}
