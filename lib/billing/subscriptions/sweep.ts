import { and, asc, eq, isNotNull, isNull, lte, or, sql } from "drizzle-orm";
import type { Database } from "../../../db/client";
import { accounts, checkouts, paymentMethods, planPayments, subscriptions } from "../../../db/schema";
import { shardingOf } from "../../../db/sharding";
import { transact } from "../../../db/transact";
import { toPublicId } from "../../ids";
import { isNobodysTrouble } from "../../ledger/each-account";
import { lockAccount } from "../account";
import { convergeDue, openLater } from "../allowances/cycles/open";
import { finishAdoption, listAdoptions } from "../cards/default";
import { finishRemoval, resumeRemoval } from "../cards/remove";
import type { BillingDeps } from "../deps";
import { isLive } from "../subscription-row";
import { applyPendingChange } from "./apply-pending-change";
import { askLater, settleCheckout } from "./checkouts";
import { listAccountsToLookAt, lookAgain, lookAgainAtNobodys } from "./look-again";
import { findOpenPayment } from "./payment-rows";
import { cancelPlanPayment, cleanUpFailedUpgrade, settleRow } from "./settle-payment";
import { syncSubscription } from "./sync";

const AT_A_TIME = 100;
const CYCLES_AT_A_TIME = 500;
/** In one transaction, where accounts lie in one database: what they wait for they wait for together, and spends of theirs wait no longer than a moment. */
const TOGETHER = 10;
const LANES = 4;
/** Fewer: whoever spends at the boundary opens their own cycle, and is not to wait behind those that nobody waits for. */
const OPENING_LANES = 2;
const MAX_ROUNDS = 1_000;

/** Intervals of the database's clock, so that no server's own clock decides about money. */
const ago = (interval: string) => sql`now() - ${interval}::interval`;

export type OpeningOptions = {
  /** Asked between rounds: false stops early. */
  readonly goOn?: () => boolean;
};

/**
 * Opens every cycle that is due, where nobody came first: at the boundary the account moves on. Returns how many were due.
 */
export async function openDueCycles(
  db: Database,
  log: BillingDeps["log"],
  { goOn = () => true }: OpeningOptions = {},
): Promise<number> {
  const together = (await shardingOf(db).find()) ? 1 : TOGETHER;
  let opened = 0;
  for (let round = 0; round < MAX_ROUNDS && goOn(); round += 1) {
    const due = await db
      .select({ id: accounts.id })
      .from(accounts)
      .where(lte(accounts.cycleDueAt, sql`now()`))
      .orderBy(asc(accounts.cycleDueAt))
      .limit(CYCLES_AT_A_TIME);
    const groups = inGroups(
      due.map((each) => each.id),
      together,
    );
    await inLanes(groups, (ids) => openGroup(db, log, ids), OPENING_LANES);
    opened += due.length;
    if (due.length < CYCLES_AT_A_TIME) break;
  }
  return opened;
}

function inGroups<T>(items: readonly T[], size: number): T[][] {
  const groups: T[][] = [];
  for (let first = 0; first < items.length; first += size) groups.push(items.slice(first, first + size));
  return groups;
}

/** One account's trouble stops nobody: a group that fails is opened one by one, and the failing one is left for a while. */
async function openGroup(db: Database, log: BillingDeps["log"], ids: readonly string[]): Promise<void> {
  try {
    await convergeDue(db, ids);
  } catch (error) {
    if (isNobodysTrouble(error)) throw error;
    if (ids.length > 1) {
      for (const id of ids) await openGroup(db, log, [id]);
      return;
    }
    const [accountId = ""] = ids;
    log.error({ accountId, err: error }, "a cycle could not be opened");
    await openLater(db, accountId);
  }
}

/** Makes up for lost events and cut-short work: asks Stripe about whatever should have been told of by now. */
export async function sweepPlans(deps: BillingDeps): Promise<number> {
  const looked = await Promise.all([
    sweepSubscriptions(deps),
    sweepCheckouts(deps),
    sweepPayments(deps),
    sweepPendingChanges(deps),
    sweepAdoptions(deps),
    sweepRemovals(deps),
    sweepAttention(deps),
  ]);
  return looked.reduce((sum, each) => sum + each, 0);
}

async function sweepSubscriptions(deps: BillingDeps): Promise<number> {
  const due = await deps.db
    .select({ accountId: subscriptions.accountId, id: subscriptions.id })
    .from(subscriptions)
    .where(lte(subscriptions.nextReadAt, sql`now()`))
    .orderBy(asc(subscriptions.nextReadAt))
    .limit(AT_A_TIME);
  return inLanes(due, (each) =>
    guarded(deps, each, async () => {
      // Before anything can go wrong, so that it is not the first of the next run as well. What Stripe says sets another.
      await deps.db
        .update(subscriptions)
        .set({ nextReadAt: sql`now() + interval '5 minutes'` })
        .where(
          and(
            eq(subscriptions.accountId, each.accountId),
            eq(subscriptions.id, each.id),
            lte(subscriptions.nextReadAt, sql`now()`),
          ),
        );
      await syncSubscription(deps, each);
    }),
  );
}

