import { describe, expect, it } from "vitest";
import { buyingAt } from "../../../dev/testing/buying";
import { openShop } from "../../../dev/testing/shop";
import { cancelOrder } from "./cancel";
import { confirmOrder } from "./confirm";
import { settleOrder } from "./settle";
import { sweepOrders } from "./sweep";

const shop = openShop({ max: 30 });
const { place, confirm, view, remaining, succeeded, age } = buyingAt(shop);

describe("when nobody hears Stripe's answer (I8, I9)", () => {
  const create = { method: "POST", pathPattern: "/v1/payment_intents" };

  it.each(["drop_after", "fail_after", "drop_before", "fail_before", "rate_limit", "conflict"] as const)(
    "%s: the order waits as unknown and settles itself: one charge, one grant",
    async (kind) => {
      const buyer = await shop.makeBuyer();
      const orderId = await place(buyer);
      shop.simulator.faults.add({ kind, match: create, times: 2 });
      expect(await confirm(buyer, orderId)).toMatchObject({
        ok: true,
        value: { status: "processing", unknown: true },
      });
      expect(await confirm(buyer, orderId)).toMatchObject({ ok: true }); // A second click in the dark.
      shop.simulator.faults.clear();
      await age(orderId, "4 minutes");
      await sweepOrders(shop.deps);
      expect((await view(buyer, orderId)).status).toBe("paid");
      expect(await succeeded(buyer)).toHaveLength(1);
      expect(await remaining(buyer)).toBe(64_000_000n);
    },
  );

  it("the process dies after Stripe said yes: the sweeper finds the charge", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    const gateway = {
      ...shop.deps.gateway,
      charge: (...args: Parameters<typeof shop.deps.gateway.charge>) =>
        shop.deps.gateway.charge(...args).then(() => Promise.reject(new Error("killed"))),
    };
    const dying = confirmOrder(
      { ...shop.deps, gateway },
      { accountId: buyer.accountId, orderId, paymentMethodId: null, expiryAcknowledged: false },
    );
    await expect(dying).rejects.toThrow("killed");
    expect((await view(buyer, orderId)).status).toBe("processing");
    expect(await remaining(buyer)).toBe(24_000_000n);
    await age(orderId, "1 minute");
    await sweepOrders(shop.deps);
    expect(await succeeded(buyer)).toHaveLength(1);
    expect(await remaining(buyer)).toBe(64_000_000n);
  });

  it("an attempt that never reached Stripe and that nobody waits for any more is not charged hours later", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    shop.simulator.faults.add({ kind: "drop_before", match: create });
    await confirm(buyer, orderId);
    shop.simulator.faults.clear();
    await age(orderId, "2 hours");
    await sweepOrders(shop.deps);
    expect((await view(buyer, orderId)).attempts).toMatchObject([
      { status: "failed", declineCode: "never_charged" },
    ]);
    expect(await shop.charges(buyer.customerId)).toEqual([]);
    expect(await confirm(buyer, orderId)).toMatchObject({ ok: true, value: { status: "paid" } });
  });

  it("a payment that went through hours ago unheard is found and granted", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    shop.simulator.faults.add({ kind: "drop_after", match: create });
    await confirm(buyer, orderId);
    shop.simulator.faults.clear();
    await shop.owner`update attempts set created_at = now() - interval '2 hours' where order_id = ${orderId}`;
    await shop.owner`update orders set updated_at = now() - interval '2 hours' where id = ${orderId}`;
    await sweepOrders(shop.deps);
    expect((await view(buyer, orderId)).status).toBe("paid");
    expect(await succeeded(buyer)).toHaveLength(1);
  });

  it("cannot be canceled while its outcome is unknown", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    shop.simulator.faults.add({ kind: "drop_after", match: create });
    await confirm(buyer, orderId);
    expect(await cancelOrder(shop.deps, { accountId: buyer.accountId, orderId })).toEqual({
      ok: false,
      error: { code: "payment_in_progress" },
    });
  });
});

