import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { accounts, paymentMethods, stripeEvents } from "../../../db/schema";
import { DAY, openPlanShop, payOnPage, type Subscriber } from "../../../dev/testing/plans";
import { newId } from "../../ids";
import { handleEvent } from "../handle-event";
import { cancelPlan } from "../subscriptions/change";
import { findOpenCheckout } from "../subscriptions/checkouts";
import { findOpenPayment } from "../subscriptions/payment-rows";
import { startSubscribe } from "../subscriptions/subscribe";
import { sweepPlans } from "../subscriptions/sweep";
import { confirmUpgrade } from "../subscriptions/upgrade";
import { forgetIfDeleted } from "./customer";
import { openPortal } from "./portal";
import { startCardSetup } from "./setup";
import { syncPaymentMethods } from "./sync";

const shop = openPlanShop();

async function accountOf({ accountId }: Subscriber) {
  const [account] = await shop.db.select().from(accounts).where(eq(accounts.id, accountId));
  if (!account) throw new Error(`account ${accountId} exists`);
  return account;
}

async function tellOf(
  customerId: string,
  type: "customer.deleted" | "payment_method.attached" = "customer.deleted",
) {
  const told = (await shop.stripe.events.list({ type, limit: 100 })).data;
  const event = told.find((each) => {
    const { id, customer } = each.data.object as { id: string; customer?: string };
    return id === customerId || customer === customerId;
  });
  if (!event) throw new Error("Stripe tells of it");
  await shop.db
    .insert(stripeEvents)
    .values({ id: event.id, type: event.type, payload: event, createdAt: new Date(event.created * 1_000) });
  await handleEvent(shop.deps, event.id);
  const [stored] = await shop.db.select().from(stripeEvents).where(eq(stripeEvents.id, event.id));
  expect(stored?.handledAt).not.toBeNull();
}

