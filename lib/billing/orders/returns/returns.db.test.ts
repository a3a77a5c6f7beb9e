import { eq } from "drizzle-orm";
import { afterEach, describe, expect, it } from "vitest";
import { attentionItems, orderRefunds, orderReversals } from "../../../../db/schema";
import { transact } from "../../../../db/transact";
import { atStripeOf } from "../../../../dev/testing/at-stripe";
import { expectBooksBalance } from "../../../../dev/testing/books";
import { buyingAt } from "../../../../dev/testing/buying";
import { mailsOf } from "../../../../dev/testing/outbox";
import { type Buyer, bundleRequest, openShop } from "../../../../dev/testing/shop";
import { newId } from "../../../ids";
import { commit } from "../../../ledger/commit";
import { getBalance } from "../../../ledger/queries";
import { cents, credits } from "../../../money/credits";
import { placeOrder } from "../place";
import { type RefundOrder, refundOrder } from "./refund";
import { settleReturns } from "./settle";
import { settleOrderReturns } from "./settle-order";
import { sweepReturns } from "./sweep";

const shop = openShop({ max: 30 });
const atStripe = atStripeOf(shop);
const { place, confirm, view } = buyingAt(shop);
afterEach(() => expectBooksBalance(shop.db));

const PLAN = 24_000_000n;
const BOUGHT = 8_000_000n;

async function buy(card?: string) {
  const buyer = await shop.makeBuyer(card ? { cards: [card] } : {});
  const orderId = await place(buyer, "usd100");
  await confirm(buyer, orderId);
  const ref = { accountId: buyer.accountId, orderId };
  const [charge] = await shop.charges(buyer.customerId);
  if (!charge) throw new Error("nothing was charged");
  const paymentIntentId = String(charge.payment_intent);
  const hear = () => settleReturns(shop.deps, { paymentIntentId });
  return { buyer, ref, orderId, charge: charge.id, paymentIntentId, hear };
}

async function spend({ accountId }: Buyer, amount: bigint): Promise<void> {
  const purpose = { category: "ai_processing", resource: null, reference: null };
  const command = { kind: "spend", credits: credits(amount), purpose } as const;
  const [outcome] = await transact(shop.db, (tx) => commit(tx, accountId, [{ key: newId(), command }]));
  expect(outcome?.kind).toBe("done");
}

const balance = async ({ accountId }: Buyer) => {
  const { remaining, frozen, owed } = await getBalance(shop.db, accountId);
  return { remaining, frozen, owed };
};
const historyOf = async (buyer: Buyer, orderId: string) =>
  (await view(buyer, orderId)).history.map((each) => each.status).slice(2);
const reversalsOf = ({ accountId }: Buyer) =>
  shop.db.select().from(orderReversals).where(eq(orderReversals.accountId, accountId));
const kindsOfMail = async (buyer: Buyer) =>
  (await mailsOf(shop.db, buyer)).map((each) => each.kind).filter((kind) => kind.startsWith("order_"));
const openItems = async ({ accountId }: Buyer) =>
  (await shop.db.select().from(attentionItems).where(eq(attentionItems.accountId, accountId)))
    .filter((each) => each.state === "open")
    .map((each) => each.reason);
const refundsAt = (paymentIntentId: string) =>
  shop.stripe.refunds.list({ payment_intent: paymentIntentId }).then(({ data }) => data);

