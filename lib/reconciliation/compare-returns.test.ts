import { fc, test } from "@fast-check/vitest";
import { expect, it } from "vitest";
import type { ReturnRecord } from "../billing/provider-records";
import { newId } from "../ids";
import { cents } from "../money/credits";
import { compareDay } from "./compare-day";
import { type DayFacts, type OurOrder, type OurReturn, orderKey, type PlanReturn, type Told } from "./facts";
import type { LineKind } from "./lines";
import { showDay } from "./show-day";

const AT = new Date("2026-11-29T12:00:00Z");
const REFUND_WORDS = ["pending", "requires_action", "succeeded", "failed", "canceled"] as const;
const DISPUTE_WORDS = ["warning_needs_response", "needs_response", "under_review", "won", "lost"] as const;
const STAYS = ["failed", "canceled", "warning_needs_response", "won"];

/** Whose payment it is, what is wrong on one side, and which line that gives. */
const WRONGS = {
  nothing: null,
  unknown: "return_unknown",
  other_status: "return_differs",
  other_amount: "return_differs",
  other_currency: "return_differs",
  not_at_stripe: "return_not_at_stripe",
  requested: "return_differs",
  plan: null,
  plan_known: null,
  plan_known_of_deleted_customer: null,
  plan_known_otherwise: "return_untold",
  plan_known_in_other_currency: "return_untold",
  plan_not_at_stripe: "return_not_at_stripe",
  plan_untold: "return_untold",
  plan_told_of_less: "return_untold",
  other_payment: null,
  other_payment_untold: "return_untold",
  not_ours: null,
} as const satisfies Record<string, LineKind | null>;
type Wrong = keyof typeof WRONGS;

const back = fc.record({
  wrong: fc.constantFrom(...(Object.keys(WRONGS) as Wrong[])),
  amount: fc.bigInt({ min: 1n, max: 99_999_999n }),
  isRefund: fc.boolean(),
  word: fc.nat(4),
});
type Back = typeof back extends fc.Arbitrary<infer T> ? T : never;

function build(all: readonly Back[]): DayFacts {
  const returns: ReturnRecord[] = [];
  const orders = new Map<string, OurOrder>();
  const ourReturns = new Map<string, OurReturn>();
  const returnsAtStripe = new Map<string, ReturnRecord | null>();
  const told = new Map<string, Told>();
  const ofPlans = new Map<string, PlanReturn>();
  const accountOf = new Map<string, string>();
  for (const [n, { wrong, amount, isRefund, word }] of all.entries()) {
    const [accountId, orderId, paymentId] = [newId(), newId(), `pi_${n}`];
    const kind = isRefund ? "refund" : "dispute";
    const id = isRefund ? `re_${n}` : `du_${n}`;
    const status = (isRefund ? REFUND_WORDS : DISPUTE_WORDS)[word] ?? "";
    const isOrder = !wrong.startsWith("plan") && wrong !== "not_ours";
    const record: ReturnRecord = {
      kind,
      id,
      paymentId,
      createdAt: AT,
      status,
      amountCents: cents(amount),
      currency: "usd",
      customerId: `cus_${n}`,
      metadata: isOrder ? { account_id: accountId, order_id: orderId, reference: "CR-2222-2222" } : {},
      refundId: isRefund ? orderId : null,
    };
    if (wrong !== "not_ours" && wrong !== "plan_known_of_deleted_customer")
      accountOf.set(`cus_${n}`, accountId);
    if (wrong.endsWith("not_at_stripe")) returnsAtStripe.set(id, null);
    else returns.push(record);
    const isOfOther = wrong.startsWith("other_payment");
    if (isOrder)
      orders.set(orderKey(accountId, orderId), {
        accountId,
        orderId,
        status: "paid",
        parkedReason: null,
        customerIds: [`cus_${n}`],
        amountCents: amount,
        currency: "usd",
        credits: 11n,
        paidAt: AT,
        paymentId: isOfOther ? "pi_of_another" : paymentId,
        grantedCredits: 11n,
      });
    if (wrong.startsWith("plan_known") || wrong === "plan_not_at_stripe")
      ofPlans.set(id, {
        ...{ kind, id, accountId, invoiceId: `in_${n}`, status, since: AT },
        amountCents: wrong === "plan_known_otherwise" ? amount + 1n : amount,
        currency: wrong === "plan_known_in_other_currency" ? "eur" : "usd",
      });
    const tells = wrong === "plan" || wrong === "other_payment" || wrong === "plan_told_of_less";
    const less = wrong === "plan_told_of_less";
    if (tells)
      told.set(paymentId, {
        isOfPlan: wrong !== "other_payment",
        refundedCents: less ? 0n : amount,
        disputes: less ? 0 : 1,
      });
    if (!isOrder || isOfOther || wrong === "unknown") continue;
    const isUnheard = wrong === "requested" && isRefund;
    const ours: OurReturn = {
      kind,
      id: isUnheard ? orderId : id,
      accountId,
      orderId,
      paymentId,
      amountCents: wrong === "other_amount" ? amount + 1n : amount,
      currency: wrong === "other_currency" ? "eur" : "usd",
      status: wrong === "other_status" || wrong === "requested" ? "requested" : status,
      since: AT,
    };
    ourReturns.set(ours.id, ours);
  }
  return {
    day: "2026-11-29",
    charges: [],
    accountOf,
    orders,
    paidHere: [],
    takenBefore: new Map(),
    invoiceOf: new Map(),
    invoices: new Map(),
    invoicesAtStripe: new Map(),
    unpaid: [],
    boundAt: null,
    hadOthers: new Set(),
    planCredits: [],
    returns,
    ourReturns,
    returnsAtStripe,
    reversals: [],
    ofPlans,
    told,
  };
}

