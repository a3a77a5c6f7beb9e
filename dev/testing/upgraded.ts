import { afterEach, expect } from "vitest";
import type { Database } from "../../db/client";
import { openCycle } from "../../lib/billing/allowances/cycles/open";
import { createCycleOpener } from "../../lib/billing/allowances/cycles/opener";
import type { BillingDeps } from "../../lib/billing/deps";
import { syncSubscription } from "../../lib/billing/subscriptions/sync";
import { expectBooksBalance } from "./books";
import { asReleasedBefore, type FormerRelease } from "./former-release";
import type { PlanShop, Subscriber } from "./plans";

/** The accounts of a shop, as a deployment of this release finds and migrates them. */
export type Upgraded = {
  readonly former: FormerRelease;
  readonly db: Database;
  readonly deps: BillingDeps;
  sync(who: Subscriber): Promise<void>;
  /** Moves both clocks. */
  passes(ms: number): Promise<void>;
  stateOf(who: Subscriber): Promise<Record<string, unknown> | undefined>;
  /** What became of an account's periods, those without a subscription first. */
  allowancesOf(who: Subscriber): Promise<readonly Record<string, unknown>[]>;
  balanceOf(who: Subscriber): Promise<Record<string, unknown> | undefined>;
};

const LOG = { info: () => {}, warn: () => {}, error: () => {} };

/** What the reconciliation holds to the entries: the release before did not count it. */
const ADDED_TO_GRANTS = [
  "cycle_expired_credits",
  "cycle_from",
  "cycle_paid_back_credits",
  "cycle_used_credits",
  "paid_back_credits",
];

/** The numbers that the catalog has for what were categories of the database: of rows that keep them, before and after. */
const CATEGORY_NUMBERS = { ai_processing: 1, infrastructure: 2, platform: 3 };

/** All that counts of an account and that both releases keep: plan, cycle, every grant, balance, hold and entry. */
async function stateOf({ owner }: FormerRelease, { accountId }: Subscriber) {
  const numbers = JSON.stringify(CATEGORY_NUMBERS);
  const [state] = await owner`
    select a.plan, a.plan_status, a.period_start, a.period_end, a.cycle_anchor,
      (select jsonb_agg(to_jsonb(g) - ${ADDED_TO_GRANTS}::text[] order by g.id) from current_grants as g where g.account_id = a.id) as grants,
      (select to_jsonb(b) - 'opens_at' - 'quiet_until' - 'stable_until' - 'cycle_start' from balances as b where b.account_id = a.id) as balance,
      (select jsonb_agg(to_jsonb(h) || jsonb_build_object(
          'category', coalesce(${numbers}::text::jsonb -> h.category::text, to_jsonb(h.category))) order by h.id)
        from holds as h where h.account_id = a.id) as holds,
      (select jsonb_agg(jsonb_build_array(e.seq, e.grant_id, e.from_bucket, e.to_bucket, e.credits, e.at,
          coalesce(to_jsonb(e) ->> 'former_category', to_jsonb(e) ->> 'category')) order by e.seq)
        from entries as e where e.account_id = a.id) as entries
    from accounts as a where a.id = ${accountId}`;
  return state;
}

/**
 * Returns what upgrades: it asserts of every account named that nothing it has changed by the migration, by looking at it,
 * and by two reads of Stripe. Call it once in a file.
 */
export function openUpgrades(shop: PlanShop) {
  const opened: FormerRelease[] = [];
  afterEach(async () => {
    for (const each of opened.splice(0)) await each.close();
  });
  return async (
    whose: readonly Subscriber[],
    arrange: (former: FormerRelease) => Promise<unknown> = async () => {},
  ): Promise<Upgraded> => {
    const former = await asReleasedBefore(shop);
    opened.push(former);
    await arrange(former);
    const { owner } = former;
    const before = await Promise.all(whose.map((who) => stateOf(former, who)));
    const periods = await owner`select count(*)::int as n from plan_periods`;
    const db = await former.upgrade();
    // Whoever reads or moves credits is asked to open the next cycle at the end of this one.
    expect(
      await owner`select 1 from accounts as a join balances as b on b.account_id = a.id
        where b.opens_at is distinct from greatest(a.period_end, a.cycle_due_at)`,
    ).toEqual([]);
    const expectNothingChanged = async (since: string) => {
      for (const [index, who] of whose.entries())
        expect(await stateOf(former, who), `account ${index} since ${since}`).toEqual(before[index]);
    };
    await expectNothingChanged("the migration");
    expect(await owner`select count(*)::int as n from allowances`).toEqual(periods);
    await expectBooksBalance(db);
    const deps = { ...shop.deps, db, openRunningCycle: createCycleOpener(db, LOG) };
    const sync = async (who: Subscriber) => void (await syncSubscription(deps, who));
    for (const who of whose) await openCycle(db, who.accountId);
    await expectNothingChanged("somebody looked");
    for (const read of ["the first read", "the second read"]) {
      for (const who of whose) await sync(who);
      await expectNothingChanged(read);
    }
    await expectBooksBalance(db);
    return {
      ...{ former, db, deps, sync },
      async passes(ms) {
        await shop.passes(ms);
        await former.moveTo(shop.clock.now());
      },
      stateOf: (who) => stateOf(former, who),
      allowancesOf: ({ accountId }) => owner`
        select origin, plan, period_start, month::int, part::int, starts_at, payment, frozen, closed, invoice_id is not null as has_invoice
        from allowances where account_id = ${accountId} order by subscription_id is not null, starts_at, part`,
      async balanceOf({ accountId }) {
        const [row] = await owner`select * from balances where account_id = ${accountId}`;
        return row;
      },
    };
  };
}
