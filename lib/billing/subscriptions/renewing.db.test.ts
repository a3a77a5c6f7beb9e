import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { allowances } from "../../../db/schema";
import { DAY, HOUR, MINUTE, openPlanShop, type Subscriber, TYPED } from "../../../dev/testing/plans";
import { newId } from "../../ids";
import { getAccountView } from "../account-view";
import { openCycle } from "../allowances/cycles/open";
import { makeDefaultCard } from "../cards/default";
import { syncPaymentMethods } from "../cards/sync";
import { placeOrder } from "../orders/place";
import { payOpenInvoice } from "./pay-invoice";
import { findKnown } from "./read-mirror";
import { settlePlanPayment } from "./settle-payment";
import { openDueCycles, sweepPlans } from "./sweep";
import { syncSubscription } from "./sync";

const shop = openPlanShop();
const ALLOWANCE = 24_000_000n;

/** The end of the period that is paid for. */
async function endOf(who: Subscriber): Promise<number> {
  const { items } = await shop.subscriptionOf(who);
  return (items.data[0]?.current_period_end ?? 0) * 1_000;
}

const moveTo = (ms: number) => shop.clock.moveTo(new Date(ms));

async function makeStarter(typing = {}): Promise<Subscriber> {
  return shop.makeSubscriber("starter", typing);
}

/** Given ahead of its payment in its first seconds, it fails two hours later. Returns when it began. */
async function letRenewalFail(who: Subscriber): Promise<number> {
  await replaceCard(who, "pm_card_chargeCustomerFail");
  const end = await endOf(who);
  await openAt(end + 5_000);
  await moveTo(end + 2 * HOUR);
  return end;
}

async function openAt(ms: number): Promise<void> {
  await moveTo(ms);
  await openDueCycles(shop.db, shop.deps.log);
}

type Answer = Awaited<ReturnType<typeof shop.deps.plans.readBilling>>;

/** What Stripe says of a customer now, to be heard later. */
const readNow = async (who: Subscriber): Promise<Answer> =>
  shop.deps.plans.readBilling(
    await shop.customerOf(who),
    await findKnown(shop.db, who.accountId, { toTheEnd: true }),
  );

const hear = (who: Subscriber, answer: Answer) =>
  syncSubscription({ ...shop.deps, plans: { ...shop.deps.plans, readBilling: async () => answer } }, who);

async function replaceCard(who: Subscriber, card: string): Promise<string> {
  const customerId = await shop.customerOf(who);
  const { id } = await shop.stripe.paymentMethods.attach(card, { customer: customerId });
  await syncPaymentMethods(shop.deps, { accountId: who.accountId, customerId });
  const made = await makeDefaultCard(shop.deps, { accountId: who.accountId, paymentMethodId: id });
  if (!made.ok) throw new Error(made.error.code);
  return id;
}

