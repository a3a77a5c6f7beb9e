import { afterEach, describe, expect, it } from "vitest";
import type { Database } from "../../../db/client";
import { expectBooksBalance } from "../../../dev/testing/books";
import { asReleasedBefore, type FormerRelease } from "../../../dev/testing/former-release";
import { DAY, HOUR, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import type { BillingDeps } from "../deps";
import { syncSubscription } from "../subscriptions/sync";
import { createCycleOpener } from "./cycle-opener";
import { openCycle } from "./open-cycle";

// The accounts are made by today's code against the simulated Stripe, their rows are written down as the release before
// allowances had them (billing periods), and what a deployment runs makes allowances of those.
const shop = openPlanShop();
const opened: FormerRelease[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

type Upgraded = {
  readonly former: FormerRelease;
  readonly db: Database;
  readonly deps: BillingDeps;
  sync(): Promise<void>;
  /** Moves both clocks. */
  passes(ms: number): Promise<void>;
};

const stateOf = async ({ owner }: FormerRelease, { accountId }: Subscriber) => {
  const [state] = await owner`
    select a.plan, a.plan_status, a.period_start, a.period_end, a.cycle_anchor,
      (select jsonb_agg(to_jsonb(g) order by g.id) from grants as g where g.account_id = a.id) as grants,
      -- Under its former name as well.
      (select (to_jsonb(b) - '{opens_at,stable_until,quiet_until}'::text[]) || jsonb_build_object('stable_until',
        coalesce(to_jsonb(b) -> 'stable_until', to_jsonb(b) -> 'quiet_until')) from balances as b where b.account_id = a.id) as balance,
      (select count(*)::int from entries as e where e.account_id = a.id) as entries
    from accounts as a where a.id = ${accountId}`;
  return state;
};

const allowancesOf = ({ owner }: FormerRelease, { accountId }: Subscriber) =>
  owner`select origin, plan, period_start, month::int, part::int, starts_at, payment, frozen, closed, invoice_id is not null as has_invoice
    from allowances where account_id = ${accountId} order by subscription_id is not null, starts_at, part`;

/** Upgrades, and asserts what holds of every account: nothing that it has changed, before and after Stripe was asked. */
async function upgrade(
  who: Subscriber,
  arrange: (former: FormerRelease) => Promise<unknown> = async () => {},
): Promise<Upgraded> {
  const former = await asReleasedBefore(shop);
  opened.push(former);
  await arrange(former);
  const before = await stateOf(former, who);
  const periods = await former.owner`select count(*)::int as n from plan_periods`;
  const db = await former.upgrade();
  expect(await stateOf(former, who)).toEqual(before);
  expect(await former.owner`select count(*)::int as n from allowances`).toEqual(periods);
  await expectBooksBalance(db);
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const deps = { ...shop.deps, db, openRunningCycle: createCycleOpener(db, log) };
  const sync = async () => void (await syncSubscription(deps, who));
  const passes = async (ms: number) => {
    await shop.passes(ms);
    await former.moveTo(shop.clock.now());
  };
  for (const look of [() => openCycle(db, who.accountId), sync, sync]) {
    await look();
    expect(await stateOf(former, who)).toEqual(before);
  }
  await expectBooksBalance(db);
  return { former, db, deps, sync, passes };
}

const balanceOf = async ({ former }: Upgraded, { accountId }: Subscriber) => {
  const [row] = await former.owner`select * from balances where account_id = ${accountId}`;
  return row;
};

describe("of a database of the release before allowances", () => {
  it("a Free account that sleeps, and one that was used", async () => {
    const who = await shop.makeFree();
    const used = await shop.makeFree();
    await shop.spend(used, 5n);
    const { former } = await upgrade(who);
    expect(await allowancesOf(former, used)).toMatchObject([
      { origin: "internal", payment: "none", month: 0, part: 0 },
    ]);
  });

  it("a paid month, and the renewal after it", async () => {
    const who = await shop.makeSubscriber();
    await shop.spend(who, 1_000n);
    const after = await upgrade(who);
    expect(await allowancesOf(after.former, who)).toMatchObject([
      { origin: "internal" },
      { origin: "migrated", payment: "paid", month: 0, part: 0, frozen: false, closed: null },
    ]);
    await after.passes(31 * DAY);
    await openCycle(after.db, who.accountId);
    await after.sync();
    expect(await balanceOf(after, who)).toMatchObject({ owed_credits: "0" });
    expect((await allowancesOf(after.former, who)).slice(1)).toMatchObject([
      { origin: "migrated", month: 0, part: 0 },
      { month: 0, part: 0, closed: null },
    ]);
  });

  it("a year counts its months from the start of its invoice, and goes on with the next one", async () => {
    const who = await shop.makeSubscriber("starter", { interval: "year" });
    await shop.passes(65 * DAY);
    await shop.stateOf(who);
    const after = await upgrade(who);
    const months = (await allowancesOf(after.former, who)).filter(({ origin }) => origin === "migrated");
    expect(months.map(({ month, payment }) => [month, payment])).toEqual(
      months.map((_, month) => [month, "paid"]),
    );
    expect(months.length).toBeGreaterThan(1);
    expect(new Set(months.map((each) => String(each.period_start))).size).toBe(1);
  });

  it("a renewal that failed stays frozen, and is to be had when it is paid", async () => {
    const who = await shop.makeSubscriber();
    const { id, items } = await shop.subscriptionOf(who);
    await fetch(`${shop.simulator.url}/_sim/subscriptions/${id}/decline_next`, { method: "POST" });
    const end = (items.data[0]?.current_period_end ?? 0) * 1_000;
    for (const after of [HOUR / 2, 2 * HOUR]) {
      await shop.clock.moveTo(new Date(end + after));
      await shop.sync(who);
    }
    await shop.stateOf(who);
    const after = await upgrade(who);
    expect((await allowancesOf(after.former, who)).at(-1)).toMatchObject({ payment: "owed", frozen: true });
    const customer = await shop.customerOf(who);
    const { data } = await shop.stripe.invoices.list({ customer, status: "open" });
    const card = await shop.stripe.paymentMethods.attach("pm_card_visa", { customer });
    await shop.stripe.invoices.pay(data[0]?.id ?? "", { payment_method: card.id });
    await after.sync();
    await after.sync();
    expect((await allowancesOf(after.former, who)).at(-1)).toMatchObject({ payment: "paid", frozen: false });
    expect(await balanceOf(after, who)).toMatchObject({ owed_credits: "0" });
  });
});
