import { describe, expect, it } from "vitest";
import { accountMails, stripeEvents } from "../../db/schema";
import { transact } from "../../db/transact";
import { buyingAt } from "../../dev/testing/buying";
import { deliverAll, mailsOf } from "../../dev/testing/outbox";
import { DAY, HOUR, openPlanShop, type Subscriber } from "../../dev/testing/plans";
import type { Buyer } from "../../dev/testing/shop";
import { newId, toPublicId } from "../ids";
import { commit } from "../ledger/commit";
import type { Command } from "../ledger/decide";
import { getBalance } from "../ledger/queries";
import { credits } from "../money/credits";
import { makeDefaultCard } from "./cards/default";
import { removeCard } from "./cards/remove";
import { syncPaymentMethods } from "./cards/sync";
import { handleEvent } from "./handle-event";
import { findOrder } from "./orders/queries";
import { settleOrder } from "./orders/settle";
import { cancelPlan, keepPlan, scheduleDowngrade } from "./subscriptions/change";
import { openDueCycles } from "./subscriptions/sweep";

// One mail per event, however often it is heard, in whatever order, by however many workers.
const shop = openPlanShop();
const { place, confirm } = buyingAt(shop);

const PURPOSE = { category: "platform", resource: null, reference: null } as const;

const heard = new Set<string>();

/** Every event of a customer that Stripe told of since this was called last, each twice, the newest first, by two workers at once. */
async function hearAll(customer: string): Promise<void> {
  const { data } = await shop.stripe.events.list({ limit: 100 });
  const isOwn = ({ data: { object } }: (typeof data)[number]) => JSON.stringify(object).includes(customer);
  const own = data.filter((event) => isOwn(event) && !heard.has(event.id));
  for (const { id } of own) heard.add(id);
  for (const _ of ["worker", "another"]) {
    const ids: string[] = [];
    for (const event of own) {
      const id = `${event.id}_${newId()}`;
      ids.push(id);
      await shop.db.insert(stripeEvents).values({
        id,
        type: event.type,
        payload: { ...event, id },
        createdAt: new Date(event.created * 1_000),
      });
    }
    await Promise.all(ids.map((id) => handleEvent(shop.deps, id).catch(() => {})));
  }
}

const kindsOf = async (who: { accountId: string }, kind = "") =>
  (await mailsOf(shop.db, who)).map((each) => each.kind).filter((each) => each.startsWith(kind));
const textOf = async (who: { accountId: string }, kind: string): Promise<string> => {
  const found = (await deliverAll(shop.db, who)).filter((each) => each.kind === kind);
  return found.map(({ subject, text }) => `${subject}\n${text}`).join("\n");
};
const endOf = async (who: Subscriber) =>
  ((await shop.subscriptionOf(who)).items.data[0]?.current_period_end ?? 0) * 1_000;
async function nextAttemptOf(who: Subscriber): Promise<number> {
  const { data } = await shop.stripe.invoices.list({ customer: await shop.customerOf(who), limit: 1 });
  return (data[0]?.next_payment_attempt ?? 0) * 1_000;
}
const moveTo = (ms: number) => shop.clock.moveTo(new Date(ms));
const hear = async (who: Subscriber) => hearAll(await shop.customerOf(who));

async function pays(who: Subscriber, card: string): Promise<string> {
  const customerId = await shop.customerOf(who);
  const { id } = await shop.stripe.paymentMethods.attach(card, { customer: customerId });
  await syncPaymentMethods(shop.deps, { accountId: who.accountId, customerId });
  await makeDefaultCard(shop.deps, { accountId: who.accountId, paymentMethodId: id });
  return id;
}

