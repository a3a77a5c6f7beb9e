import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { createStripePlanGateway } from "./plan-gateway";

const START = Date.UTC(2027, 0, 31) / 1000;
const END = Date.UTC(2027, 1, 28) / 1000;

// Objects of Stripe's, cut down to what is read of them.
const price = (id: string, metadata: object) => ({
  id,
  object: "price",
  billing_scheme: "per_unit",
  currency: "usd",
  lookup_key: null,
  metadata,
  product: { id: "prod_1", object: "product", metadata: {} },
  recurring: { interval: "month", interval_count: 1, usage_type: "licensed" },
  transform_quantity: null,
  unit_amount: 299_00,
});
const PRICES = [price("price_plan", { refill_plan: "starter" }), price("price_other", {})];

const item = (index: number, priceId = "price_other") => ({
  id: `si_${String(index).padStart(3, "0")}`,
  object: "subscription_item",
  price: PRICES.find((each) => each.id === priceId),
  quantity: 1,
  current_period_start: START,
  current_period_end: END,
});
const line = (index: number, priceId: string | null, change: object = {}) => ({
  id: `il_${String(index).padStart(3, "0")}`,
  object: "line_item",
  amount: 299_00,
  currency: "usd",
  quantity: 1,
  period: { start: START, end: END },
  pricing: priceId && { type: "price_details", price_details: { price: priceId, product: "prod_1" } },
  parent: {
    type: "subscription_item_details",
    invoice_item_details: null,
    subscription_item_details: { proration: false, subscription: "sub_1", subscription_item: "si_000" },
  },
  subscription: "sub_1",
  ...change,
});

const ITEMS = [...Array.from({ length: 150 }, (_, index) => item(index + 1)), item(151, "price_plan")];
const LINES = [
  ...Array.from({ length: 249 }, (_, index) => line(index, null, { amount: -1 })),
  line(249, "price_plan", { parent: null }),
];

/** As lists are paged: `sent` of them at most, whatever is asked for. */
function page(all: readonly { id: string }[], query: URLSearchParams, url: string, sent = 100) {
  const after = query.get("starting_after");
  const from = after ? all.findIndex((each) => each.id === after) + 1 : 0;
  return { object: "list", url, data: all.slice(from, from + sent), has_more: from + sent < all.length };
}

const subscription = {
  id: "sub_1",
  object: "subscription",
  status: "active",
  automatic_tax: { enabled: true, disabled_reason: null, liability: null },
  billing_cycle_anchor: START,
  cancel_at: END,
  cancel_at_period_end: false,
  collection_method: "send_invoice",
  created: START,
  currency: "usd",
  default_payment_method: { id: "pm_1" },
  default_tax_rates: [],
  discounts: [],
  ended_at: null,
  items: page(ITEMS, new URLSearchParams(), "/v1/subscription_items?subscription=sub_1", 10),
  latest_invoice: "in_1",
  metadata: {},
  pause_collection: { behavior: "void", resumes_at: END },
  pending_update: null,
  schedule: {
    id: "sub_sched_1",
    object: "subscription_schedule",
    status: "active",
    end_behavior: "cancel",
    metadata: { planned_by: "somebody" },
    current_phase: { start_date: START, end_date: END },
    phases: [
      { start_date: START, end_date: END, items: [{ price: "price_plan", quantity: 1 }], currency: "usd" },
      { start_date: END, end_date: END + 60, items: [{ price: "price_gone", quantity: 2 }], currency: "usd" },
    ],
  },
  trial_end: START,
};

const invoice = {
  id: "in_1",
  object: "invoice",
  number: "A-1",
  status: "open",
  billing_reason: "subscription_cycle",
  parent: { type: "subscription_details", subscription_details: { subscription: "sub_1" } },
  lines: page(LINES, new URLSearchParams(), "/v1/invoices/in_1/lines", 10),
  total: 299_00,
  amount_due: 299_00,
  amount_paid: 0,
  amount_remaining: 99_00,
  pre_payment_credit_notes_amount: 150_00,
  post_payment_credit_notes_amount: 50_00,
  collection_method: "send_invoice",
  auto_advance: false,
  currency: "usd",
  attempt_count: 0,
  due_date: END,
  next_payment_attempt: null,
  created: START,
  payments: { object: "list", data: [], has_more: false },
  status_transitions: { paid_at: null, voided_at: null },
};