describe("a look-up that Stripe refuses is no proof that nothing was charged (I9)", () => {
  const refused = async () => ({ kind: "refused", code: "resource_missing" }) as const;
  const blind = () => ({
    ...shop.deps,
    gateway: {
      ...shop.deps.gateway,
      findPayment: refused,
      listPaymentsOfOrder: refused,
      cancelPayment: refused,
    },
  });

  it("leaves an attempt that waits for the bank as it is, also while it is being canceled", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_authenticationRequired"] });
    const orderId = await place(buyer);
    const ref = { accountId: buyer.accountId, orderId };
    await confirm(buyer, orderId);
    expect(await settleOrder(blind(), ref)).toMatchObject({ status: "requires_action", unknown: true });
    expect(await cancelOrder(blind(), ref)).toMatchObject({
      ok: true,
      value: { status: "requires_action", unknown: true },
    });
    expect((await view(buyer, orderId)).attempts).toMatchObject([{ status: "requires_action" }]);
  });

  it("leaves an attempt of hours ago open until Stripe can tell", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    shop.simulator.faults.add({
      kind: "drop_after",
      match: { method: "POST", pathPattern: "/v1/payment_intents" },
    });
    await confirm(buyer, orderId);
    shop.simulator.faults.clear();
    await age(orderId, "2 hours");
    const ref = { accountId: buyer.accountId, orderId };
    expect(await settleOrder(blind(), ref)).toMatchObject({ status: "processing", unknown: true });
    expect(await remaining(buyer)).toBe(24_000_000n);
  });
});

describe("the sweeper (I9, I18)", () => {
  it("cancels what was left lying for 24 hours, and its PaymentIntent", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_authenticationRequired"] });
    const [pending, waiting] = [await place(buyer), await place(buyer)];
    await confirm(buyer, waiting);
    for (const orderId of [pending, waiting]) await age(orderId, "25 hours");
    await sweepOrders(shop.deps);
    expect([(await view(buyer, pending)).status, (await view(buyer, waiting)).status]).toEqual([
      "canceled",
      "canceled",
    ]);
    const [intent] = (await shop.stripe.paymentIntents.list({ customer: buyer.customerId })).data;
    expect(intent?.status).toBe("canceled");
  });

  it("cancels no order that Stripe has a payment for, though nobody tried to pay for it here: a backup was restored", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    await shop.stripe.paymentIntents.create({
      amount: 50_000,
      currency: "usd",
      customer: buyer.customerId,
      payment_method: buyer.cardIds[0] ?? "",
      confirm: true,
      return_url: "http://localhost:3000/",
      metadata: { account_id: buyer.accountId, order_id: orderId },
    });
    await age(orderId, "25 hours");
    const told: string[] = [];
    const log = { ...shop.deps.log, error: (_: object, message: string) => void told.push(message) };
    await sweepOrders({ ...shop.deps, log });
    expect((await view(buyer, orderId)).status).toBe("pending");
    expect(told).toEqual([expect.stringContaining("npm run recover")]);
  });

  it("cancels no order while Stripe does not say whether it was paid", async () => {
    const buyer = await shop.makeBuyer();
    const orderId = await place(buyer);
    await age(orderId, "25 hours");
    shop.simulator.faults.add({ kind: "drop_before", match: { pathPattern: "/v1/payment_intents" } });
    await sweepOrders(shop.deps);
    expect((await view(buyer, orderId)).status).toBe("pending");
    shop.simulator.faults.clear();
    await shop.owner`update orders set updated_at = now() - interval '1 hour' where id = ${orderId}`;
    await sweepOrders(shop.deps);
    expect((await view(buyer, orderId)).status).toBe("canceled");
  });

  it("finishes a cancellation that was cut short", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_authenticationRequired"] });
    const orderId = await place(buyer);
    await confirm(buyer, orderId);
    shop.simulator.faults.add({
      kind: "drop_before",
      match: { pathPattern: "/v1/payment_intents/*/cancel" },
    });
    await cancelOrder(shop.deps, { accountId: buyer.accountId, orderId });
    expect((await view(buyer, orderId)).canceling).toBe(true);
    shop.simulator.faults.clear();
    await age(orderId, "1 minute");
    await sweepOrders(shop.deps);
    expect((await view(buyer, orderId)).status).toBe("canceled");
  });
});
