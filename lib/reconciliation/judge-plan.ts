import { isSameKey } from "../billing/allowances/allowance-key";
import type { Allowance, Decision, Facts, Invoice, Line } from "../billing/allowances/facts";
import { billed, isDebit, paidInOrder, piecesOfLine } from "../billing/allowances/line-worth";
import { floorOf } from "../billing/allowances/pieces";
import type { PlanCredits } from "./facts";

type Found = Omit<PlanCredits, "accountId">;

/** Shorter than the decision remembers, so that an invoice is not judged while some of what it gave is forgotten. */
const REMEMBERED_MS = 390 * 86_400_000;

/**
 * What paid lines pay for and is not given, as the decision over an account's facts has it: a month that begins, or one that is given
 * again. Not what it gives without a line.
 */
export function listNotGiven(facts: Facts, { open, changes }: Decision, now: Date): readonly Found[] {
  const invoiceOf = (id: string | null) => facts.invoices.find((each) => each.id === id);
  const isRemembered = (invoice: Invoice | undefined): invoice is Invoice =>
    invoice !== undefined && invoice.createdAt.getTime() > now.getTime() - REMEMBERED_MS;
  const found: Found[] = [];
  const add = (invoiceId: string | null, credits: bigint) => {
    const invoice = invoiceOf(invoiceId);
    if (isRemembered(invoice))
      found.push({ kind: "plan_credits_not_given", invoiceId: invoice.id, credits, since: invoice.paidAt });
  };
  for (const { payment, invoiceId, credits } of open)
    if (payment === "paid" && credits > 0n) add(invoiceId, credits);
  // How much is given again the ledger says: at most what was given at first.
  for (const { regrant, invoiceId, ...key } of changes)
    if (regrant) add(invoiceId, facts.allowances.find((each) => isSameKey(each, key))?.credits ?? 0n);
  return found;
}

/**
 * Lines of paid invoices for which more was given than they are worth. What was given at a boundary, before its line was known, may be
 * more: it is subtracted from what is paid for later, and of its own line nothing more is given. A month takes what the rounding of
 * the invoice's others leaves.
 */
export function listAboveWorth(facts: Facts): readonly Found[] {
  return paidInOrder(facts).flatMap((invoice) => {
    const given = facts.allowances.filter((each) => each.invoiceId === invoice.id && each.payment === "paid");
    const lineIds = new Set(
      given.flatMap(({ lineId, origin }) => (lineId && origin === "line" ? [lineId] : [])),
    );
    const rounding = invoice.lines
      .filter(isDebit)
      .reduce((sum, line) => sum + countMonths(facts, invoice, line), 0);
    return [...lineIds].flatMap((lineId): Found[] => {
      const its = given.filter((each) => each.lineId === lineId);
      const most = worthAtMost(facts, { invoice, lineId, its });
      if (most === null) return [];
      const sum = creditsOf(its.filter(({ origin }) => origin === "line"));
      if (sum <= most + BigInt(rounding)) return [];
      const credits = sum - most;
      return [{ kind: "allowance_above_line", invoiceId: invoice.id, credits, since: invoice.paidAt }];
    });
  });
}

const countMonths = (facts: Facts, invoice: Invoice, line: Line): number => {
  const known = billed(facts, invoice, line);
  return known ? piecesOfLine(known).length : 0;
};

type OfLine = { readonly invoice: Invoice; readonly lineId: string; readonly its: readonly Allowance[] };

/** Beside what was given at a boundary; null where it cannot be said now, as when an earlier release judged it. */
function worthAtMost(facts: Facts, { invoice, lineId, its }: OfLine): bigint | null {
  const line = invoice.lines.find((each) => each.id === lineId);
  if (!line) return 0n;
  const known = billed(facts, invoice, line);
  const isJudgedOtherwise = line.wasAssumed || its.some(({ origin }) => origin === "migrated");
  if (!known || isJudgedOtherwise) return null;
  // Whose anchor was set since, a part of an interval was judged by the one before.
  if (line.isProration && known.subscription.anchor > line.period.start) return null;
  return piecesOfLine(known).reduce((sum, { month, worth }) => {
    const rows = its.filter((each) => each.month === month);
    const left = floorOf(worth) - creditsOf(rows.filter(({ origin }) => origin === "provisional"));
    // Of a month that was not given yet nothing can be there.
    return rows.length > 0 && left > 0n ? sum + left : sum;
  }, 0n);
}

const creditsOf = (all: readonly Allowance[]): bigint => all.reduce((sum, { credits }) => sum + credits, 0n);