/** The real SDK, over hand-made answers. */
function stripe(): Stripe {
  const answers = async (input: string | URL | Request): Promise<Response> => {
    const { pathname, searchParams } = new URL(input instanceof Request ? input.url : input);
    const body = answer(pathname, searchParams);
    const missing = {
      error: { type: "invalid_request_error", code: "resource_missing", message: "No such" },
    };
    return new Response(JSON.stringify(body ?? missing), { status: body ? 200 : 404 });
  };
  return new Stripe("sk_test_pages", {
    httpClient: Stripe.createFetchHttpClient(answers as typeof fetch),
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

function answer(path: string, query: URLSearchParams): object | undefined {
  const others = Array.from({ length: 101 }, (_, index) => ({
    ...subscription,
    id: `sub_other_${index}`,
    schedule: null,
    latest_invoice: null,
    items: page([item(900)], new URLSearchParams(), ""),
  }));
  if (path === "/v1/subscriptions") return page([...others, subscription], query, path);
  if (path === "/v1/subscription_items") return page(ITEMS, query, path);
  if (path === "/v1/invoices") return page([invoice], query, path);
  if (path === "/v1/invoices/in_1/lines") return page(LINES, query, path);
  if (path === "/v1/invoiceitems") return page([], query, path);
  return PRICES.find((each) => path === `/v1/prices/${each.id}`);
}

describe("lists that go on", () => {
  it("I19: are read to their last page: subscriptions, items and lines", async () => {
    const known = { subscriptionIds: [], invoiceIds: [], since: null };
    const asked = await createStripePlanGateway(stripe()).readBilling("cus_1", known);
    if (asked.kind !== "answered") throw new Error(JSON.stringify(asked));
    const { subscriptions, invoices } = asked.value;
    expect(subscriptions.map((each) => each.id)).toEqual(["sub_1"]);
    expect(subscriptions[0]?.items).toHaveLength(151);
    expect(subscriptions[0]?.items.at(-1)?.price.reading).toMatchObject({ kind: "plan", plan: "starter" });
    expect(invoices[0]?.lines).toHaveLength(250);
    expect(invoices[0]?.lines[0]).toMatchObject({ price: null, amountCents: -1n, itemId: "si_000" });
    expect(invoices[0]?.lines.at(-1)).toMatchObject({
      itemId: null,
      subscriptionId: "sub_1",
      price: { reading: { plan: "starter" } },
    });
  });

  it("tell of what an operator did, in our words", async () => {
    const known = { subscriptionIds: [], invoiceIds: [], since: null };
    const asked = await createStripePlanGateway(stripe()).readBilling("cus_1", known);
    if (asked.kind !== "answered") throw new Error(JSON.stringify(asked));
    const at = (seconds: number) => new Date(seconds * 1000);
    expect(asked.value.subscriptions[0]).toMatchObject({
      cancelAt: at(END),
      trialEnd: at(START),
      pause: { behavior: "void", resumesAt: at(END) },
      sendsInvoice: true,
      hasDiscountOrTax: true,
      schedule: {
        id: "sub_sched_1",
        metadata: { planned_by: "somebody" },
        endsByCancel: true,
        next: [
          {
            start: at(END),
            end: at(END + 60),
            items: [
              { price: { priceId: "price_gone", unitCents: null, reading: { kind: "other" } }, quantity: 2 },
            ],
          },
        ],
      },
      paymentMethodId: "pm_1",
    });
    expect(asked.value.invoices[0]).toMatchObject({
      status: "open",
      remainingCents: 99_00n,
      creditNotesCents: 200_00n,
      sendsInvoice: true,
      autoAdvance: false,
      dueAt: at(END),
      payment: null,
    });
  });
});
