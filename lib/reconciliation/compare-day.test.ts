import { fc, test } from "@fast-check/vitest";
import { expect, it } from "vitest";
import type { ChargeRecord, InvoiceRecord } from "../billing/provider-records";
import { newId } from "../ids";
import { cents } from "../money/credits";
import { compareDay } from "./compare-day";
import { type DayFacts, type OurInvoice, type OurOrder, orderKey } from "./facts";
import type { LineKind } from "./lines";

const AT = new Date("2026-11-29T12:00:00Z");

/** A purchase or a plan's invoice on both sides, and what somebody did to one of them. */
const WRONGS = [
  "nothing",
  "nothing",
  "order_gone",
  "order_unpaid",
  "order_parked",
  "other_payment",
  "other_amount",
  "other_currency",
  "other_customer",
  "grant_gone",
  "no_charge",
  "charged_twice",
  "no_invoice",
  "invoice_gone",
  "invoice_open",
  "undecided",
  "not_ours",
] as const;
type Wrong = (typeof WRONGS)[number];
/** Which line each gives, of an order and of an invoice. */
const GIVES: Record<Wrong, { order?: LineKind; plan?: LineKind }> = {
  nothing: {},
  order_gone: { order: "charge_without_order" },
  order_unpaid: { order: "charge_of_unpaid_order" },
  order_parked: { order: "charge_of_parked_order" },
  other_payment: { order: "second_charge" },
  other_amount: { order: "charge_differs" },
  other_currency: { order: "charge_differs" },
  other_customer: { order: "charge_differs" },
  grant_gone: { order: "order_without_grant" },
  no_charge: { order: "order_without_charge", plan: "invoice_not_at_stripe" },
  charged_twice: { order: "second_charge" },
  no_invoice: { plan: "charge_for_nothing" },
  invoice_gone: { plan: "invoice_unknown" },
  invoice_open: { plan: "invoice_differs" },
  undecided: { plan: "invoice_without_allowance" },
  not_ours: {},
};

const NOTHING_RETURNED = {
  returns: [],
  ourReturns: new Map(),
  returnsAtStripe: new Map(),
  reversals: [],
  ofPlans: new Map(),
  told: new Map(),
  boundAt: null,
  hadOthers: new Set<string>(),
};

type Sale = { readonly isPlan: boolean; readonly wrong: Wrong; readonly amount: bigint };

const sale: fc.Arbitrary<Sale> = fc.record({
  isPlan: fc.boolean(),
  wrong: fc.constantFrom(...WRONGS),
  amount: fc.bigInt({ min: 50n, max: 99_999_999n }),
});