test.prop([fc.array(back, { maxLength: 25 })], { numRuns: 500 })(
  "every cent that went back is an order's, a plan's, another's or a line's, and each wrong is a line of its name",
  (all) => {
    const { totals, lines, returnsNotOurs } = compareDay(build(all));
    const usd = totals.usd;
    const back = (usd?.refundedCents ?? 0n) + (usd?.disputedCents ?? 0n);
    expect(back).toBe(
      (usd?.returnedOfOrdersCents ?? 0n) +
        (usd?.returnedOfPlansCents ?? 0n) +
        (usd?.returnedOfOthersCents ?? 0n) +
        (usd?.unexplainedReturnedCents ?? 0n),
    );
    expect(lines.reduce((sum, each) => sum + each.returnedCents, 0n)).toBe(
      usd?.unexplainedReturnedCents ?? 0n,
    );
    const away = all.filter(({ wrong, isRefund, word }) => {
      const status = (isRefund ? REFUND_WORDS : DISPUTE_WORDS)[word] ?? "";
      return wrong !== "not_ours" && !wrong.endsWith("not_at_stripe") && !STAYS.includes(status);
    });
    expect(back).toBe(away.reduce((sum, { amount }) => sum + amount, 0n));
    expect(returnsNotOurs).toBe(all.filter(({ wrong }) => wrong === "not_ours").length);
    // Of a refund that did not come to pass nobody has to be told an amount.
    const isQuiet = ({ wrong, isRefund, word }: Back) =>
      wrong === "plan_told_of_less" && isRefund && STAYS.includes(REFUND_WORDS[word] ?? "");
    const expected = all.flatMap((each) => (isQuiet(each) ? [] : (WRONGS[each.wrong] ?? [])));
    expect(lines.map(({ kind }) => kind).sort()).toEqual([...expected].sort());
    expect(lines.every(({ since }) => since === AT)).toBe(true);
  },
);

it("what an order's refunds say of its credits and status, and it is not so, is a line", () => {
  const of = { accountId: newId(), orderId: newId(), since: AT, status: "paid", shouldBe: "paid" };
  const reversals = [
    { ...of, credits: 0n },
    { ...of, credits: 5n },
    { ...of, credits: -7n },
    { ...of, credits: 0n, shouldBe: "refunded" },
  ];
  expect(compareDay({ ...build([]), reversals }).lines.map(({ kind, credits }) => [kind, credits])).toEqual([
    ["credits_not_taken_back", 5n],
    ["credits_not_taken_back", -7n],
    ["credits_not_taken_back", 0n],
  ]);
});

it("says per currency what went back, and how old each line is", () => {
  const facts = build([{ wrong: "unknown", amount: 123n, isRefund: true, word: 2 }]);
  const shown = showDay(compareDay(facts), new Date("2026-12-01T15:30:00Z")).join("\n");
  expect(shown).toContain(
    "refunded 123 (1) + disputed 0 (0) = orders 0 + plans 0 + others 0 + unexplained 123  (cents)",
  );
  expect(shown).toMatch(/return_unknown {2}re_0 {2}.*123 usd cents back {2}0 credits {2}for 2 d 3 h/);
});
