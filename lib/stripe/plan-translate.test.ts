import type Stripe from "stripe";
import { describe, expect, it } from "vitest";
import type { PricedPlan } from "../billing/plan-gateway";
import { planIdOf } from "../catalog/plans";
import { cents, credits } from "../money/credits";
import { toInvoiceFacts, toPricedPlan } from "./plan-translate";

// Objects of Stripe's, cut down to what is read of them.
const price = (change: object = {}): Stripe.Price =>
  ({
    id: "price_1",
    object: "price",
    unit_amount: 299_00,
    lookup_key: null,
    metadata: { refill_plan: "starter" },
    product: "prod_1",
    recurring: { interval: "month", interval_count: 1 },
    ...change,
  }) as unknown as Stripe.Price;

const plan = (priceId: string, id = "starter"): PricedPlan => ({
  priceId,
  plan: planIdOf(id),
  interval: "month",
  priceCents: cents(299_00n),
  creditsPerCycle: credits(24_000_000n),
});
const ours = new Map([
  ["price_1", plan("price_1")],
  ["price_2", plan("price_2", "premium")],
]);
const planOf = (id: string) => ours.get(id) ?? null;

const START = Date.UTC(2027, 0, 31, 9) / 1000;
const END = Date.UTC(2027, 1, 28, 9) / 1000;
const LATER = Date.UTC(2027, 2, 31, 9) / 1000;
const at = (seconds: number) => new Date(seconds * 1000);

describe("a price", () => {
  it("is a plan's by its metadata, and has the catalog's credits whatever it costs", () => {
    expect(toPricedPlan(price({ unit_amount: 199_00 }))).toEqual({
      priceId: "price_1",
      plan: "starter",
      interval: "month",
      priceCents: 199_00n,
      creditsPerCycle: 24_000_000n,
    });
  });

  it.each<[string, object, string]>([
    ["its lookup key", { metadata: {}, lookup_key: "refill_premium_year" }, "premium"],
    [
      "its product's metadata",
      { metadata: {}, product: { id: "prod_1", metadata: { refill_plan: "premium" } } },
      "premium",
    ],
    [
      "its own metadata before anything else",
      { lookup_key: "refill_premium_year", product: { id: "prod_1", metadata: { refill_plan: "premium" } } },
      "starter",
    ],
  ])("is a plan's by %s", (_, change, id) => {
    expect(toPricedPlan(price(change))?.plan).toBe(id);
  });

  it.each<[string, object]>([
    ["says nothing", { metadata: {} }],
    ["names a plan that nobody can pay for", { metadata: { refill_plan: "free" } }],
    ["names no plan", { metadata: { refill_plan: "__proto__" } }],
    ["has somebody else's key", { metadata: {}, lookup_key: "refill_starter_week" }],
    ["is charged every other month", { recurring: { interval: "month", interval_count: 2 } }],
    ["is charged by the week", { recurring: { interval: "week", interval_count: 1 } }],
    ["is charged once", { recurring: null }],
    ["has no amount of its own", { unit_amount: null }],
    ["belongs to a product that is gone", { metadata: {}, product: { id: "prod_1", deleted: true } }],
  ])("that %s is none of ours", (_, change) => {
    expect(toPricedPlan(price(change))).toBeNull();
  });

  it.each([undefined, "", "0", "12.5", "-5", "1e9", "9".repeat(30)])(
    "by agreement without a whole number of credits (%s) is none of ours",
    (refill_credits) => {
      const metadata = { refill_plan: "custom", ...(refill_credits === undefined ? {} : { refill_credits }) };
      expect(toPricedPlan(price({ metadata }))).toBeNull();
    },
  );
});

const line = (priceId: string, change: object = {}) => ({
  period: { start: START, end: END },
  pricing: { price_details: { price: priceId } },
  parent: { subscription_item_details: { proration: false }, invoice_item_details: null },
  ...change,
});

const invoice = (change: object = {}): Stripe.Invoice =>
  ({
    id: "in_1",
    object: "invoice",
    number: "A-1",
    status: "open",
    billing_reason: "subscription_cycle",
    parent: { subscription_details: { subscription: "sub_1" } },
    lines: { data: [line("price_1")] },
    total: 299_00,
    amount_due: 299_00,
    amount_paid: 0,
    currency: "usd",
    attempt_count: 1,
    next_payment_attempt: LATER,
    created: START,
    status_transitions: { paid_at: null },
    ...change,
  }) as unknown as Stripe.Invoice;

describe("an invoice", () => {
  it("tells its period from its line, and of its payment while it is open", () => {
    const intent = {
      id: "pi_1",
      status: "requires_payment_method",
      next_action: null,
      last_payment_error: {
        code: "card_declined",
        decline_code: "lost_card",
        payment_method: { id: "pm_1" },
      },
    } as unknown as Stripe.PaymentIntent;
    expect(toInvoiceFacts(invoice(), planOf, intent)).toMatchObject({
      subscriptionId: "sub_1",
      status: "open",
      line: { price: plan("price_1"), period: { start: at(START), end: at(END) } },
      nextAttemptAt: at(LATER),
      paidAt: null,
      payment: {
        id: "pi_1",
        status: "declined",
        failureCode: "lost_card",
        failedCardId: "pm_1",
        actionUrl: null,
      },
    });
  });

  it("takes neither a proration nor what is not ours for the plan", () => {
    const prorated = { subscription_item_details: { proration: true }, invoice_item_details: null };
    const added = { subscription_item_details: null, invoice_item_details: { proration: true } };
    const lineOf = (...data: object[]) => toInvoiceFacts(invoice({ lines: { data } }), planOf, null).line;
    const data = [
      line("price_other"),
      line("price_1", { parent: prorated }),
      line("price_1", { parent: added }),
      line("price_2"),
    ];
    expect(lineOf(...data)?.price.plan).toBe("premium");
    expect(lineOf(...data.slice(0, 3), { ...line("price_1"), pricing: null })).toBeNull();
  });

  it("whose total is below nothing is worth nothing: the rest is the customer's credit at Stripe", () => {
    const facts = toInvoiceFacts(invoice({ total: -500, amount_due: 0, status: "paid" }), planOf, null);
    expect(facts).toMatchObject({ totalCents: 0n, dueCents: 0n, status: "paid" });
  });
});