describe("a purchase", () => {
  const settleOften = (buyer: Buyer, orderId: string) =>
    Promise.all(
      Array.from({ length: 6 }, () => settleOrder(shop.deps, { accountId: buyer.accountId, orderId })),
    );

  it("is one receipt, with what was paid and what it gave", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    await confirm(buyer, orderId);
    await settleOften(buyer, orderId);
    await hearAll(buyer.customerId);
    expect(await kindsOf(buyer, "receipt")).toEqual(["receipt"]);
    expect(await kindsOf(buyer, "order_")).toEqual([]);
    const text = await textOf(buyer, "receipt");
    for (const word of ["$500.00", "40,000,000", "Visa •••• 4242"]) expect(text).toContain(word);
    expect(text).not.toContain(buyer.customerId);
  });

  it("by somebody in debt says in mail and on its page what it paid back", async () => {
    const buyer = await shop.makeBuyer();
    const { accountId } = buyer;
    const owes = async (amount: bigint) => {
      const grantId = newId();
      const { startedAt } = await getBalance(shop.db, accountId);
      const span = { startsAt: startedAt, expiresAt: new Date(startedAt.getTime() + 90 * DAY) };
      const grant = {
        id: grantId,
        kind: "purchase",
        source: grantId,
        credits: credits(amount),
        ...span,
      } as const;
      const run = (command: Command) =>
        transact(shop.db, (tx) => commit(tx, accountId, [{ key: newId(), command }]));
      await run({ kind: "grant", grant });
      const { remaining } = await getBalance(shop.db, accountId);
      await run({ kind: "spend", credits: remaining, purpose: PURPOSE });
      await run({ kind: "revoke", grantId, credits: credits(amount) });
    };
    const orderId = await place(buyer);
    await owes(640_000n);
    await confirm(buyer, orderId);
    expect(await textOf(buyer, "receipt")).toContain("640,000 of them paid back what you owed");
    const publicId = toPublicId("order", orderId);
    expect(await findOrder(shop.db, accountId, publicId)).toMatchObject({
      status: "paid",
      paidBack: 640_000n,
    });
  });

  it("that is declined is one mail for each try, and a receipt once it is paid", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_visa", "pm_card_chargeCustomerFail"] });
    const orderId = await place(buyer);
    await confirm(buyer, orderId);
    await settleOften(buyer, orderId);
    expect(await kindsOf(buyer, "order_")).toEqual(["order_declined"]);
    await confirm(buyer, orderId);
    await hearAll(buyer.customerId);
    expect(await kindsOf(buyer, "order_")).toEqual(["order_declined", "order_declined"]);
    expect(await textOf(buyer, "order_declined")).toMatch(/did not go through[\s\S]*You were not charged/);
    await confirm(buyer, orderId, { paymentMethodId: buyer.cardIds[0] ?? "" });
    await hearAll(buyer.customerId);
    expect(await kindsOf(buyer, "receipt")).toEqual(["receipt"]);
  });

  it("that waits for the bank is told of only where it still does after five minutes", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_authenticationRequired"] });
    const orderId = await place(buyer);
    await confirm(buyer, orderId);
    await settleOften(buyer, orderId);
    expect(await kindsOf(buyer, "order_")).toEqual(["order_needs_bank"]);
    expect(await textOf(buyer, "order_needs_bank")).toBe("");
    await shop.passes(6 * 60_000);
    expect(await textOf(buyer, "order_needs_bank")).toContain("Your bank asks you to confirm the payment");
  });
});

describe("cards", () => {
  it("added and removed are one mail each, with brand and last digits alone", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_visa", "pm_card_mastercard"] });
    const [first = ""] = buyer.cardIds;
    await removeCard(shop.deps, { accountId: buyer.accountId, paymentMethodId: first });
    await hearAll(buyer.customerId);
    expect((await kindsOf(buyer, "card_")).sort()).toEqual(["card_added", "card_added", "card_removed"]);
    expect(await textOf(buyer, "card_removed")).toContain("A card was removed: Visa •••• 4242");
  });
});

