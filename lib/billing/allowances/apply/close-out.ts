import { and, eq } from "drizzle-orm";
import type { Tx } from "../../../../db/client";
import { currentGrants } from "../../../../db/schema";
import { newId } from "../../../ids";
import { bySystem } from "../../../ledger/cause";
import { commit } from "../../../ledger/commit";
import { findTakenByOperators } from "../../../ledger/taken-by-operators";
import { type Credits, NO_CREDITS, subtractCredits, sumCredits } from "../../../money/credits";
import { invariant } from "../../../result";
import type { AllowanceChange, CloseReason } from "../facts";
import { isDebtReason } from "../payments";
import type { Work } from "./read-facts";
import type { AllowanceRow } from "./stored-facts";

/**
 * A step, the one way in which an allowance is closed out: what is left of it, held, or expired is revoked. What was spent
 * of it becomes debt where somebody was asked to pay and did not; otherwise it is written off. Returns the debt it made.
 */
export async function closeOut(
  { tx, accountId }: Work,
  { grantId }: AllowanceRow,
  reason: CloseReason,
): Promise<Credits | null> {
  if (!grantId) return null;
  const grant = await getGrant(tx, accountId, grantId);
  const owes = isDebtReason(reason);
  const parts = [grant.remainingCredits, grant.heldCredits, grant.expiredCredits];
  const credits = sumCredits(owes ? [...parts, grant.spentCredits] : parts);
  if (credits > 0n) {
    const command = { kind: "revoke", grantId, credits } as const;
    const cause = bySystem(`an allowance was closed out: ${reason}`);
    await commit(tx, accountId, [{ key: `revoke:${grantId}:${reason}`, command, cause }]);
  }
  return owes ? grant.spentCredits : null;
}

/**
 * A step: gives an allowance once more in the running cycle, for a payment that came after its credits were gone, or for a
 * debt that nobody has to pay any more; what the account owes is paid out of it first. Returns the new grant, or null where
 * there was nothing to give.
 */
export async function grantAgain(
  { tx, accountId, now }: Work,
  row: AllowanceRow,
  { what, until }: NonNullable<AllowanceChange["regrant"]>,
): Promise<string | null> {
  const { grantId, source } = row;
  if (!grantId) return null;
  const credits = await creditsAgain(tx, accountId, row, what);
  if (credits === 0n || until <= now) return null;
  const grant = {
    id: newId(),
    kind: what === "debt" ? "adjustment" : "plan",
    source: `${source}~${what}`,
    credits,
    startsAt: now,
    expiresAt: until,
  } as const;
  const cause = bySystem("an allowance was given again in the running cycle");
  await commit(tx, accountId, [{ key: grant.source, command: { kind: "grant", grant }, cause }]);
  return grant.id;
}

async function creditsAgain(
  tx: Tx,
  accountId: string,
  { grantId, credits, debtCredits, closed, closedAt }: AllowanceRow,
  what: "revoked" | "expired" | "debt",
): Promise<Credits> {
  if (what === "debt") return debtCredits ?? NO_CREDITS;
  const grant = await getGrant(tx, accountId, grantId ?? "");
  if (what === "expired") return sumCredits([grant.remainingCredits, grant.expiredCredits]);
  // Closed out when it was over, and it could be spent to its end: what nobody had used by then is not due again.
  if (closedAt && grant.expiresAt <= closedAt && !grant.frozenAt) return debtCredits ?? NO_CREDITS;
  // What was written off was had; what became debt is paid out of this. What an operator had taken stays taken.
  const gone = sumCredits([
    closed && isDebtReason(closed) ? NO_CREDITS : grant.spentCredits,
    await findTakenByOperators(tx, accountId, grant.id),
  ]);
  return gone < credits ? subtractCredits(credits, gone) : NO_CREDITS;
}

async function getGrant(tx: Tx, accountId: string, grantId: string) {
  const [grant] = await tx
    .select()
    .from(currentGrants)
    .where(and(eq(currentGrants.accountId, accountId), eq(currentGrants.id, grantId)));
  invariant(grant, `grant ${grantId} of an allowance exists`);
  return grant;
}
