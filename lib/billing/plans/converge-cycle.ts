import { and, eq, sql } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { accounts, currentGrants, planPeriods, subscriptions } from "../../../db/schema";
import { newId } from "../../ids";
import { commit, type Keyed, setOpensAt } from "../../ledger/commit";
import { type Credits, sumCredits } from "../../money/credits";
import { invariant } from "../../result";
import { type AccountRow, opensAt } from "../account";
import type { CycleDecision, Opening } from "./cycle-facts";
import { type PeriodRow, readCycle } from "./cycle-rows";
import { decideCycle } from "./decide-cycle";
import { carry, prolong } from "./prolong";

/**
 * A step: brings an account's plan, cycle, allowances and their freezing to what is known of it at this instant, all in
 * the caller's transaction, under the account's lock. Called again it changes nothing.
 */
export async function convergeCycle(
  tx: Tx,
  { account, now }: { readonly account: AccountRow; readonly now: Date },
): Promise<void> {
  const { known, periods } = await readCycle(tx, account, now);
  const decision = decideCycle(known, now);
  const scene: Scene = { tx, accountId: account.id, now, periods, decision };
  await applyPayments(scene);
  await applyWithdrawals(scene);
  const insertPeriods = await applyOpenings(scene);
  await prolong(tx, account.id, decision.cut, now);
  // Sent together: with ten thousand cycles ending at one instant every round trip counts.
  await Promise.all([
    insertPeriods(),
    ...cutRows(scene),
    ...freedRows(scene),
    changeAccount(tx, account, decision),
    // After everything that was committed here, which went by the instant that was there before.
    setOpensAt(tx, account.id, opensAt({ periodEnd: decision.period.end, cycleDueAt: decision.dueAt })),
  ]);
}

type Scene = {
  readonly tx: Tx;
  readonly accountId: string;
  readonly now: Date;
  readonly periods: readonly PeriodRow[];
  readonly decision: CycleDecision;
};

/** Gives the allowances, and returns what writes their periods down: rows that refer to the grants. */
async function applyOpenings({
  tx,
  accountId,
  now,
  periods,
  decision,
}: Scene): Promise<() => Promise<unknown>> {
  if (decision.open.length === 0) return async () => {};
  const given = decision.open.map((opening) => {
    const earlier = periods.find((each) => each.source === opening.source);
    const withdrawals = earlier ? earlier.withdrawals + 1 : 0;
    return { opening, withdrawals, grant: grantOf(opening, withdrawals, now) };
  });
  const keyed = given.flatMap(({ opening, grant }): Keyed[] => [
    { key: grant.source, command: { kind: "grant", grant } },
    ...(opening.payment === "failed" ? [freezing(grant.id)] : []),
  ]);
  const outcomes = await commit(tx, accountId, keyed);
  invariant(
    outcomes.every((each) => each.kind === "done"),
    `account ${accountId} was given no period twice`,
  );
  // Paid for, and over when it was heard of: nobody could have used it.
  for (const { opening, grant } of given)
    if (opening.period.end <= now) await carry(tx, accountId, grant.id, { now, until: decision.period.end });
  const insert = tx
    .insert(planPeriods)
    .values(
      given.map(({ opening, withdrawals, grant }) => ({
        accountId,
        source: opening.source,
        plan: opening.plan,
        subscriptionId: opening.subscriptionId,
        startsAt: opening.period.start,
        endsAt: opening.period.end,
        credits: opening.credits,
        grantId: grant.id,
        payment: opening.payment,
        invoiceId: opening.invoiceId,
        openedAt: now,
        withdrawals,
      })),
    )
    .onConflictDoUpdate({
      target: [planPeriods.accountId, planPeriods.source],
      set: {
        grantId: sql`excluded.grant_id`,
        payment: sql`excluded.payment`,
        invoiceId: sql`excluded.invoice_id`,
        endsAt: sql`excluded.ends_at`,
        openedAt: sql`excluded.opened_at`,
        withdrawals: sql`excluded.withdrawals`,
        withdrawnAt: null,
      },
    });
  return () => insert.execute();
}

function grantOf({ source, credits, period, ahead }: Opening, withdrawals: number, now: Date) {
  // Stripe's clock may be a little ahead of ours: what is paid is usable now.
  const startsAt = !ahead && period.start > now ? now : period.start;
  return {
    id: newId(),
    kind: "plan",
    source: withdrawals === 0 ? source : `${source}~${withdrawals}`,
    credits,
    startsAt,
    expiresAt: period.end,
  } as const;
}

/** As often as what Stripe says changes: the period's row, under the lock, says whether it is to be done, so no key recurs. */
const freezing = (grantId: string, kind: "freeze" | "unfreeze" = "freeze"): Keyed => ({
  key: `${kind}:${grantId}:${newId()}`,
  command: { kind, grantId },
});