describe("a customer that somebody deleted at Stripe", () => {
  it("takes plan and cards along when Stripe tells of it, and what was paid for stays", async () => {
    const who = await shop.makeSubscriber();
    await shop.passes(DAY);
    const customer = await shop.customerOf(who);
    await shop.stripe.customers.del(customer);
    await tellOf(customer);
    const { stripeCustomerId, defaultPaymentMethodId, plan } = await accountOf(who);
    expect({ stripeCustomerId, defaultPaymentMethodId, plan }).toEqual({
      stripeCustomerId: null,
      defaultPaymentMethodId: null,
      plan: "free",
    });
    expect(
      await shop.db.select().from(paymentMethods).where(eq(paymentMethods.accountId, who.accountId)),
    ).toEqual([]);
    // Starter's, what was left of the free month before, and Free's own.
    expect((await shop.stateOf(who)).remaining).toBe(26_000_000n);
    await sweepPlans(shop.deps);
    expect((await accountOf(who)).plan).toBe("free");
  });

  it("is forgotten by an event about its cards as well, where the one that told of its end was lost", async () => {
    const who = await shop.makeSubscriber();
    const customer = await shop.customerOf(who);
    await shop.stripe.customers.del(customer);
    await tellOf(customer, "payment_method.attached");
    expect((await accountOf(who)).stripeCustomerId).toBeNull();
  });

  it.each([
    ["was told of", true],
    ["was not told of", false],
  ])(
    "is made anew on the same day when the plan is subscribed to again, and Stripe %s it",
    async (_, told) => {
      const who = await shop.makeSubscriber();
      const first = await shop.customerOf(who);
      await shop.stripe.customers.del(first);
      if (told) await tellOf(first);
      await shop.subscribe(who, "premium");
      const second = await shop.customerOf(who);
      expect(second).not.toBe(first);
      expect(await shop.stateOf(who)).toMatchObject({ plan: "premium", planStatus: "active" });
      // An answer about the first one's cards that comes only now says nothing of this one's.
      const cards = (await accountOf(who)).defaultPaymentMethodId;
      await syncPaymentMethods(shop.deps, { accountId: who.accountId, customerId: first });
      expect((await accountOf(who)).defaultPaymentMethodId).toBe(cards);
    },
  );

  it("is made anew, once, by whatever needs one, however many ask at once", async () => {
    const who = await shop.makeSubscriber();
    await shop.stripe.customers.del(await shop.customerOf(who));
    const { accountId } = who;
    const asked = await Promise.all([
      ...Array.from({ length: 4 }, () =>
        startCardSetup(shop.deps, { accountId, returnPath: "/return", cancelPath: "/cancel" }),
      ),
      ...Array.from({ length: 2 }, () => openPortal(shop.deps, { accountId, returnPath: "/plans" })),
    ]);
    expect(asked.filter((each) => !each.ok)).toEqual([]);
    const { stripeCustomerId, formerCustomers } = await accountOf(who);
    expect(formerCustomers).toBe(1);
    const known = (await shop.stripe.customers.list({ limit: 100 })).data.filter(
      (each) => each.metadata.account_id === accountId,
    );
    expect(known.map(({ id }) => id)).toEqual([stripeCustomerId]);
  });

  it("leaves nothing open that would keep the account from subscribing again", async () => {
    const who = await shop.makeFree();
    const { accountId } = who;
    const started = await startSubscribe(shop.deps, {
      ...who,
      plan: "starter",
      interval: "month",
      returnPath: "/return",
      cancelPath: "/cancel",
    });
    if (!started.ok) throw new Error(started.error.code);
    await payOnPage(started.value.url); // Paid, and nobody came back.
    const first = await shop.customerOf(who);
    await shop.stripe.customers.del(first);
    await tellOf(first);
    await shop.passes(DAY);
    await sweepPlans(shop.deps);
    expect(await findOpenCheckout(shop.db, accountId)).toBeNull();
    await shop.subscribe(who, "premium");
    expect((await accountOf(who)).plan).toBe("premium");
  });

  it("leaves no upgrade open that waits for the bank", async () => {
    const who = await shop.makeSubscriber();
    const { accountId } = who;
    const first = await shop.customerOf(who);
    const card = await shop.stripe.paymentMethods.attach("pm_card_authenticationRequired", {
      customer: first,
    });
    await syncPaymentMethods(shop.deps, { accountId, customerId: first });
    const upgrade = await confirmUpgrade(shop.deps, {
      ...who,
      plan: "premium",
      interval: "month",
      requestId: newId(),
      shownCents: 49_900n,
      paymentMethodId: card.id,
    });
    expect(upgrade).toMatchObject({ ok: true, value: { status: "requires_action" } });
    await shop.stripe.customers.del(first);
    // Stripe need not list what a deleted customer had.
    const nothing = {
      subscriptions: [],
      invoices: [],
      pendingLines: [],
      customerDeleted: true,
      notFound: [],
    } as const;
    const readBilling = async () => ({ kind: "answered", value: nothing }) as const;
    const deps = { ...shop.deps, plans: { ...shop.deps.plans, readBilling } };
    expect(await forgetIfDeleted(deps, { accountId, customerId: first })).toBe("forgotten");
    expect(await findOpenPayment(shop.db, accountId)).toBeNull();
    await shop.subscribe(who, "starter");
    expect(await cancelPlan(shop.deps, who)).toEqual({ ok: true, value: undefined });
  });

  it("is not taken for deleted because Stripe does not know it, or does not answer", async () => {
    const who = await shop.makeSubscriber();
    const { accountId } = who;
    const customer = await shop.customerOf(who);
    await shop.db.update(accounts).set({ stripeCustomerId: "cus_never" }).where(eq(accounts.id, accountId));
    const refused = { ok: false, error: { code: "provider_unavailable" } };
    expect(await openPortal(shop.deps, { accountId, returnPath: "/plans" })).toEqual(refused);
    expect(await accountOf(who)).toMatchObject({ plan: "starter", stripeCustomerId: "cus_never" });
    await shop.db.update(accounts).set({ stripeCustomerId: customer }).where(eq(accounts.id, accountId));
    shop.simulator.faults.add({ kind: "fail_before" });
    expect(await openPortal(shop.deps, { accountId, returnPath: "/plans" })).toEqual(refused);
    expect((await accountOf(who)).stripeCustomerId).toBe(customer);
  });
});