describe("a plan", () => {
  it("began, was renewed with what was lost at the boundary, and ended: one mail each", async () => {
    const who = await shop.makeSubscriber();
    await hear(who);
    expect(await kindsOf(who, "plan_")).toEqual(["plan_paid"]);
    await shop.spend(who, 1_000_000n);
    const end = await endOf(who);
    await moveTo(end + 5_000);
    await openDueCycles(shop.db, shop.deps.log);
    await moveTo(end + 2 * HOUR);
    await hear(who);
    await Promise.all(Array.from({ length: 4 }, () => shop.sync(who)));
    expect(await kindsOf(who, "plan_")).toEqual(["plan_paid", "plan_paid"]);
    const text = await textOf(who, "plan_paid");
    expect(text).toContain("Your Starter plan has begun: $299.00");
    expect(text).toContain("Your Starter plan was renewed: $299.00");
    expect(text).toContain("24,000,000 unused plan credits from the previous period expired");

    await cancelPlan(shop.deps, who);
    await moveTo((await endOf(who)) + 2 * HOUR);
    await hear(who);
    expect(await kindsOf(who, "plan_")).toEqual([
      "plan_paid",
      "plan_paid",
      "plan_cancel_planned",
      "plan_ended",
    ]);
    expect(await textOf(who, "plan_ended")).toContain("Your Starter plan has ended");
  });

  it("whose renewal fails, fails again and is paid is one mail for each of them", async () => {
    const who = await shop.makeSubscriber();
    await pays(who, "pm_card_chargeCustomerFail");
    const end = await endOf(who);
    await moveTo(end + 2 * HOUR);
    await hear(who);
    expect(await kindsOf(who, "plan_payment")).toEqual(["plan_payment_failed"]);
    const text = await textOf(who, "plan_payment_failed");
    expect(text).toContain("$299.00 is due");
    expect(text).toContain("Next automatic attempt");
    await moveTo((await nextAttemptOf(who)) + HOUR);
    await hear(who);
    expect(await kindsOf(who, "plan_payment")).toEqual(["plan_payment_failed", "plan_payment_failed"]);
    expect(await textOf(who, "plan_payment_failed")).toContain("failed again");
    await pays(who, "pm_card_visa");
    await moveTo((await nextAttemptOf(who)) + HOUR);
    await hear(who);
    expect((await kindsOf(who, "plan_")).filter((each) => each === "plan_paid")).toHaveLength(2);
  }, 240_000);

  it("that is to end or to be smaller, and goes on after all, is one mail for each choice", async () => {
    const who = await shop.makeSubscriber("premium");
    await cancelPlan(shop.deps, who);
    await hear(who);
    await keepPlan(shop.deps, who);
    await hear(who);
    await scheduleDowngrade(shop.deps, { ...who, plan: "starter", interval: "month" });
    await hear(who);
    await keepPlan(shop.deps, who);
    await hear(who);
    expect(await kindsOf(who, "plan_")).toEqual([
      "plan_paid",
      "plan_cancel_planned",
      "plan_kept",
      "plan_change_planned",
      "plan_kept",
    ]);
    const sent = (await deliverAll(shop.db, who)).map(({ subject }) => subject);
    expect(sent.filter((each) => each === "Your Premium plan continues")).toHaveLength(2);
    expect(sent.some((each) => /^From .* your plan is Starter$/.test(each))).toBe(true);
  });

  it("that is raised is one mail", async () => {
    const who = await shop.makeSubscriber();
    await shop.upgradeAtStripe(who);
    await hear(who);
    expect(await kindsOf(who, "plan_")).toEqual(["plan_paid", "plan_paid"]);
    expect(await textOf(who, "plan_paid")).toContain("Your plan is now Premium");
  });

  it("read for the first time tells of nothing that is history", async () => {
    const who = await shop.makeSubscriber();
    await moveTo((await endOf(who)) + 2 * HOUR);
    await shop.owner`delete from account_mails where account_id = ${who.accountId}`;
    await shop.passes(10 * DAY);
    await hear(who);
    expect(await shop.db.select().from(accountMails)).not.toContainEqual(
      expect.objectContaining({ accountId: who.accountId, kind: "plan_paid" }),
    );
  });
});
