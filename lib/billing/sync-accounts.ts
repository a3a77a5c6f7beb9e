import { and, asc, eq, gt, gte, isNotNull } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { accounts, subscriptions } from "../../db/schema";
import { isNobodysTrouble } from "../ledger/each-account";
import { getBalance } from "../ledger/queries";
import { invariant } from "../result";
import type { BillingDeps } from "./deps";
import { syncSubscription } from "./subscriptions/sync";

const LANES = 4;
const PAGE = 500;
/** So many accounts in a row of which Stripe says nothing: it is away, and the others wait until it is back. */
const MAX_UNREAD_IN_A_ROW = 20;

/** What an account has of its plan. Credits that are spent meanwhile change none of it. */
export type PlanState = {
  readonly plan: string;
  readonly status: string;
  /** Stripe's word; null where there is none. */
  readonly subscription: string | null;
  readonly cycleStart: string;
  readonly cycleEnd: string;
  /** Given by grants that live now, used or not. */
  readonly credits: bigint;
  readonly frozen: bigint;
  readonly owed: bigint;
};
export type Change = {
  readonly name: keyof PlanState;
  readonly from: PlanState[keyof PlanState];
  readonly to: PlanState[keyof PlanState];
};

export type SyncedAccount = {
  readonly accountId: string;
  /** False where Stripe did not say, or what it said could not be applied: nothing changed. */
  readonly read: boolean;
  readonly changes: readonly Change[];
};

export type SyncReport = {
  readonly done: number;
  readonly changed: number;
  readonly unread: readonly string[];
  /** Why it ended before its end; null where it did not. */
  readonly stopped: "asked_to" | "provider_away" | "database_away" | null;
  /** Where to go on: of those in order, every account before it is done. Null where all are. */
  readonly next: string | null;
};

export type SyncWatch = {
  /** Told of each account once it is done. */
  readonly onSynced: (synced: SyncedAccount, done: number) => void;
  /** Asked before each account. */
  readonly isStopped: () => boolean;
};

/** How many accounts are customers at Stripe, from this id on. */
export const countCustomers = (db: BillingDeps["db"], from: string | null): Promise<number> =>
  db.$count(accounts, isCustomer(from));

const isCustomer = (from: string | null) =>
  and(isNotNull(accounts.stripeCustomerId), from ? gte(accounts.id, from) : undefined);

/** Reads all customers again in the order of their ids, from one on. What one account's trouble is keeps no other from its turn. */
export async function syncAllAccounts(
  deps: BillingDeps,
  { from, ...watch }: SyncWatch & { readonly from: string | null },
): Promise<SyncReport> {
  const run = startRun(deps, watch);
  let after: string | null = null;
  while (!run.state.stopped) {
    const page: readonly { id: string }[] = await deps.db
      .select({ id: accounts.id })
      .from(accounts)
      .where(and(isCustomer(from), after ? gt(accounts.id, after) : undefined))
      .orderBy(asc(accounts.id))
      .limit(PAGE);
    await run.sync(page.map(({ id }) => id));
    after = page.at(-1)?.id ?? null;
    if (page.length < PAGE) break;
  }
  return run.state;
}

/** Reads one account again. */
export async function syncOneAccount(
  deps: BillingDeps,
  accountId: string,
  watch: SyncWatch,
): Promise<SyncReport> {
  const run = startRun(deps, watch);
  await run.sync([accountId]);
  return { ...run.state, next: null };
}

function startRun(deps: BillingDeps, { onSynced, isStopped }: SyncWatch) {
  const state = {
    done: 0,
    changed: 0,
    unread: [] as string[],
    stopped: null as SyncReport["stopped"],
    next: null as string | null,
  };
  let unreadInARow: string[] = [];
  const tell = (synced: SyncedAccount) => {
    state.done += 1;
    if (synced.changes.length > 0) state.changed += 1;
    unreadInARow = synced.read ? [] : [...unreadInARow, synced.accountId];
    if (!synced.read) state.unread.push(synced.accountId);
    if (unreadInARow.length >= MAX_UNREAD_IN_A_ROW) state.stopped ??= "provider_away";
    onSynced(synced, state.done);
  };
  const sync = async (accountIds: readonly string[]) => {
    const left = new Set(accountIds);
    const queue = accountIds.values();
    const lane = async () => {
      for (const accountId of queue) {
        if (isStopped()) state.stopped ??= "asked_to";
        if (state.stopped) return;
        try {
          tell(await syncAccount(deps, accountId));
          left.delete(accountId);
        } catch (error) {
          if (!isNobodysTrouble(error)) throw error;
          state.stopped ??= "database_away";
        }
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    const again = state.stopped === "provider_away" ? unreadInARow : [];
    [state.next = null] = [...left, ...again].toSorted(); // As Postgres sorts uuids.
  };
  return { state, sync };
}

async function syncAccount(deps: BillingDeps, accountId: string): Promise<SyncedAccount> {
  const { db, log } = deps;
  await deps.openRunningCycle(accountId); // What begins by time alone is no news of Stripe's.
  const before = await readState(db, accountId);
  let read = false;
  try {
    const options = {
      toTheEnd: true,
      also: async () => {
        read = true;
      },
    };
    await syncSubscription(deps, { accountId }, options);
  } catch (error) {
    if (isNobodysTrouble(error)) throw error;
    log.error({ accountId, err: error }, "what Stripe says of an account could not be applied");
    read = false;
  }
  return { accountId, read, changes: compare(before, await readState(db, accountId)) };
}

async function readState(db: Reader, accountId: string): Promise<PlanState> {
  const [row] = await db
    .select({ account: accounts, subscription: subscriptions.status })
    .from(accounts)
    .leftJoin(subscriptions, and(eq(subscriptions.accountId, accounts.id), eq(subscriptions.isPrimary, true)))
    .where(eq(accounts.id, accountId));
  invariant(row, `account ${accountId} exists`);
  const { account, subscription } = row;
  const { total, frozen, owed } = await getBalance(db, accountId);
  return {
    plan: account.plan,
    status: account.planStatus,
    subscription,
    cycleStart: account.periodStart.toISOString(),
    cycleEnd: account.periodEnd.toISOString(),
    credits: total,
    frozen,
    owed,
  };
}

/** What differs, in the order of the names. */
export const compare = (before: PlanState, after: PlanState): readonly Change[] =>
  (Object.keys(after) as (keyof PlanState)[])
    .filter((name) => before[name] !== after[name])
    .map((name) => ({ name, from: before[name], to: after[name] }));