async function applyPayments(scene: Scene): Promise<void> {
  const { tx, accountId, decision } = scene;
  for (const { source, payment, invoiceId } of decision.payments) {
    const row = scene.periods.find((each) => each.source === source);
    invariant(row, `the period ${source} was read`);
    // Paid after it was over, while nobody knows how the cycle goes on: given when that is known.
    const isEarly = row.payment !== "awaited" && lastUntil(scene, row) <= scene.now;
    if (payment === "paid" && isEarly) continue;
    const grantId = (await applyPayment(scene, row, payment)) ?? row.grantId;
    await tx
      .update(planPeriods)
      .set({ payment, invoiceId, grantId })
      .where(and(eq(planPeriods.accountId, accountId), eq(planPeriods.source, source)));
  }
}

/** How long what is paid late may be used. */
const lastUntil = ({ decision, now }: Scene, { endsAt }: PeriodRow): Date =>
  endsAt > now ? endsAt : decision.period.end;

/** Returns the id of a new grant where one took the place of the period's. */
async function applyPayment(
  scene: Scene,
  row: PeriodRow,
  payment: PeriodRow["payment"],
): Promise<string | null> {
  const { tx, accountId, now } = scene;
  const { grantId } = row;
  // Awaited again, too: whatever said that it failed is contradicted.
  if (row.payment === "failed" && (payment === "paid" || payment === "awaited"))
    await commit(tx, accountId, [freezing(grantId, "unfreeze")]);
  switch (payment) {
    case "failed":
      await commit(tx, accountId, [freezing(grantId)]);
      return null;
    case "unpaid":
      await takeBack(tx, accountId, grantId);
      return null;
    case "paid": {
      const until = lastUntil(scene, row);
      if (row.payment === "unpaid") return giveAgain(tx, accountId, row, { now, until });
      // Paid only when its credits were over: what had been frozen all the while was never to be had. A period that an
      // upgrade cut short is over before them.
      if (row.payment === "failed" && row.creditsUntil <= now)
        await carry(tx, accountId, grantId, { now, until });
      return null;
    }
    default:
      return null;
  }
}

/** The whole allowance, wherever its credits are by now; what was spent of it becomes debt. */
async function takeBack(tx: Tx, accountId: string, grantId: string): Promise<void> {
  const credits = await notRevoked(tx, accountId, grantId);
  if (credits === 0n) return;
  const command = { kind: "revoke", grantId, credits } as const;
  await commit(tx, accountId, [{ key: `revoke:${grantId}:unpaid`, command }]);
}

async function notRevoked(tx: Tx, accountId: string, grantId: string): Promise<Credits> {
  const [grant] = await tx
    .select()
    .from(currentGrants)
    .where(and(eq(currentGrants.accountId, accountId), eq(currentGrants.id, grantId)));
  invariant(grant, `grant ${grantId} of a period exists`);
  return sumCredits([grant.remainingCredits, grant.heldCredits, grant.spentCredits, grant.expiredCredits]);
}

/** Paid after all, when it had been taken back and its use been owed: the allowance is given anew and pays that debt. */
async function giveAgain(
  tx: Tx,
  accountId: string,
  row: PeriodRow,
  { now, until }: { now: Date; until: Date },
): Promise<string | null> {
  if (until <= now) return null;
  const grant = {
    id: newId(),
    kind: "plan",
    source: `${row.source}~paid`,
    credits: row.credits,
    startsAt: now,
    expiresAt: until,
  } as const;
  await commit(tx, accountId, [{ key: grant.source, command: { kind: "grant", grant } }]);
  return grant.id;
}

async function applyWithdrawals({ tx, accountId, now, periods, decision }: Scene): Promise<void> {
  for (const source of decision.withdraw) {
    const row = periods.find((each) => each.source === source);
    invariant(row, `the period ${source} was read`);
    const { grantId, credits } = row;
    await commit(tx, accountId, [
      { key: `withdraw:${grantId}`, command: { kind: "revoke", grantId, credits } },
    ]);
    await tx
      .update(planPeriods)
      .set({ withdrawnAt: now })
      .where(and(eq(planPeriods.accountId, accountId), eq(planPeriods.source, source)));
  }
}

const cutRows = ({ tx, accountId, decision }: Scene): Promise<unknown>[] =>
  decision.cut.map(({ source, at }) =>
    tx
      .update(planPeriods)
      .set({ endsAt: at })
      .where(and(eq(planPeriods.accountId, accountId), eq(planPeriods.source, source)))
      .execute(),
  );

const freedRows = ({ tx, accountId, decision: { freed } }: Scene): Promise<unknown>[] =>
  freed
    ? [
        tx
          .update(subscriptions)
          .set({ freedAt: freed.at })
          .where(and(eq(subscriptions.accountId, accountId), eq(subscriptions.id, freed.subscriptionId)))
          .execute(),
      ]
    : [];

async function changeAccount(tx: Tx, account: AccountRow, decision: CycleDecision): Promise<void> {
  const { plan, planStatus, anchor, period, dueAt, freed } = decision;
  await tx
    .update(accounts)
    .set({
      plan,
      planStatus,
      cycleAnchor: anchor,
      periodStart: period.start,
      periodEnd: period.end,
      cycleDueAt: dueAt,
      // An agreement ends with the subscription that took its place.
      allowanceCredits: freed ? null : account.allowanceCredits,
    })
    .where(eq(accounts.id, account.id));
}
