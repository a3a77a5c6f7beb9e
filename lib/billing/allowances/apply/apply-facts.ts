import { and, eq } from "drizzle-orm";
import { rawOf, type Tx } from "../../../../db/client";
import { allowances, invoiceLines, subscriptions } from "../../../../db/schema";
import { newId } from "../../../ids";
import { bySystem } from "../../../ledger/cause";
import { commit, commitTogether, type Keyed } from "../../../ledger/commit";
import { sendForEach, setStatement } from "../../../ledger/set-sql";
import { setOpensAt, startCycles } from "../../../ledger/start-cycle";
import { invariant } from "../../../result";
import { type AccountRow, opensAt } from "../../account";
import { syncAttention } from "../../attention/items";
import type { BillingLog } from "../../deps";
import { findFreezeCauses, isFrozenBesides } from "../../returns/freezes";
import { isSameKey } from "../allowance-key";
import { decide } from "../decide";
import {
  type AllowanceChange,
  type AllowanceKey,
  DECIDED_REASONS,
  type Decision,
  type Facts,
  type NewAllowance,
} from "../facts";
import { endOf } from "../subscription-state";
import { carryOutReturns } from "./carry-out-returns";
import { closeOut, grantAgain } from "./close-out";
import { extendAddOns } from "./extend-add-ons";
import { type Applying, readFacts, type Work } from "./read-facts";
import { sourceIn, sourceOf } from "./sources";
import type { Read } from "./stored-facts";

/**
 * A step: brings an account's plan, cycle and allowances to what the facts say at this instant, in the caller's
 * transaction, under the account's lock. Called again it changes nothing. Returns what needs an operator's attention.
 */
export async function applyFacts(tx: Tx, applying: Applying): Promise<Decision["attention"]> {
  const [decision] = await applyFactsTogether(tx, [applying]);
  invariant(decision, "an account that was given is decided on");
  return decision.attention;
}

/** What was decided for an account, and what it was decided on. */
type Decided = {
  readonly work: Work;
  readonly account: AccountRow;
  readonly facts: Facts;
  readonly decision: Decision;
};

/** A step: the same for several accounts, under the locks of all of them. Returns what was decided, in their order. */
export async function applyFactsTogether(
  tx: Tx,
  applying: readonly Applying[],
): Promise<readonly Decision[]> {
  const read = await readFacts(tx, applying);
  const decided = applying.map(({ account, now, cause }, index): Decided => {
    const { facts, rows, reversals } = read[index] as Read;
    const work = { tx, accountId: account.id, now, rows, reversals, cause };
    return { work, account, facts, decision: decide(facts, now) };
  });
  for (const { work, decision } of decided)
    for (const change of decision.changes) await applyChange(work, change);
  const insertRows = await giveNew(tx, decided);
  for (const { work, decision } of decided) await extendAddOns(tx, work.accountId, decision.cut, work.now);
  const returned = decided.filter(({ decision }) => decision.returned.length > 0);
  if (returned.length > 0) await insertRows();
  for (const { work, decision } of returned) await carryOutReturns(work, decision);
  // Sent together: with ten thousand cycles ending at one instant every round trip counts.
  await Promise.all([
    returned.length > 0 ? null : insertRows(),
    ...decided.flatMap(writeDown),
    ...moveOn(tx, decided),
  ]);
  return decided.map((each) => each.decision);
}

function writeDown({ work, facts, decision }: Decided): Promise<unknown>[] {
  const { now } = work;
  const ended = facts.subscriptions.find((each) => each.id === facts.account.subscriptionId);
  const endedAt = ended && decision.subscriptionId === null ? endOf(ended, now) : null;
  return [
    ...decision.cut.map(({ key, at }) => updateRow(work, key, { endsAt: at })),
    ...markDecided(work, decision),
    ...showSubscription(work, facts.account.subscriptionId, decision, endedAt),
  ];
}