describe("a refund that was made in Stripe's dashboard", () => {
  it("I14: takes the credits' share, in parts and whole, and says so in the order's history and by mail", async () => {
    const { buyer, orderId, charge, hear } = await buy();
    await atStripe(`charges/${charge}/refund`, { amount: 3_333 });
    await hear();
    expect(await balance(buyer)).toEqual({ remaining: PLAN + BOUGHT - 2_666_400n, frozen: 0n, owed: 0n });
    expect((await view(buyer, orderId)).status).toBe("partially_refunded");
    await atStripe(`charges/${charge}/refund`);
    await hear();
    expect(await balance(buyer)).toEqual({ remaining: PLAN, frozen: 0n, owed: 0n });
    expect(await historyOf(buyer, orderId)).toEqual(["paid", "partially_refunded", "refunded"]);
    expect(await kindsOfMail(buyer)).toEqual(["order_refunded", "order_refunded"]);
  });

  it("I14: takes nothing twice, however many hear of it at once", async () => {
    const { buyer, charge, hear } = await buy();
    await spend(buyer, PLAN + 5_000_000n);
    await atStripe(`charges/${charge}/refund`);
    await Promise.all(Array.from({ length: 12 }, hear));
    expect(await balance(buyer)).toEqual({ remaining: 0n, frozen: 0n, owed: 5_000_000n });
    expect((await reversalsOf(buyer)).map((each) => each.kind)).toEqual(["revoke"]);
  });

  it("I14: gives everything back when it fails afterwards, debt and all", async () => {
    const { buyer, orderId, charge, hear } = await buy();
    await spend(buyer, PLAN + 5_000_000n);
    const refund = await atStripe(`charges/${charge}/refund`);
    await hear();
    expect(await balance(buyer)).toMatchObject({ owed: 5_000_000n });
    await atStripe(`refunds/${refund.id}/fail`);
    await hear();
    expect(await balance(buyer)).toEqual({ remaining: 3_000_000n, frozen: 0n, owed: 0n });
    expect(await historyOf(buyer, orderId)).toEqual(["paid", "refunded", "paid"]);
    expect(await openItems(buyer)).toContain("refund_failed");
    expect(await kindsOfMail(buyer)).toEqual(["order_refunded", "order_refund_failed"]);
  });

  it("I14: that waits for the payer and is canceled is no silence: buyer and operator hear that the money is still here", async () => {
    const { buyer, orderId, charge, hear } = await buy();
    const refund = await atStripe(`charges/${charge}/refund`, { amount: 2_500 });
    await atStripe(`refunds/${refund.id}/ask_payer`);
    await hear();
    await shop.stripe.refunds.cancel(refund.id);
    await Promise.all([hear(), hear()]);
    expect(await balance(buyer)).toEqual({ remaining: PLAN + BOUGHT, frozen: 0n, owed: 0n });
    expect(await historyOf(buyer, orderId)).toEqual(["paid", "partially_refunded", "paid"]);
    expect(await openItems(buyer)).toEqual(["refund_failed"]);
    expect(await kindsOfMail(buyer)).toEqual(["order_refunded", "order_refund_failed"]);
    const told = (await mailsOf(shop.db, buyer)).find(({ kind }) => kind === "order_refund_failed");
    expect(told?.facts).toMatchObject({ canceled: true, returnedCents: "2500" });
  });

  it("nets right where it is heard of before the payment is: refund before success", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer, "usd100");
    shop.simulator.faults.add({
      kind: "drop_after",
      match: { method: "POST", pathPattern: "/v1/payment_intents" },
      times: 2,
    });
    await confirm(buyer, orderId);
    expect((await view(buyer, orderId)).status).toBe("processing");
    const [charge] = await shop.charges(buyer.customerId);
    await atStripe(`charges/${charge?.id}/refund`);
    await settleReturns(shop.deps, { paymentIntentId: String(charge?.payment_intent) });
    expect(await historyOf(buyer, orderId)).toEqual(["paid", "refunded"]);
    expect(await balance(buyer)).toEqual({ remaining: PLAN, frozen: 0n, owed: 0n });
  });
});

describe("a dispute", () => {
  it("freezes what is left, and won gives it back as if nothing had been", async () => {
    const { buyer, orderId, charge, hear } = await buy();
    const dispute = await atStripe(`charges/${charge}/dispute`);
    await Promise.all([hear(), hear(), hear()]);
    // Buying pauses for the account, on the server too, unless the operator allows it.
    await expect(place(buyer, "usd100")).rejects.toThrow("payment_disputed");
    const lenient = { ...shop.deps, buysInDispute: true };
    expect((await placeOrder(lenient, bundleRequest(buyer))).ok).toBe(true);
    expect(await balance(buyer)).toEqual({ remaining: PLAN, frozen: BOUGHT, owed: 0n });
    expect((await view(buyer, orderId)).status).toBe("disputed");
    expect(await openItems(buyer)).toEqual(["payment_disputed"]);
    await atStripe(`disputes/${dispute.id}/win`);
    await hear();
    expect(await balance(buyer)).toEqual({ remaining: PLAN + BOUGHT, frozen: 0n, owed: 0n });
    expect(await historyOf(buyer, orderId)).toEqual(["paid", "disputed", "paid"]);
    expect(await openItems(buyer)).toEqual([]);
    expect(await kindsOfMail(buyer)).toEqual(["order_disputed", "order_dispute_won"]);
    expect((await mailsOf(shop.db, buyer)).at(-1)?.facts.left).toBe("usable");
  });

  it("won, where all of it had been used, promises nobody that anything can be used again", async () => {
    const { buyer, charge, hear } = await buy();
    await spend(buyer, PLAN + BOUGHT);
    const dispute = await atStripe(`charges/${charge}/dispute`);
    await hear();
    await atStripe(`disputes/${dispute.id}/win`);
    await hear();
    expect((await mailsOf(shop.db, buyer)).at(-1)?.facts).toMatchObject({ left: "none" });
  });

  it("I14: lost takes the credits, what was used of them as debt", async () => {
    const { buyer, orderId, charge, hear } = await buy();
    await spend(buyer, PLAN + 1_000_000n);
    const dispute = await atStripe(`charges/${charge}/dispute`);
    await hear();
    await atStripe(`disputes/${dispute.id}/lose`);
    await hear();
    expect(await balance(buyer)).toEqual({ remaining: 0n, frozen: 0n, owed: 1_000_000n });
    expect(await historyOf(buyer, orderId)).toEqual(["paid", "disputed", "refunded"]);
    expect(await kindsOfMail(buyer)).toEqual(["order_disputed", "order_dispute_lost"]);
  });

  it("I14: that is an inquiry, or a warning of fraud, touches nothing and is an attention item", async () => {
    const { buyer, orderId, charge, hear } = await buy();
    const inquiry = await atStripe(`charges/${charge}/dispute`, { kind: "inquiry" });
    await hear();
    expect(await balance(buyer)).toEqual({ remaining: PLAN + BOUGHT, frozen: 0n, owed: 0n });
    expect((await view(buyer, orderId)).status).toBe("paid");
    expect(await openItems(buyer)).toEqual(["payment_inquiry"]);
    await atStripe(`disputes/${inquiry.id}/close`);
    await hear();
    expect(await openItems(buyer)).toEqual([]);
    expect(await kindsOfMail(buyer)).toEqual([]);
  });
});

