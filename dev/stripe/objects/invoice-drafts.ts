import { idOf } from "../ids";
import type { Work } from "../work";
import { clockOf, nowOf, schedule } from "./clock";
import { endDiscounts } from "./discounts";
import { emit } from "./events";
import { assertFewInvoices } from "./invoice-limit";
import type { LineDraft } from "./invoice-lines";
import { reckon } from "./invoice-reckoning";
import { changeInvoice, draftOf, embedded, type Invoice, putLines, totals } from "./invoice-rows";
import { termsOfDraft } from "./invoice-terms";
import type { Subscription } from "./subscription-rows";

const DRAFT_FOR = 3600;

/** Puts a draft on record; until it is finalized nobody owes it. */
export function draftInvoice(
  work: Work,
  subscription: Subscription,
  given: Parameters<typeof draftOf>[2],
  more: Partial<Invoice> = {},
): Invoice {
  if (work.isLimited) assertFewInvoices(work, subscription);
  const invoice = putDraft(work, { ...draftOf(work, subscription, given), ...more }, given.lines);
  useUp(work, subscription.id, invoice);
  return invoice;
}

/**
 * A coupon for `once` is gone with the first invoice that it took something off (documentation, "Coupons and promotion
 * codes"; whether with its draft or its payment it does not say: with the draft nobody gets it twice).
 */
function useUp(work: Work, id: string, invoice: Invoice): void {
  const subscription = work.store.get("subscription", id);
  const gone = usedUpBy(work, invoice);
  if (!subscription || gone.length === 0) return;
  const discounts = subscription.discounts.filter((each) => !gone.includes(idOf(each) ?? ""));
  work.store.update("subscription", id, { discounts });
  endDiscounts(work, gone);
}

/** A draft that becomes final by itself an hour later, and is collected then. */
export function draftForAnHour(
  work: Work,
  subscription: Subscription,
  given: Parameters<typeof draftOf>[2],
): Invoice {
  return finalizeLater(work, draftInvoice(work, subscription, given));
}

/** Drafts say when they will be final and tried (recorded: 01_proration_half_cent). */
export function finalizeLater(work: Work, draft: Invoice): Invoice {
  const customer = idOf(draft.customer);
  const at = nowOf(work, customer) + DRAFT_FOR;
  const clock = clockOf(work, customer);
  schedule(work, { kind: "finalize_invoice", target: draft.id, atMs: at * 1000, clock });
  const automatic = draft.collection_method === "charge_automatically";
  return work.store.update("invoice", draft.id, {
    auto_advance: true,
    automatically_finalizes_at: at,
    next_payment_attempt: automatic ? at : null,
  });
}

/** An invoice that was finalized by hand is tried within the next hour. */
export function collectLater(work: Work, invoice: Invoice): Invoice {
  if (invoice.collection_method !== "charge_automatically")
    return changeInvoice(work, invoice.id, { auto_advance: true });
  const customer = idOf(invoice.customer);
  const at = nowOf(work, customer) + DRAFT_FOR;
  schedule(work, {
    kind: "retry_invoice",
    target: invoice.id,
    atMs: at * 1000,
    clock: clockOf(work, customer),
  });
  return changeInvoice(work, invoice.id, { auto_advance: true, next_payment_attempt: at });
}

/** The discounts that an invoice was the only one for. */
export function usedUpBy(work: Work, { total_discount_amounts }: Invoice): string[] {
  const used = (total_discount_amounts ?? []).map(({ discount }) => idOf(discount) ?? "");
  return used.filter((each) => work.store.get("redeemed", each)?.coupon.duration === "once");
}

export function putDraft(work: Work, draft: Invoice, lines: LineDraft[]): Invoice {
  putLines(work, draft);
  const invoice = work.store.put("invoice", { ...draft, lines: embedded(draft) });
  takeItems(work, invoice.id, lines);
  emit(work, "invoice.created", invoice);
  return invoice;
}

function takeItems(work: Work, invoice: string, lines: LineDraft[]): void {
  for (const { invoiceItem } of lines)
    if (invoiceItem) work.store.update("invoiceitem", invoiceItem, { invoice });
}

/** A draft with other lines, and what they come to. */
export function changeLines(work: Work, draft: Invoice, changed: Invoice["lines"]["data"]): Invoice {
  const data = reckon(changed, termsOfDraft(work, draft));
  const whole = { ...draft, lines: { ...draft.lines, data } };
  putLines(work, whole);
  const balance = work.store.get("customer", idOf(draft.customer) ?? "")?.balance ?? 0;
  return changeInvoice(work, draft.id, { lines: embedded(whole), ...totals(data, balance) });
}