/** The accounts themselves and their figures, whatever the number of accounts in three statements or four. */
function moveOn(tx: Tx, decided: readonly Decided[]): Promise<unknown>[] {
  const all = decided.map(({ account, decision: { period, dueAt } }) => ({
    accountId: account.id,
    startsAt: period.start,
    at: opensAt({ periodEnd: period.end, cycleDueAt: dueAt }),
  }));
  return [changeAccounts(tx, decided), startCycles(tx, all), setOpensAt(tx, all)];
}

/** A step: the same, and what needs attention becomes items; only with facts that were just read from Stripe. */
export async function applyFactsAndTell(tx: Tx, applying: Applying, log: BillingLog): Promise<void> {
  const found = await applyFacts(tx, applying);
  await syncAttention(tx, {
    accountId: applying.account.id,
    owns: DECIDED_REASONS,
    found: found.map(({ objectId: id, ...each }) => ({ ...each, id })),
    now: applying.now,
    log,
  });
}

/** As often as what Stripe says changes: the row, under the lock, says whether it is to be done, so no key recurs. */
const freezing = (grantId: string, kind: "freeze" | "unfreeze"): Keyed => ({
  key: `${kind}:${grantId}:${newId()}`,
  command: { kind, grantId },
  cause: bySystem(kind === "freeze" ? "its payment is missing" : "its payment is no longer missing"),
});

/** Frozen it may be already, by an operator: then only the row changes. What a dispute or an operator wants frozen stays so. */
async function setFrozen(tx: Tx, accountId: string, grantId: string, frozen: boolean): Promise<void> {
  if (!frozen && isFrozenBesides(await findFreezeCauses(tx, accountId), grantId, "payment")) return;
  await commit(tx, accountId, [freezing(grantId, frozen ? "freeze" : "unfreeze")]);
}

async function applyChange(work: Work, change: AllowanceChange): Promise<void> {
  const { tx, accountId, rows, now } = work;
  const row = rows.find((each) => isSameKey(each, change));
  invariant(row, "an allowance that changes was read");
  const { payment, frozen, lineId, invoiceId } = change;
  // Closed out, it stays frozen in the ledger: unfrozen first, it would pay debts with what is about to be revoked.
  if (row.grantId && row.frozen !== frozen && !change.closeOut)
    await setFrozen(tx, accountId, row.grantId, frozen);
  const closing = change.closeOut && {
    closed: change.closeOut,
    closedAt: now,
    debtCredits: await closeOut(work, row, change.closeOut),
  };
  const regrantId = change.regrant ? await grantAgain(work, row, change.regrant) : row.regrantId;
  await updateRow(work, change, { payment, frozen, lineId, invoiceId, regrantId, ...closing });
}

const updateRow = async (
  { tx, accountId, rows }: Work,
  key: AllowanceKey,
  changes: Partial<typeof allowances.$inferInsert>,
): Promise<void> => {
  await tx
    .update(allowances)
    .set(changes)
    .where(and(eq(allowances.accountId, accountId), eq(allowances.source, sourceIn(rows, key))));
};

const PLAN_GIVES = bySystem("the plan gives it");

/** Grants what is new, and returns what writes the rows down: they refer to the grants. */
async function giveNew(tx: Tx, decided: readonly Decided[]): Promise<() => Promise<unknown>> {
  const given = decided.flatMap(({ work, decision }) =>
    decision.open.map((each) => ({ each, work, grantId: each.credits > 0n ? newId() : null })),
  );
  if (given.length === 0) return async () => {};
  const granting = decided.map(({ work: { accountId } }) => ({
    accountId,
    keyed: given.flatMap(({ each, work, grantId }): Keyed[] =>
      grantId && work.accountId === accountId
        ? [
            {
              key: sourceOf(each),
              command: { kind: "grant", grant: grantOf(each, grantId, work.now) },
              cause: PLAN_GIVES,
            },
          ]
        : [],
    ),
  }));
  const outcomes = await commitTogether(
    tx,
    granting.filter((each) => each.keyed.length > 0),
  );
  for (const [accountId, own] of outcomes)
    invariant(
      own.every((each) => each.kind === "done"),
      `account ${accountId} was given no month twice`,
    );
  const insert = tx.insert(allowances).values(
    given.map(({ each, work, grantId }) => {
      const { expiresAt: _, ...rest } = each;
      return { accountId: work.accountId, source: sourceOf(each), ...rest, grantId, openedAt: work.now };
    }),
  );
  return () => insert.execute();
}

