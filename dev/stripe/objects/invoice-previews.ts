import { idOf } from "../ids";
import { invalidParameter, refused } from "../wire/errors";
import { flag, hash, integer, list, metadata, needed, oneOf, type Values, word } from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { getCustomer } from "./customers";
import { type DiscountRequest, type Reduction, reductionOf, reductionsAt } from "./discounts";
import { type LineDraft, periodLine } from "./invoice-lines";
import { draftOf, embedded, type Invoice, putLines } from "./invoice-rows";
import { termsOf } from "./invoice-terms";
import { pendingLines } from "./pending-lines";
import { phaseBeginning, renewalLines } from "./renewal-lines";
import { itemsOfPhase, settingsOfPhase } from "./schedules-items";
import { restartsCycle } from "./schedules-phases";
import { discountsOfPhase } from "./schedules-start";
import { type ChangeRequest, planChange } from "./subscription-change";
import { boundaryAfter } from "./subscription-periods";
import {
  billingIntervalOf,
  getSubscription,
  hasEnded,
  type Item,
  periodEnd,
  type Subscription,
  subscriptionsOf,
  timeOf,
} from "./subscription-rows";

const previewShape = {
  customer: word,
  preview_mode: oneOf("next"),
  subscription: word,
  subscription_details: hash({
    billing_cycle_anchor: hash({ type: needed(oneOf("now", "unchanged")) }),
    cancel_at_period_end: flag,
    items: list(hash({ deleted: flag, id: word, metadata, price: word, quantity: integer })),
    proration_behavior: oneOf("always_invoice", "create_prorations", "none"),
    proration_date: integer,
  }),
};
type PreviewValues = Values<typeof previewShape>;
type Details = Partial<NonNullable<PreviewValues["subscription_details"]>>;

export const previewRoutes: Route[] = [
  route("POST", "/v1/invoices/create_preview", previewShape, (work, params) => {
    const subscription = subscriptionToPreview(work, params);
    const { cancel_at_period_end: ends, ...change }: Details = params.subscription_details ?? {};
    return change.items || change.billing_cycle_anchor?.type === "now"
      ? previewChange(work, subscription, change)
      : previewRenewal(work, subscription, ends);
  }),
];

function subscriptionToPreview(work: Work, params: PreviewValues): Subscription {
  if (!params.customer && !params.subscription)
    throw invalidParameter("You must pass either customer or subscription.", "customer");
  const customer = params.customer ? getCustomer(work, params.customer, "customer").id : null;
  const subscription = params.subscription
    ? getSubscription(work, params.subscription, "subscription")
    : subscriptionsOf(work, customer ?? "")[0];
  if (!subscription || hasEnded(subscription)) throw nothingToCome(customer);
  if (customer && idOf(subscription.customer) !== customer)
    throw refused(`The subscription ${subscription.id} does not belong to the customer ${customer}.`, {
      param: "subscription",
    });
  return subscription;
}

function nothingToCome(customer: string | null) {
  return refused(`No upcoming invoices for customer: ${customer}`, { code: "invoice_upcoming_none" });
}

/** The invoice a change would make: at once, or with the next renewal. */
function previewChange(work: Work, subscription: Subscription, asked: ChangeRequest): Invoice {
  const now = timeOf(work, subscription);
  const change = planChange(work, subscription, asked, now);
  const waiting = pendingLines(work, subscription);
  if (change.now) return preview(work, subscription, [...waiting, ...change.now], now);
  const next = nextItems(subscription, change.items, change.anchor);
  const lines = [...waiting, ...change.later, ...next.map((item) => periodLine(work, item, change.anchor))];
  return preview(work, subscription, lines, periodEnd(subscription));
}

function previewRenewal(work: Work, subscription: Subscription, ends: boolean | undefined): Invoice {
  const at = periodEnd(subscription);
  const willEnd = ends ?? (subscription.cancel_at !== null && subscription.cancel_at <= at);
  if (willEnd) throw nothingToCome(idOf(subscription.customer));
  const waiting = pendingLines(work, subscription);
  const schedule = work.store.get("subscription_schedule", idOf(subscription.schedule) ?? "");
  const phase = phaseBeginning(work, subscription, at);
  const items = phase ? itemsOfPhase(work, subscription, phase) : subscription.items.data;
  const resets = phase && schedule && restartsCycle(schedule, phase);
  const anchor = resets ? at : subscription.billing_cycle_anchor;
  const { now } = renewalLines(work, nextItems(subscription, items, anchor), { anchor, phase });
  const inPhase = phase &&
    schedule && { ...subscription, ...settingsOfPhase(work, schedule, phase, subscription) };
  const reductions = phase
    ? discountsOfPhase(phase).flatMap((each) => reductionAsked(work, each, at))
    : undefined;
  return preview(work, inPhase || subscription, [...waiting, ...now], at, reductions);
}

/** A coupon that a phase will redeem is not redeemed for looking. */
function reductionAsked(work: Work, { coupon, discount }: DiscountRequest, at: number): Reduction[] {
  if (discount) return reductionsAt(work, [discount], at);
  const found = work.store.get("coupon", coupon ?? "");
  return found ? [reductionOf(found, `di_upcoming_${found.id}`)] : [];
}

/** Items in the period that follows the running one. */
function nextItems(before: Subscription, items: Item[], anchor: number): Item[] {
  const start = periodEnd(before);
  return items.map((item) => {
    const current_period_end = boundaryAfter(anchor, billingIntervalOf(item.price), start);
    return { ...item, current_period_end, current_period_start: start };
  });
}

function preview(
  work: Work,
  subscription: Subscription,
  lines: LineDraft[],
  at: number,
  reductions?: Reduction[],
): Invoice {
  const id = `upcoming_in_${subscription.id.slice("sub_".length)}`;
  const start = Math.min(...subscription.items.data.map((item) => item.current_period_start));
  const terms = termsOf(work, subscription, at, reductions);
  const period = { start, end: at };
  const draft = draftOf(work, subscription, { reason: "upcoming", lines, period, terms }, id);
  return { ...cutOff(work, draft), created: at, next_payment_attempt: at };
}

/** A preview can be asked for its other lines for three days (documentation, "Preview an invoice"); here, until the next one. */
function cutOff(work: Work, draft: Invoice): Invoice {
  const lines = embedded(draft);
  if (lines.has_more) putLines(work, draft);
  return { ...draft, lines };
}