describe("a renewal", () => {
  it("has its allowance there for whoever looks first after the old one expired, before Stripe has charged anything", async () => {
    const who = await makeStarter();
    await shop.spend(who, 5_000_000n);
    const end = await endOf(who);
    await openAt(end - 20_000);
    const before = await shop.stateOf(who);
    await moveTo(end + 5_000);
    const after = await shop.stateOf(who);
    // With what was left of the free month before.
    expect(before.remaining).toBe(ALLOWANCE + 1_000_000n - 5_000_000n);
    expect(before.periods.some((each) => each.includes("provisional"))).toBe(false);
    expect(after).toMatchObject({ planStatus: "active", remaining: ALLOWANCE, frozen: 0n });
    expect(after.periods.at(-1)).toContain("starter provisional");
  });

  it("is confirmed by its invoice, once, whoever tells of it and however often", async () => {
    const who = await makeStarter();
    const end = await endOf(who);
    await moveTo(end + 2 * HOUR);
    await Promise.all([shop.sync(who), openCycle(shop.db, who.accountId), shop.sync(who), shop.sync(who)]);
    await sweepPlans(shop.deps);
    const state = await shop.stateOf(who);
    expect(state.remaining).toBe(ALLOWANCE);
    expect(state.period).toEqual([new Date(end).toISOString(), new Date(await endOf(who)).toISOString()]);
    expect(state.periods.filter((each) => each.startsWith("starter paid"))).toHaveLength(2);
  });

  it("of which nothing was ever heard is found by the sweep", async () => {
    const who = await makeStarter();
    const end = await endOf(who);
    await moveTo(end + 2 * HOUR);
    await sweepPlans(shop.deps);
    expect((await shop.stateOf(who)).periods.at(-1)).toContain("starter paid");
  });

  it("for five months keeps every boundary to the second, counted from the original day", async () => {
    const who = await makeStarter();
    const starts: string[] = [];
    for (let month = 0; month < 5; month += 1) {
      await moveTo((await endOf(who)) + 2 * HOUR);
      await shop.sync(who);
      starts.push((await shop.stateOf(who)).period[0]);
    }
    // Subscribed on the 31st: clamped, and never drifting.
    const [february, ...others] = starts.map((each) => Number(each.slice(8, 10)));
    expect([28, 29]).toContain(february);
    expect(others).toEqual([31, 30, 31, 30]);
  });

  it("that failed freezes what is left, keeps credits from being bought, and says so", async () => {
    const who = await makeStarter();
    await letRenewalFail(who);
    await shop.spend(who, 4_000_000n);
    await shop.sync(who);
    expect(await shop.stateOf(who)).toMatchObject({
      planStatus: "past_due",
      remaining: 0n,
      frozen: 20_000_000n,
      owed: 0n,
    });
    const order = await placeOrder(shop.deps, {
      ...who,
      requestId: newId(),
      choice: { kind: "bundle", bundleId: "usd100" },
    });
    expect(order).toMatchObject({ ok: false, error: { code: "past_due" } });
    expect((await getAccountView(shop.db, who.accountId)).openInvoice).toMatchObject({ dueCents: 29_900n });
  });

  it("that failed is unfrozen when one of Stripe's own retries is paid", async () => {
    const who = await makeStarter();
    const end = await letRenewalFail(who);
    await shop.sync(who);
    await replaceCard(who, "pm_card_visa");
    await moveTo(end + 10 * DAY);
    await shop.sync(who);
    expect(await shop.stateOf(who)).toMatchObject({ planStatus: "active", remaining: ALLOWANCE, frozen: 0n });
  });

  it("heard of as failed, then as not tried yet, then as paid, is not left frozen", async () => {
    const who = await makeStarter();
    await replaceCard(who, "pm_card_chargeCustomerFail");
    const end = await endOf(who);
    await openAt(end + 10 * MINUTE);
    const drafted = await readNow(who);
    await moveTo(end + 2 * HOUR);
    const failed = await readNow(who);
    for (let times = 0; times < 2; times += 1) {
      await hear(who, failed);
      expect(await shop.stateOf(who)).toMatchObject({ remaining: 0n, frozen: ALLOWANCE });
      await hear(who, drafted);
      expect(await shop.stateOf(who)).toMatchObject({ remaining: ALLOWANCE, frozen: 0n });
    }
    await replaceCard(who, "pm_card_visa");
    await moveTo(end + 10 * DAY);
    await shop.sync(who);
    expect(await shop.stateOf(who)).toMatchObject({ planStatus: "active", remaining: ALLOWANCE, frozen: 0n });
  });

  it("cut short by an upgrade, failed and then paid gives its credits once", async () => {
    const who = await makeStarter();
    const end = await endOf(who);
    await moveTo(end + 10 * MINUTE);
    await shop.sync(who);
    await shop.upgradeAtStripe(who);
    await shop.sync(who);
    await replaceCard(who, "pm_card_chargeCustomerFail");
    await moveTo(end + 2 * HOUR);
    await shop.sync(who);
    await replaceCard(who, "pm_card_visa");
    await moveTo(end + 3 * DAY);
    await shop.sync(who);
    const { plan, remaining, frozen } = await shop.stateOf(who);
    expect({ plan, remaining, frozen }).toEqual({
      plan: "premium",
      remaining: ALLOWANCE + 40_000_000n,
      frozen: 0n,
    });
  });

  it("cut short by an upgrade that was paid is closed out when it fails, and not by turns; paid after all it is given again", async () => {
    const who = await makeStarter();
    const end = await endOf(who);
    await moveTo(end + 10 * MINUTE);
    await shop.sync(who);
    await shop.spend(who, 3_000_000n);
    await shop.upgradeAtStripe(who);
    await replaceCard(who, "pm_card_chargeCustomerFail");
    const drafted = await readNow(who);
    await moveTo(end + 2 * HOUR);
    const failed = await readNow(who);
    await hear(who, drafted);
    expect(await shop.stateOf(who)).toMatchObject({ remaining: ALLOWANCE + 37_000_000n, frozen: 0n });
    for (let times = 0; times < 2; times += 1) {
      for (const answer of [failed, drafted]) {
        await hear(who, answer);
        // What was spent of it is owed, and paid out of what the upgrade gave.
        expect(await shop.stateOf(who)).toMatchObject({ remaining: 37_000_000n, frozen: 0n, owed: 0n });
      }
    }
    await replaceCard(who, "pm_card_visa");
    await moveTo(end + 3 * DAY);
    await shop.sync(who);
    await shop.sync(who);
    expect(await shop.stateOf(who)).toMatchObject({
      plan: "premium",
      remaining: ALLOWANCE + 37_000_000n,
      frozen: 0n,
      owed: 0n,
    });
  });

  it("that failed is unfrozen at once when the customer pays it with another card, however often they click", async () => {
    const who = await makeStarter();
    await letRenewalFail(who);
    await shop.sync(who);
    await replaceCard(who, "pm_card_visa");
    const requestId = newId();
    const paid = await Promise.all(
      Array.from({ length: 3 }, () =>
        payOpenInvoice(shop.deps, { ...who, requestId, paymentMethodId: null }),
      ),
    );
    expect(paid.some((each) => each.ok && each.value.status === "paid")).toBe(true);
    expect(await shop.stateOf(who)).toMatchObject({ planStatus: "active", remaining: ALLOWANCE, frozen: 0n });
    const charges = await shop.charges(await shop.customerOf(who));
    expect(charges.filter((each) => each.status === "succeeded")).toHaveLength(2);
    expect(await payOpenInvoice(shop.deps, { ...who, requestId: newId(), paymentMethodId: null })).toEqual({
      ok: false,
      error: { code: "nothing_to_pay" },
    });
  });

  it("paid with a card whose bank asks goes there and is settled on the way back", async () => {
    const who = await makeStarter();
    await letRenewalFail(who);
    await shop.sync(who);
    await replaceCard(who, "pm_card_authenticationRequired");
    const begun = await payOpenInvoice(shop.deps, { ...who, requestId: newId(), paymentMethodId: null });
    if (!begun.ok) throw new Error(begun.error.code);
    expect(begun.value).toMatchObject({ status: "requires_action" });
    expect(begun.value.actionUrl).toContain("/authenticate/");
    await fetch(begun.value.actionUrl ?? "", {
      method: "POST",
      body: new URLSearchParams({ result: "approve" }),
      redirect: "manual",
    });
    const settled = await settlePlanPayment(shop.deps, {
      accountId: who.accountId,
      paymentId: begun.value.paymentId,
    });
    expect(settled).toMatchObject({ status: "paid" });
    expect(await shop.stateOf(who)).toMatchObject({ planStatus: "active", remaining: ALLOWANCE });
  });

  it("declined again says so, and nothing has changed", async () => {
    const who = await makeStarter();
    await letRenewalFail(who);
    await shop.sync(who);
    const again = await payOpenInvoice(shop.deps, { ...who, requestId: newId(), paymentMethodId: null });
    expect(again).toMatchObject({ ok: true, value: { status: "declined" } });
    expect(await shop.stateOf(who)).toMatchObject({ planStatus: "past_due", frozen: ALLOWANCE });
  });

  it("never paid ends the plan: the rest is revoked and what was spent of it is owed", async () => {
    const who = await makeStarter();
    const end = await letRenewalFail(who);
    await shop.spend(who, 3_000_000n);
    await shop.sync(who);
    await moveTo(end + 25 * DAY);
    await shop.sync(who);
    const state = await shop.stateOf(who);
    expect((await shop.subscriptionOf(who)).status).toBe("canceled");
    // Free from that moment, and its first allowance pays of the debt what it can.
    expect(state).toMatchObject({ plan: "free", planStatus: "active", remaining: 0n, frozen: 0n });
    expect(state.owed).toBe(2_000_000n);
    const rows = await shop.db.select().from(allowances).where(eq(allowances.accountId, who.accountId));
    expect(rows.map((each) => each.closed ?? each.payment).sort()).toEqual([
      "none",
      "none",
      "paid",
      "unpaid",
    ]);
  });

  it("never paid, and paid after all when the plan had ended, gives the allowance back and pays the debt", async () => {
    const who = await makeStarter();
    const end = await letRenewalFail(who);
    await shop.spend(who, 3_000_000n);
    await shop.sync(who);
    await moveTo(end + 25 * DAY);
    await shop.sync(who);
    await replaceCard(who, "pm_card_visa");
    const [open] = (await shop.stripe.invoices.list({ customer: await shop.customerOf(who), status: "open" }))
      .data;
    const card = await shop.stripe.paymentMethods.list({ customer: await shop.customerOf(who) });
    await shop.stripe.invoices.pay(open?.id ?? "", { payment_method: card.data[0]?.id ?? "" });
    await shop.sync(who);
    const state = await shop.stateOf(who);
    expect(state.owed).toBe(0n);
    expect(state.remaining).toBe(ALLOWANCE + 1_000_000n - 3_000_000n);
  });

  it("with a bank that asks every time waits for the customer, and tells how to pay", async () => {
    const who = await makeStarter({ number: TYPED.asksBank });
    const end = await endOf(who);
    await openAt(end + 5_000);
    await moveTo(end + 2 * HOUR);
    await shop.sync(who);
    expect(await shop.stateOf(who)).toMatchObject({
      planStatus: "past_due",
      remaining: 0n,
      frozen: ALLOWANCE,
    });
    expect((await getAccountView(shop.db, who.accountId)).openInvoice).toMatchObject({ dueCents: 29_900n });
  });

  it("while Stripe is away goes on for one period, and not for a second, provisional one", async () => {
    const who = await makeStarter();
    const end = await endOf(who);
    await moveTo(end + DAY);
    shop.simulator.faults.add({ kind: "fail_before", match: { pathPattern: "*" }, times: "forever" });
    await openDueCycles(shop.db, shop.deps.log);
    await sweepPlans(shop.deps);
    expect((await shop.stateOf(who)).remaining).toBe(ALLOWANCE);
    await moveTo(end + 40 * DAY);
    await openDueCycles(shop.db, shop.deps.log);
    expect((await shop.stateOf(who)).remaining).toBe(0n);
    shop.simulator.faults.clear();
    await shop.sync(who);
    expect((await shop.stateOf(who)).remaining).toBe(ALLOWANCE);
  });
});