async function sweepCheckouts(deps: BillingDeps): Promise<number> {
  const due = await deps.db
    .select({ checkout: checkouts, subscription: subscriptions })
    .from(checkouts)
    .leftJoin(
      subscriptions,
      and(eq(subscriptions.accountId, checkouts.accountId), eq(subscriptions.isPrimary, true)),
    )
    .where(and(isNull(checkouts.endedAt), lte(checkouts.nextReadAt, sql`now()`)))
    .orderBy(asc(checkouts.nextReadAt))
    .limit(AT_A_TIME);
  return inLanes(due, ({ checkout, subscription }) =>
    guarded(deps, checkout, async () => {
      await askLater(deps, checkout);
      // Subscribed some other way meanwhile: nobody is to pay for a second one.
      await settleCheckout(deps, checkout, { expire: subscription !== null && isLive(subscription) });
    }),
  );
}

async function sweepPayments(deps: BillingDeps): Promise<number> {
  const due = await deps.db
    .select({
      payment: planPayments,
      abandoned: sql<boolean>`${planPayments.createdAt} < ${ago("22 hours")}`,
    })
    .from(planPayments)
    .where(
      or(
        and(eq(planPayments.status, "processing"), lte(planPayments.updatedAt, ago("30 seconds"))),
        and(eq(planPayments.status, "requires_action"), lte(planPayments.updatedAt, ago("2 minutes"))),
        and(
          isNotNull(planPayments.endedAt),
          planPayments.voidPending,
          lte(planPayments.updatedAt, ago("30 seconds")),
        ),
      ),
    )
    .orderBy(asc(planPayments.updatedAt))
    .limit(AT_A_TIME);
  return inLanes(due, ({ payment, abandoned }) =>
    guarded(deps, payment, async () => {
      await deps.db
        .update(planPayments)
        .set({ updatedAt: sql`now()` })
        .where(and(eq(planPayments.accountId, payment.accountId), eq(planPayments.id, payment.id)));
      if (payment.endedAt) await cleanUpFailedUpgrade(deps, payment);
      else if (abandoned && payment.status === "requires_action") await walkAway(deps, payment);
      else await settleRow(deps, payment);
    }),
  );
}

const walkAway = async (
  deps: BillingDeps,
  { accountId, id }: { readonly accountId: string; readonly id: string },
): Promise<void> =>
  void (await cancelPlanPayment(deps, { accountId, paymentId: toPublicId("planPayment", id) }));

/** What was chosen for the period's end, and Stripe did not confirm to whoever chose it. */
async function sweepPendingChanges(deps: BillingDeps): Promise<number> {
  const due = await deps.db
    .select({
      accountId: subscriptions.accountId,
      id: subscriptions.id,
      pendingSince: subscriptions.pendingSince,
    })
    .from(subscriptions)
    .where(
      and(
        lte(subscriptions.pendingSince, ago("1 minute")),
        or(isNull(subscriptions.leaseUntil), lte(subscriptions.leaseUntil, sql`now()`)),
      ),
    )
    .orderBy(sql`random()`) // One that Stripe never confirms is to keep none from its turn.
    .limit(AT_A_TIME);
  return inLanes(due, (each) =>
    guarded(deps, each, async () => {
      const { facts } = await syncSubscription(deps, each);
      if (!facts) return;
      await applyPendingChange(deps, each, { unattended: true });
    }),
  );
}

/** Cards that were to become the default, and of which Stripe did not say so to whoever chose them. */
async function sweepAdoptions(deps: BillingDeps): Promise<number> {
  const due = await listAdoptions(deps.db);
  return inLanes(due, (each) =>
    guarded(deps, each, async () => {
      const isFree = await transact(deps.db, async (tx) => {
        await lockAccount(tx, each.accountId);
        // An upgrade that is under way has set a card of its own, and would be charged to this one.
        if (await findOpenPayment(tx, each.accountId)) return false;
        await tx
          .update(accounts)
          .set({ adoptingCardAt: sql`now()` })
          .where(and(eq(accounts.id, each.accountId), isNotNull(accounts.adoptingCardId)));
        return true;
      });
      if (isFree) await finishAdoption(deps, each);
    }),
  );
}

async function sweepRemovals(deps: BillingDeps): Promise<number> {
  const due = await deps.db
    .select({ accountId: paymentMethods.accountId, paymentMethodId: paymentMethods.id })
    .from(paymentMethods)
    .where(lte(paymentMethods.removeRequestedAt, ago("1 minute")))
    .orderBy(sql`random()`)
    .limit(AT_A_TIME);
  return inLanes(due, (each) =>
    guarded(deps, each, async () => {
      const resumed = await transact(deps.db, (tx) => resumeRemoval(tx, each));
      if (resumed === "free") await finishRemoval(deps, each);
    }),
  );
}

/** What needs attention is looked at again until it is right. */
async function sweepAttention(deps: BillingDeps): Promise<number> {
  const due = await listAccountsToLookAt(deps, AT_A_TIME);
  const looked = await inLanes(due, (each) => guarded(deps, each, () => lookAgain(deps, each)));
  return looked + (await lookAgainAtNobodys(deps, AT_A_TIME));
}

async function guarded(
  { log }: BillingDeps,
  { accountId }: { readonly accountId: string },
  step: () => Promise<void>,
): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (isNobodysTrouble(error)) throw error;
    log.error({ accountId, err: error }, "an account's plan could not be swept");
  }
}

/** A few at once, none waiting for more than its own. Returns how many. */
async function inLanes<T>(
  items: readonly T[],
  work: (item: T) => Promise<void>,
  lanes = LANES,
): Promise<number> {
  const queue = items.values();
  const lane = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return items.length;
}
