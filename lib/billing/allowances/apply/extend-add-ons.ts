import { and, eq, gt, ne } from "drizzle-orm";
import type { Reader, Tx } from "../../../../db/client";
import { currentGrants, orders } from "../../../../db/schema";
import { newId } from "../../../ids";
import { bySystem } from "../../../ledger/cause";
import { commit } from "../../../ledger/commit";
import { sumCredits } from "../../../money/credits";
import { invariant } from "../../../result";
import type { Decision } from "../facts";

/**
 * A step: where another cycle began in the middle of one, add-on credits that were alive then get the later of their own end and
 * the new cycle's. What expired because the change was heard of late comes back as an adjustment.
 */
export async function extendAddOns(
  tx: Tx,
  accountId: string,
  cuts: Decision["cut"],
  now: Date,
): Promise<void> {
  const [first] = cuts.toSorted((a, b) => a.at.getTime() - b.at.getTime());
  if (!first) return;
  const addOns = await tx
    .select({ id: currentGrants.id, expiresAt: currentGrants.expiresAt })
    .from(currentGrants)
    .where(
      and(
        eq(currentGrants.accountId, accountId),
        ne(currentGrants.kind, "plan"),
        gt(currentGrants.expiresAt, first.at),
      ),
    );
  for (const { id, expiresAt } of addOns) {
    const until = laterEnd(expiresAt, cuts);
    if (until <= expiresAt) continue;
    const extended = expiresAt > now && (await extend(tx, accountId, id, until));
    if (!extended && until > now) await giveOnceMore(tx, accountId, id, { now, until });
  }
}

/** One change may follow another: each counts for what was still alive when it came. */
function laterEnd(expiresAt: Date, cuts: Decision["cut"]): Date {
  return cuts
    .toSorted((a, b) => a.at.getTime() - b.at.getTime())
    .reduce((end, { at, until }) => (at < end && end < until ? until : end), expiresAt);
}

const CYCLE_CHANGED = bySystem("another cycle began in the middle of one");

/** False when it was over by the time the ledger looked. */
async function extend(tx: Tx, accountId: string, grantId: string, expiresAt: Date): Promise<boolean> {
  const command = { kind: "extend", grantId, expiresAt } as const;
  const key = `extend:${grantId}:${expiresAt.toISOString()}`;
  const [outcome] = await commit(tx, accountId, [{ key, command, cause: CYCLE_CHANGED }]);
  if (outcome?.kind === "refused" && outcome.refusal.code === "grant_expired") return false;
  invariant(outcome && outcome.kind !== "refused", `grant ${grantId} was alive and ended earlier`);
  await setOrderExpiry(tx, accountId, grantId, expiresAt);
  return true;
}

/** A step: what the page of the order that gave a grant says of its end. */
export async function setOrderExpiry(
  tx: Tx,
  accountId: string,
  grantId: string,
  expiresAt: Date,
): Promise<void> {
  await tx
    .update(orders)
    .set({ expiresAt })
    .where(and(eq(orders.accountId, accountId), eq(orders.grantId, grantId)));
}

/** The source of what was left of a grant that was over, given once more. */
export const onceMore = (grantId: string): string => `${CARRIED}${grantId}`;
const CARRIED = "carried:";

/** The grant that a source says something was left of; null where it is the source of anything else. */
export const givenBefore = (source: string): string | null =>
  source.startsWith(CARRIED) ? source.slice(CARRIED.length) : null;

/** Under which to give once more what is left of a grant: what was so before has its own, and this is once more of that. */
export async function sourceOnceMore(db: Reader, accountId: string, grantId: string): Promise<string> {
  const source = onceMore(grantId);
  const [before] = await db
    .select({ id: currentGrants.id })
    .from(currentGrants)
    .where(and(eq(currentGrants.accountId, accountId), eq(currentGrants.source, source)));
  return before ? sourceOnceMore(db, accountId, before.id) : source;
}

/**
 * Moves what is left of a grant that is over into a new one, until a later end. Not while it is frozen for a dispute:
 * who decides that gives it anew, and it would be there twice.
 */
async function giveOnceMore(
  tx: Tx,
  accountId: string,
  grantId: string,
  { now, until }: { readonly now: Date; readonly until: Date },
): Promise<void> {
  const [grant] = await tx
    .select()
    .from(currentGrants)
    .where(and(eq(currentGrants.accountId, accountId), eq(currentGrants.id, grantId)));
  invariant(grant, `grant ${grantId} exists`);
  const credits = sumCredits([grant.remainingCredits, grant.expiredCredits]);
  if (credits === 0n || until <= now || grant.frozenAt !== null) return;
  const source = await sourceOnceMore(tx, accountId, grantId);
  const regranted = {
    id: newId(),
    kind: "adjustment",
    source,
    credits,
    startsAt: now,
    expiresAt: until,
  } as const;
  await commit(tx, accountId, [
    { key: `${source}:from`, command: { kind: "revoke", grantId, credits }, cause: CYCLE_CHANGED },
    { key: source, command: { kind: "grant", grant: regranted }, cause: CYCLE_CHANGED },
  ]);
}
