import type { Decision, Facts, Invoice } from "../../lib/billing/allowances/facts";
import type { Customer } from "./customer";
import { must } from "./must";
import { leftOfNoted, paidFor } from "./worth";

/** Rounded down an invoice, and more often where it is judged in parts. */
const ROUNDING = 50;

/** I19: given less what is to be subtracted is what was paid for. Not where a price could not be read. */
export function checkWorth(customer: Customer, { overgiven, period, open }: Decision, now: Date): void {
  const { invoices, subscriptions } = customer.facts;
  const isBound = invoices.every(({ lines }) =>
    lines.every(({ subscriptionId: of }) => of === null || subscriptions.some(({ id }) => id === of)),
  );
  if (period.end <= now || !isBound) return;
  const worth = paidFor(customer.facts, now);
  if (worth === null) return;
  const given = customer.given();
  const net = Number(given - overgiven);
  const isSame = worth.least - ROUNDING <= net && net <= worth.most + ROUNDING;
  const paid = `${worth.least} to ${worth.most}`;
  must(isSame, `I19 given ${given}, over ${overgiven}, paid for ${paid}`, customer.facts.allowances);
  for (const invoice of invoices) checkNoted(customer.facts, invoice, open);
}

/** I19: of a year that was credited after its subscription was over no month begins for which nobody pays. */
function checkNoted(facts: Facts, invoice: Invoice, open: Decision["open"]): void {
  const isBegun = open.some((each) => each.invoiceId === invoice.id && each.month > 0 && each.credits > 0n);
  if (!isBegun || invoice.creditNotesCents === invoice.prePaymentNotesCents) return;
  const gave = facts.allowances
    .filter(({ invoiceId }) => invoiceId === invoice.id)
    .reduce((sum, { credits }) => sum + credits, 0n);
  const left = leftOfNoted(facts, invoice);
  const what = `I19 gave ${gave} of ${left} that are left of ${invoice.id}`;
  must(Number(gave) <= left + ROUNDING, what, facts.allowances);
}