describe("a refund of ours", () => {
  const whole = ({ userId }: Buyer, more: Partial<RefundOrder> = {}): RefundOrder => ({
    amountCents: null,
    by: { as: "operator", userId },
    why: "asked for by phone",
    ...more,
  });

  it("is one for five who ask at once, stored with who and why, and takes the credits before Stripe is asked", async () => {
    const { buyer, ref, paymentIntentId } = await buy();
    const asked = await Promise.all(
      Array.from({ length: 5 }, () => refundOrder(shop.deps, ref, whole(buyer))),
    );
    expect(asked.filter((each) => each.ok).length).toBeGreaterThan(0);
    for (const each of asked) expect(each.ok || each.error.code === "nothing_left").toBe(true);
    expect(await refundsAt(paymentIntentId)).toHaveLength(1);
    expect(await balance(buyer)).toEqual({ remaining: PLAN, frozen: 0n, owed: 0n });
    const rows = await shop.db.select().from(orderRefunds).where(eq(orderRefunds.orderId, ref.orderId));
    expect(rows).toMatchObject([
      { status: "succeeded", requestedAs: "operator", requestedBy: buyer.userId, why: "asked for by phone" },
    ]);
  });

  it("I14: is refused for more than is left, an unpaid order, another account's, and while there is a dispute", async () => {
    const { buyer, ref, charge, hear } = await buy();
    const other = await shop.makeBuyer();
    const unpaid = { accountId: buyer.accountId, orderId: await place(buyer, "usd500") };
    const codeOf = async (of: typeof ref, more: Partial<RefundOrder> = {}) => {
      const asked = await refundOrder(shop.deps, of, whole(buyer, more));
      return asked.ok ? "refunded" : asked.error.code;
    };
    expect(await codeOf(ref, { amountCents: cents(10_001n) })).toBe("more_than_left");
    expect(await codeOf(ref, { amountCents: cents(0n) })).toBe("more_than_left");
    expect(await codeOf(unpaid)).toBe("order_not_paid");
    expect(await codeOf({ ...ref, accountId: other.accountId })).toBe("order_not_found");
    await atStripe(`charges/${charge}/dispute`);
    await hear();
    expect(await codeOf(ref)).toBe("order_disputed");
    expect(await reversalsOf(buyer)).toMatchObject([{ kind: "freeze" }]);
  });

  it("I18: whose answer nobody heard is asked again with its key, and is one refund", async () => {
    const { buyer, ref, orderId, paymentIntentId } = await buy();
    shop.simulator.faults.add({
      kind: "drop_after",
      match: { method: "POST", pathPattern: "/v1/refunds" },
      times: 2,
    });
    const asked = await refundOrder(shop.deps, ref, whole(buyer, { amountCents: cents(5_000n) }));
    expect(asked).toMatchObject({ ok: true, value: { unknown: true } });
    expect(await balance(buyer)).toMatchObject({ remaining: PLAN + 4_000_000n });
    expect((await view(buyer, orderId)).status).toBe("paid");
    await shop.owner`update orders set next_returns_read_at = now() where id = ${orderId}`;
    await sweepReturns(shop.deps);
    expect(await refundsAt(paymentIntentId)).toHaveLength(1);
    expect((await view(buyer, orderId)).status).toBe("partially_refunded");
    expect(await balance(buyer)).toMatchObject({ remaining: PLAN + 4_000_000n });
    expect((await reversalsOf(buyer)).map((each) => each.kind)).toEqual(["revoke"]);
  });

  it("I14: asked for while another of the order is under way is that one, and no second half is paid back", async () => {
    const { buyer, ref, paymentIntentId } = await buy();
    const match = { method: "POST", pathPattern: "/v1/refunds" } as const;
    shop.simulator.faults.add({ kind: "drop_after", match, times: 2 });
    const half = whole(buyer, { amountCents: cents(5_000n) });
    expect(await refundOrder(shop.deps, ref, half)).toMatchObject({ ok: true, value: { unknown: true } });
    await refundOrder(shop.deps, ref, half);
    expect(await refundsAt(paymentIntentId)).toHaveLength(1);
    expect(await balance(buyer)).toMatchObject({ remaining: PLAN + 4_000_000n });
  });

  it("I14: that Stripe refuses restores the credits", async () => {
    const { buyer, ref, orderId, charge } = await buy();
    // Somebody was faster in the dashboard, and nobody has heard of it yet.
    await atStripe(`charges/${charge}/refund`, { amount: 9_000 });
    const asked = await refundOrder(shop.deps, ref, whole(buyer, { amountCents: cents(5_000n) }));
    expect(asked).toMatchObject({ ok: false, error: { code: "refused" } });
    expect(await balance(buyer)).toMatchObject({ remaining: PLAN + BOUGHT });
    await settleOrderReturns(shop.deps, ref);
    expect(await balance(buyer)).toMatchObject({ remaining: PLAN + 800_000n });
    expect((await view(buyer, orderId)).status).toBe("partially_refunded");
  });

  it("I14: whose answer comes after it was heard to have failed takes nothing again", async () => {
    const { buyer, ref, orderId, hear } = await buy();
    const { gateway } = shop.deps;
    const late: typeof gateway.refund = async (request) => {
      const answer = await gateway.refund(request);
      if (answer.kind === "answered") await atStripe(`refunds/${answer.value.id}/fail`);
      await hear();
      return answer;
    };
    await refundOrder({ ...shop.deps, gateway: { ...gateway, refund: late } }, ref, whole(buyer));
    expect(await balance(buyer)).toEqual({ remaining: PLAN + BOUGHT, frozen: 0n, owed: 0n });
    expect((await view(buyer, orderId)).status).toBe("paid");
  });

  it("I14: of the customer's own is for what nobody touched, within its window", async () => {
    const { buyer, ref, orderId } = await buy();
    const undo = (hours: number) =>
      refundOrder(
        shop.deps,
        ref,
        whole(buyer, { by: { as: "customer", userId: buyer.userId }, untouchedForHours: hours }),
      );
    expect(await undo(0)).toMatchObject({ error: { code: "window_over" } });
    await spend(buyer, PLAN + 1n);
    expect(await undo(24)).toMatchObject({ error: { code: "credits_touched" } });
    expect(await reversalsOf(buyer)).toEqual([]);
    const second = await place(buyer, "usd100");
    await confirm(buyer, second);
    const done = await refundOrder(
      shop.deps,
      { ...ref, orderId: second },
      whole(buyer, { by: { as: "customer", userId: buyer.userId }, untouchedForHours: 24 }),
    );
    expect(done).toMatchObject({ ok: true, value: { status: "refunded" } });
    expect((await view(buyer, orderId)).status).toBe("paid");
  });
});

