import { describe, expect, it } from "vitest";
import { DAY, HOUR, openPlanShop } from "../../../../dev/testing/plans";
import { openUpgrades } from "../../../../dev/testing/upgraded";
import { openCycle } from "../cycles/open";

// The accounts are made by today's code against the simulated Stripe, their rows are written down as the release before
// allowances had them (billing periods), and what a deployment runs makes allowances of those.
const shop = openPlanShop();
const upgrade = openUpgrades(shop);

describe("of a database of the release before allowances", () => {
  it("a Free account that sleeps, and one that was used", async () => {
    const who = await shop.makeFree();
    const used = await shop.makeFree();
    await shop.spend(used, 5n);
    const { allowancesOf } = await upgrade([who, used]);
    expect(await allowancesOf(used)).toMatchObject([
      { origin: "internal", payment: "none", month: 0, part: 0 },
    ]);
  });

  it("a paid month, and the renewal after it", async () => {
    const who = await shop.makeSubscriber();
    await shop.spend(who, 1_000n);
    const after = await upgrade([who]);
    expect(await after.allowancesOf(who)).toMatchObject([
      { origin: "internal" },
      { origin: "migrated", payment: "paid", month: 0, part: 0, frozen: false, closed: null },
    ]);
    await after.passes(31 * DAY);
    await openCycle(after.db, who.accountId);
    await after.sync(who);
    expect(await after.balanceOf(who)).toMatchObject({ owed_credits: "0" });
    expect((await after.allowancesOf(who)).slice(1)).toMatchObject([
      { origin: "migrated", month: 0, part: 0 },
      { month: 0, part: 0, closed: null },
    ]);
  });

  it("a year counts its months from the start of its invoice, and goes on with the next one", async () => {
    const who = await shop.makeSubscriber("starter", { interval: "year" });
    await shop.passes(65 * DAY);
    await shop.stateOf(who);
    const after = await upgrade([who]);
    const months = (await after.allowancesOf(who)).filter(({ origin }) => origin === "migrated");
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
    const after = await upgrade([who]);
    expect((await after.allowancesOf(who)).at(-1)).toMatchObject({ payment: "owed", frozen: true });
    const customer = await shop.customerOf(who);
    const { data } = await shop.stripe.invoices.list({ customer, status: "open" });
    const card = await shop.stripe.paymentMethods.attach("pm_card_visa", { customer });
    await shop.stripe.invoices.pay(data[0]?.id ?? "", { payment_method: card.id });
    await after.sync(who);
    await after.sync(who);
    expect((await after.allowancesOf(who)).at(-1)).toMatchObject({ payment: "paid", frozen: false });
    expect(await after.balanceOf(who)).toMatchObject({ owed_credits: "0" });
  });
});
