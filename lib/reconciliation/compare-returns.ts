import type { ReturnRecord } from "../billing/provider-records";
import { namedOrder } from "../recovery/notice";
import { type Book, centsAway } from "./book";
import { type DayFacts, isForgotten, type OurReturn, orderKey, type PlanReturn } from "./facts";
import type { LineKind } from "./lines";

/**
 * What went back in the day, both ways. Each refund and dispute of ours is of an order that knows it, of a plan or of another
 * payment that an operator was told of, or a line; and each that is known here is Stripe's, or a line. Of orders the
 * credits are compared here, those of a plan's invoices by account (`planCredits`). Returns how many were of other products.
 */
export function compareReturns(book: Book, facts: DayFacts): number {
  const seen = new Set<string>();
  let notOurs = 0;
  for (const record of facts.returns) {
    const named = namedOrder(record);
    const payer = record.customerId ? facts.accountOf.get(record.customerId) : undefined;
    // No account has a customer that was deleted: what is known of one's plan says whose it was.
    const accountId = named?.accountId ?? payer ?? facts.ofPlans.get(record.id)?.accountId ?? null;
    if (!accountId) {
      notOurs += 1;
      continue;
    }
    const key = named && orderKey(named.accountId, named.orderId);
    const order = key ? facts.orders.get(key) : undefined;
    if (order?.paymentId && order.paymentId === record.paymentId)
      compareWithOrder(book, facts, { record, accountId, order: order.orderId, seen });
    else compareWithTold(book, facts, { record, accountId, order: named?.orderId ?? null, seen });
  }
  for (const ours of facts.ourReturns.values()) if (!seen.has(ours.id)) lookForReturn(book, facts, ours);
  for (const ofPlan of facts.ofPlans.values()) if (!seen.has(ofPlan.id)) lookForReturn(book, facts, ofPlan);
  for (const reversal of facts.reversals) {
    const { accountId, orderId: order, since, credits } = reversal;
    const isRight = credits === 0n && reversal.status === reversal.shouldBe;
    if (!isRight)
      book.add("credits_not_taken_back", { object: `order:${order}`, accountId, order, since, credits });
  }
  return notOurs;
}

type OfReturn = {
  readonly record: ReturnRecord;
  readonly accountId: string;
  readonly order: string | null;
  readonly seen: Set<string>;
};

const lineOf = ({ record, accountId, order }: Omit<OfReturn, "seen">) => ({
  object: record.id,
  accountId,
  order,
  payment: record.paymentId,
  currency: record.currency,
  since: record.createdAt,
});

function compareWithOrder(book: Book, facts: DayFacts, of: OfReturn): void {
  const { record, seen } = of;
  const returnedCents = book.returned(record);
  const ours = facts.ourReturns.get(record.id) ?? (record.refundId && facts.ourReturns.get(record.refundId));
  if (ours) seen.add(ours.id);
  const mismatch = mismatchOf(ours || undefined, record);
  if (mismatch) book.add(mismatch, { ...lineOf(of), returnedCents });
  else book.of(record.currency).returnedOfOrdersCents += returnedCents;
}

type Stored = Pick<OurReturn, "status" | "amountCents" | "currency">;

function mismatchOf(ours: Stored | undefined, record: ReturnRecord): LineKind | null {
  if (!ours) return "return_unknown";
  const isSame =
    ours.status === record.status &&
    ours.amountCents === record.amountCents &&
    ours.currency === record.currency;
  return isSame ? null : "return_differs";
}

/** Of a plan's invoice that knows it, or of a payment that nothing here was paid by: what an operator was told of it. */
function compareWithTold(book: Book, facts: DayFacts, of: OfReturn): void {
  const { record, seen } = of;
  const returnedCents = book.returned(record);
  const ofPlan = facts.ofPlans.get(record.id);
  seen.add(record.id);
  if (mismatchOf(ofPlan, record) === null) {
    book.of(record.currency).returnedOfPlansCents += returnedCents;
    return;
  }
  const told = !ofPlan && record.paymentId ? facts.told.get(record.paymentId) : undefined;
  if (!told || !covers(told, facts.returns, record)) {
    book.add("return_untold", { ...lineOf(of), returnedCents });
    return;
  }
  const totals = book.of(record.currency);
  if (told.isOfPlan) totals.returnedOfPlansCents += returnedCents;
  else totals.returnedOfOthersCents += returnedCents;
}

/** What went back later than an operator was told is not in what they were told. */
function covers(
  told: { readonly refundedCents: bigint; readonly disputes: number },
  returns: readonly ReturnRecord[],
  { kind, paymentId }: ReturnRecord,
): boolean {
  const same = returns.filter((each) => each.kind === kind && each.paymentId === paymentId);
  return kind === "dispute"
    ? told.disputes >= same.length
    : told.refundedCents >= same.reduce((sum, each) => sum + centsAway(each), 0n);
}

/** Here, and not among what Stripe lists of the day: made just before or after it there, or not at all. */
function lookForReturn(book: Book, facts: DayFacts, ours: OurReturn | PlanReturn): void {
  const atStripe = facts.returnsAtStripe.get(ours.id);
  if (atStripe === undefined) return; // It is not of the day.
  if (atStripe === null && isForgotten(facts, ours.accountId, ours.since)) {
    book.forget();
    return;
  }
  const mismatch = atStripe === null ? "return_not_at_stripe" : mismatchOf(ours, atStripe);
  if (!mismatch) return;
  const { id: object, accountId, currency, since } = ours;
  const of =
    "orderId" in ours
      ? { order: ours.orderId, payment: ours.paymentId }
      : { order: null, payment: atStripe?.paymentId ?? null };
  book.add(mismatch, { object, accountId, currency, since, ...of });
}