function build(sales: readonly Sale[]): { facts: DayFacts; ours: ChargeRecord[] } {
  const charges: ChargeRecord[] = [];
  const ours: ChargeRecord[] = [];
  const accountOf = new Map<string, string>();
  const orders = new Map<string, OurOrder>();
  const paidHere: string[] = [];
  const invoiceOf = new Map<string, InvoiceRecord | null>();
  const invoices = new Map<string, OurInvoice>();
  const invoicesAtStripe = new Map<string, InvoiceRecord | null>();
  for (const [n, { isPlan, wrong, amount }] of sales.entries()) {
    const accountId = newId();
    const [customerId, paymentId, currency] = [`cus_${n}`, `pi_${n}`, "usd"];
    const base = { paymentId, createdAt: AT, status: "succeeded", customerId, metadata: {} } as const;
    const charge = { ...base, id: `ch_${n}`, amountCents: cents(amount), refundedCents: cents(0n), currency };
    const take = (each: ChargeRecord) => {
      charges.push(each);
      if (wrong !== "not_ours") ours.push(each);
    };
    if (wrong === "not_ours") {
      take(charge);
      continue;
    }
    accountOf.set(customerId, accountId);
    if (isPlan) {
      const id = `in_${n}`;
      const invoice: InvoiceRecord = {
        id,
        customerId,
        createdAt: AT,
        status: "paid",
        paidCents: cents(amount),
        currency,
        subscriptionId: "sub",
      };
      const mine = {
        accountId,
        id,
        status: "paid",
        paidCents: amount,
        currency,
        credits: 7n,
        paidAt: AT,
        undecidedLines: wrong === "undecided" ? 1 : 0,
      };
      if (wrong !== "invoice_gone")
        invoices.set(id, wrong === "invoice_open" ? { ...mine, status: "open" } : mine);
      if (wrong === "no_charge") invoicesAtStripe.set(id, null);
      else {
        take(charge);
        invoiceOf.set(paymentId, wrong === "no_invoice" ? null : invoice);
      }
      continue;
    }
    const orderId = newId();
    const key = orderKey(accountId, orderId);
    const metadata = { account_id: accountId, order_id: orderId, reference: "CR-2222-2222" };
    const isPaid = wrong !== "order_unpaid" && wrong !== "order_parked";
    if (wrong !== "order_gone")
      orders.set(key, {
        accountId,
        orderId,
        status: isPaid ? "paid" : "processing",
        parkedReason: wrong === "order_parked" ? "another amount" : null,
        customerIds: wrong === "other_customer" ? ["cus_other"] : [customerId],
        amountCents: wrong === "other_amount" ? amount + 1n : amount,
        currency: wrong === "other_currency" ? "eur" : currency,
        credits: 11n,
        paidAt: isPaid ? AT : null,
        paymentId: !isPaid ? null : wrong === "other_payment" ? "pi_other" : paymentId,
        grantedCredits: !isPaid || wrong === "grant_gone" ? null : 11n,
      });
    if (isPaid && wrong !== "order_gone" && wrong !== "other_payment") paidHere.push(key);
    if (wrong !== "no_charge") take({ ...charge, metadata });
    if (wrong === "charged_twice") take({ ...charge, id: `ch_${n}b`, metadata });
  }
  const none = { takenBefore: new Map(), unpaid: [], planCredits: [], ...NOTHING_RETURNED };
  return {
    facts: {
      day: "2026-11-29",
      charges,
      accountOf,
      orders,
      paidHere,
      invoiceOf,
      invoices,
      invoicesAtStripe,
      ...none,
    },
    ours,
  };
}

test.prop([fc.array(sale, { maxLength: 25 })], { numRuns: 500 })(
  "every cent of ours is an order's, a plan's or a line's, and each wrong is a line of its name",
  (sales) => {
    const { facts, ours } = build(sales);
    const { totals, lines, notOurs } = compareDay(facts);
    for (const [currency, t] of Object.entries(totals)) {
      expect(t.chargedCents).toBe(t.ordersCents + t.plansCents + t.unexplainedCents);
      const of = lines.filter((line) => line.currency === currency);
      expect(of.reduce((sum, line) => sum + line.cents, 0n)).toBe(t.unexplainedCents);
    }
    const charged = Object.values(totals).reduce((sum, t) => sum + t.chargedCents, 0n);
    expect(charged).toBe(ours.reduce((sum, { amountCents }) => sum + amountCents, 0n));
    expect(notOurs).toBe(sales.filter(({ wrong }) => wrong === "not_ours").length);
    const expected = sales.flatMap(({ wrong, isPlan }) => GIVES[wrong][isPlan ? "plan" : "order"] ?? []);
    expect(lines.map(({ kind }) => kind).sort()).toEqual([...expected].sort());
  },
);

it("money that was taken just before midnight is an order's that was paid just after", () => {
  const { facts, ours } = build([{ isPlan: false, wrong: "nothing", amount: 500n }]);
  const [charge] = ours;
  const later = { ...facts, charges: [], takenBefore: new Map([["pi_0", charge ? [charge] : []]]) };
  expect(compareDay(later).lines).toEqual([]);
  const twice = { ...later, takenBefore: new Map([["pi_0", charge ? [charge, charge] : []]]) };
  expect(compareDay(twice).lines).toMatchObject([{ kind: "order_without_charge", object: "pi_0" }]);
});

it("an invoice that two payments paid is one, with all of its money", () => {
  const { facts } = build([{ isPlan: true, wrong: "undecided", amount: 29_900n }]);
  const [charge] = facts.charges;
  if (!charge) throw new Error("there is one");
  const part = (paymentId: string, amount: bigint) => ({
    ...{ ...charge, id: `ch_${paymentId}`, paymentId, amountCents: cents(amount) },
  });
  const invoiceOf = new Map(
    [...facts.invoiceOf].flatMap(([, to]) => [["pi_a", to] as const, ["pi_b", to] as const]),
  );
  const charges = [part("pi_a", 10_000n), part("pi_b", 19_900n)];
  const { totals, lines } = compareDay({ ...facts, charges, invoiceOf });
  expect(totals.usd).toMatchObject({ charges: 2, chargedCents: 29_900n, plansCents: 29_900n });
  expect(totals.usd).toMatchObject({ planInvoices: 1, planCredits: 7n });
  expect(lines.map(({ kind }) => kind)).toEqual(["invoice_without_allowance"]);
});

