import { decide } from "../../lib/billing/allowances/decide";
import type { Facts, Invoice, Subscription } from "../../lib/billing/allowances/facts";
import { monthsAfter } from "../../lib/calendar";
import { DAY_MS, E, freeFacts, invoice, item, line, plus, S, settled, subscription } from "./facts";

// What tests of the decision table begin with: a Starter that was paid for a month, and its end.
export const E2 = monthsAfter(S, 2);
export const next = { start: E, end: E2 };
export const year = { start: S, end: monthsAfter(S, 12) };
export const at = (days: number) => plus(S, days * DAY_MS);
export const bought = (sub: Partial<Subscription> = {}, bill: Partial<Invoice> = {}): Facts =>
  freeFacts({ subscriptions: [subscription(sub)], invoices: [invoice(bill)] });
// One and the same, so that its line is.
export const STARTED = settled(bought(), S).facts;
export const atBoundary = () => settled(STARTED, E).facts;
export const renewal = (change: Partial<Invoice> = {}) =>
  invoice({ lines: [line({ period: next })], ...change });
export const withNext = (facts: Facts, bill: Invoice, sub: Partial<Subscription> = {}): Facts => ({
  ...facts,
  subscriptions: [subscription({ items: [item({ period: next })], ...sub })],
  invoices: [...facts.invoices, bill],
});
export const reasons = (facts: Facts, now: Date) => decide(facts, now).attention.map(({ reason }) => reason);
export const states = ({ changes }: ReturnType<typeof decide>) =>
  changes.map(({ payment, frozen, closeOut, regrant }) => [payment, frozen, closeOut, regrant?.what ?? null]);