describe("losing every webhook", () => {
  it("I18: costs time alone: what came back is listed, and what was under way is asked about", async () => {
    const [refunded, disputed, pending] = [await buy(), await buy(), await buy("pm_card_pendingRefund")];
    await atStripe(`charges/${refunded.charge}/refund`, { amount: 2_500 });
    const dispute = await atStripe(`charges/${disputed.charge}/dispute`);
    const started = await refundOrder(shop.deps, pending.ref, {
      amountCents: null,
      by: { as: "operator", userId: pending.buyer.userId },
      why: "x",
    });
    expect(started.ok).toBe(true);
    await shop.owner`delete from provider_lists`;
    await sweepReturns(shop.deps);
    expect((await view(refunded.buyer, refunded.orderId)).status).toBe("partially_refunded");
    expect((await view(disputed.buyer, disputed.orderId)).status).toBe("disputed");
    await atStripe(`disputes/${dispute.id}/win`);
    const [refund] = await refundsAt(pending.paymentIntentId);
    await atStripe(`refunds/${refund?.id}/fail`);
    await shop.owner`update orders set next_returns_read_at = now() where next_returns_read_at is not null`;
    await sweepReturns(shop.deps);
    expect((await view(disputed.buyer, disputed.orderId)).status).toBe("paid");
    expect((await view(pending.buyer, pending.orderId)).status).toBe("paid");
    expect(await balance(pending.buyer)).toMatchObject({ remaining: PLAN + BOUGHT });
  });
});