function grantOf(each: NewAllowance, id: string, now: Date) {
  const { credits, startsAt, endsAt, expiresAt } = each;
  // Paid after its time was over, it is given in the running cycle; and Stripe's clock may be a little ahead of ours.
  const isLate = expiresAt.getTime() !== endsAt.getTime();
  return {
    id,
    kind: "plan",
    source: sourceOf(each),
    credits,
    startsAt: isLate || startsAt > now ? now : startsAt,
    expiresAt,
  } as const;
}

const markDecided = ({ tx, accountId, now }: Work, { lines }: Decision): Promise<unknown>[] =>
  lines.map(({ id, invoiceId, assumed }) =>
    tx
      .update(invoiceLines)
      .set({ decidedAt: now, assumed })
      .where(
        and(
          eq(invoiceLines.accountId, accountId),
          eq(invoiceLines.invoiceId, invoiceId),
          eq(invoiceLines.id, id),
        ),
      )
      .execute(),
  );

/** One row at a time is the one that is shown; one that ended stays it, with when the account fell back to what it had. */
function showSubscription(
  { tx, accountId }: Work,
  shown: string | null,
  { subscriptionId }: Decision,
  endedAt: Date | null,
): Promise<unknown>[] {
  const ours = (id: string) => and(eq(subscriptions.accountId, accountId), eq(subscriptions.id, id));
  if (shown && endedAt)
    return [tx.update(subscriptions).set({ downgradedToFreeAt: endedAt }).where(ours(shown)).execute()];
  if (!subscriptionId || subscriptionId === shown) return [];
  return [
    tx
      .update(subscriptions)
      .set({ isPrimary: false })
      .where(and(eq(subscriptions.accountId, accountId), subscriptions.isPrimary))
      .execute(),
    tx
      .update(subscriptions)
      .set({ isPrimary: true, downgradedToFreeAt: null })
      .where(ours(subscriptionId))
      .execute(),
  ];
}

const CHANGE_ACCOUNTS = setStatement(
  [
    ["plan", "text"],
    ["plan_status", "plan_status"],
    ["cycle_anchor", "timestamptz"],
    ["period_start", "timestamptz"],
    ["period_end", "timestamptz"],
    ["cycle_due_at", "timestamptz"],
    ["overgiven_credits", "bigint"],
  ],
  (rows, account) => `
    update accounts as a set plan = m.plan, plan_status = m.plan_status, cycle_anchor = m.cycle_anchor, period_start = m.period_start,
      period_end = m.period_end, cycle_due_at = m.cycle_due_at, overgiven_credits = m.overgiven_credits
    from ${rows} where a.id = ${account}`,
);

function changeAccounts(tx: Tx, decided: readonly Decided[]): Promise<unknown> {
  const ids = decided.map(({ account }) => account.id);
  const column = <T>(of: (decision: Decision) => T) => decided.map(({ decision }) => of(decision));
  return sendForEach(rawOf(tx), CHANGE_ACCOUNTS, ids, [
    column(({ plan }) => plan),
    column(({ planStatus }) => planStatus),
    column(({ anchor }) => anchor),
    column(({ period }) => period.start),
    column(({ period }) => period.end),
    column(({ dueAt }) => dueAt),
    column(({ overgiven }) => overgiven),
  ]);
}