it("credits that nothing pays for are lines", () => {
  const { facts } = build([]);
  const accountId = newId();
  const unpaid = [
    { what: "bought", accountId, source: "order:1", credits: 5n, invoiceId: null, since: AT },
    { what: "given", accountId, source: "act:1", credits: 7n, invoiceId: null, since: AT },
    { what: "allowance", accountId, source: "plan:si_1", credits: 6n, invoiceId: "in_9", since: AT },
  ] as const;
  const missing = {
    kind: "plan_credits_not_given",
    accountId,
    invoiceId: "in_8",
    credits: 9n,
    since: AT,
  } as const;
  expect(compareDay({ ...facts, unpaid, planCredits: [missing] }).lines).toMatchObject([
    { kind: "grant_without_order", object: "order:1", credits: 5n },
    { kind: "grant_without_cause", object: "act:1", credits: 7n },
    { kind: "allowance_without_paid_invoice", object: "in_9", credits: 6n },
    { kind: "plan_credits_not_given", object: "in_8", credits: 9n },
  ]);
});

it("what was another Stripe account's, which was forgotten, is counted and no line; what is gone for another reason is one", () => {
  const { facts } = build([{ isPlan: false, wrong: "no_charge", amount: 500n }]);
  const [order] = [...facts.orders.values()];
  const accountId = order?.accountId ?? "";
  const unpaid = [
    { what: "allowance" as const, accountId, source: "plan:si_1", credits: 6n, invoiceId: "in_9", since: AT },
  ];
  const later = { boundAt: new Date(AT.getTime() + 1), hadOthers: new Set([accountId]) };
  const gone = { ...facts, unpaid, takenBefore: new Map([["pi_0", null]]), ...later };
  expect(compareDay(gone)).toMatchObject({ lines: [], ofForgotten: 2 });
  const kinds = ["order_without_charge", "allowance_without_paid_invoice"];
  for (const ours of [{ boundAt: AT }, { boundAt: null }, { hadOthers: new Set<string>() }])
    expect(compareDay({ ...gone, ...ours }).lines.map(({ kind }) => kind)).toEqual(kinds);
  // There it is, and nothing was taken for it.
  const empty = { ...gone, takenBefore: new Map([["pi_0", []]]) };
  expect(compareDay(empty).lines).toMatchObject([{ kind: "order_without_charge" }]);
});

it("money of an order that was closed is explained once it is paid back in full; of one that is not closed it is a line", () => {
  const { facts, ours } = build([{ isPlan: false, wrong: "order_unpaid", amount: 500n }]);
  const [charge, [key, order]] = [ours[0], [...facts.orders][0] ?? []];
  if (!charge || !key || !order) throw new Error("there is one");
  const after = (status: string, refunded: bigint) =>
    compareDay({
      ...facts,
      orders: new Map([[key, { ...order, status }]]),
      charges: [{ ...charge, refundedCents: cents(refunded) }],
    });
  const line = [{ kind: "charge_of_unpaid_order", order: order.orderId, cents: 500n }];
  expect(after("canceled", 499n).lines).toMatchObject(line);
  expect(after("declined", 500n).lines).toMatchObject(line);
  expect(after("canceled", 500n)).toMatchObject({
    lines: [],
    totals: { usd: { chargedCents: 500n, paidBackCents: 500n, unexplainedCents: 0n } },
  });
});

it("money that belonged to nothing is explained once it is paid back in full, and a line until then", () => {
  const { facts, ours } = build([{ isPlan: false, wrong: "order_gone", amount: 500n }]);
  const [charge] = ours;
  if (!charge) throw new Error("there is one");
  const back = (refunded: bigint) =>
    compareDay({ ...facts, charges: [{ ...charge, refundedCents: cents(refunded) }] });
  expect(back(499n).lines).toMatchObject([{ kind: "charge_without_order", cents: 500n, since: AT }]);
  expect(back(500n)).toMatchObject({
    lines: [],
    totals: { usd: { chargedCents: 500n, paidBackCents: 500n, unexplainedCents: 0n } },
  });
});
