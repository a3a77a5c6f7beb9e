import { isDeepStrictEqual } from "node:util";
import { fc } from "@fast-check/vitest";
import { isSameKey } from "../../lib/billing/allowances/allowance-key";
import { decide } from "../../lib/billing/allowances/decide";
import type { Decision, Offer } from "../../lib/billing/allowances/facts";
import { listAboveWorth, listNotGiven } from "../../lib/reconciliation/judge-plan";
import { premium, starter, yearly } from "../testing/facts";
import { checkWorth } from "./check-worth";
import { Customer } from "./customer";
import { must } from "./must";
import { type Pause, type Prorations, StripeModel } from "./stripe";
import { paidFor } from "./worth";

const HOUR_MS = 3_600_000;
const STARTS = ["2026-01-31T10:00:00Z", "2026-03-15T00:00:00Z", "2027-11-30T23:30:00Z"].map(
  (each) => new Date(each),
);
const OFFERS: readonly Offer[] = [starter, premium, yearly(starter), yearly(premium)];
const PRORATIONS: readonly Prorations[] = ["create_prorations", "none", "always_invoice"];
const PAUSES: readonly Pause[] = ["void", "keep_as_draft", "mark_uncollectible"];

const ACTS = [
  ...[
    "wait",
    "wait",
    "month",
    "month",
    "create",
    "change",
    "change",
    "pay",
    "void",
    "uncollectible",
    "noted",
  ],
  ...[
    "card",
    "pause",
    "resume",
    "cancelAt",
    "cancelNow",
    "giveUp",
    "scheduled",
    "trial",
    "unreadable",
    "readable",
  ],
  ...["refund", "refund", "refundFails", "dispute", "won", "lost"],
  ...["hear", "hear", "hearSubscriptions", "hearInvoices", "decide", "decide", "spend", "due"],
] as const;
type Act = (typeof ACTS)[number];
export type Step = { readonly act: Act; readonly a: number; readonly b: number };
export type History = { readonly start: number; readonly steps: readonly Step[] };

export const histories = (acts: readonly Act[] = ACTS): fc.Arbitrary<History> =>
  fc.record({
    start: fc.nat(STARTS.length - 1),
    steps: fc.array(fc.record({ act: fc.constantFrom(...acts), a: fc.nat(23), b: fc.nat(23) }), {
      maxLength: 30,
    }),
  });

export const PROMPT_ACTS = ACTS.filter(
  (each) => !["unreadable", "readable", "hearSubscriptions", "hearInvoices"].includes(each),
);

/** Years that end early, and what is credited or refunded of them: among all acts these seldom come together. */
export const YEAR_ACTS = ACTS.filter((each) =>
  ["create", "cancelNow", "noted", "refund", "month", "hear", "decide"].includes(each),
);

const pick = <T>(from: readonly T[], index: number): T | undefined => from[index % Math.max(1, from.length)];

/** Stripe and a customer who hears of it, step by step; throws where something that must hold does not. */
export class Play {
  readonly stripe: StripeModel;
  readonly customers: readonly Customer[];
  private wasUnreadable = false;
  private lastDue: Date | null = null;

  /** The first customer hears when the history says so; a second one, if there is one, of everything at once. */
  constructor({ start }: History, withPrompt = false) {
    const now = STARTS[start] ?? new Date(0);
    this.stripe = new StripeModel(now);
    this.customers = Array.from({ length: withPrompt ? 2 : 1 }, () => new Customer(now));
    this.decideAll();
  }

  step({ act, a, b }: Step): void {
    const { stripe } = this;
    const [customer] = this.customers;
    if (!customer) return;
    // Nothing happens at the very instant of another: which came first could not be told.
    if (this.customers.length > 1 || act === "change") stripe.advance(1_000);
    const sub = pick(stripe.live(), b);
    const bill = pick(
      stripe.bills.filter(({ status }) => status === "open" || status === "uncollectible"),
      b,
    );
    const paid = pick(
      stripe.bills.filter(({ status, paidCents }) => status === "paid" && paidCents > 0n),
      b,
    );
    const to = { offer: pick(OFFERS, a) ?? starter, quantity: 1 + (a >> 3) };
    if (act === "wait") stripe.advance((1 + a * b) * HOUR_MS);
    else if (act === "month") stripe.advance((28 + (a % 6)) * 24 * HOUR_MS + b * HOUR_MS);
    else if (act === "due") this.goToDue();
    else if (act === "create" && (b === 0 || stripe.live().length === 0))
      stripe.create(to.offer, to.quantity);
    else if (act === "trial" && stripe.live().length === 0)
      stripe.create(to.offer, to.quantity, (1 + b) * 24 * HOUR_MS);
    else if (act === "change" && sub) stripe.change(sub, to, pick(PRORATIONS, b) ?? "none", b > 17);
    else if (act === "pay" && bill) stripe.pay(bill);
    else if (act === "void" && bill) stripe.setStatus(bill, "void");
    else if (act === "uncollectible" && bill) stripe.setStatus(bill, "uncollectible");
    else if (act === "noted") this.note(a, b);
    else if (act === "refund" && paid) stripe.refund(paid, 1 + (a % 6));
    else if (act === "refundFails" && paid) stripe.failRefund(paid);
    else if (act === "dispute" && paid) stripe.dispute(paid);
    else if ((act === "won" || act === "lost") && paid) stripe.decideDispute(paid, act);
    else if (act === "card") stripe.cardWorks = a % 3 > 0;
    else if (act === "pause" && sub) sub.pause = pick(PAUSES, a) ?? null;
    else if (act === "resume" && sub) sub.pause = null;
    else if (act === "cancelAt" && sub) sub.cancelAt = a % 3 > 0 ? sub.period.end : null;
    else if (act === "cancelNow" && sub) stripe.cancelNow(sub, a % 2 === 0, b % 2 === 0);
    else if (act === "giveUp" && sub) stripe.giveUp(sub, a % 2 === 0 ? "canceled" : "unpaid");
    else if (act === "scheduled" && sub) sub.next = { start: sub.period.end, ...to };
    else if (act === "unreadable" && sub)
      stripe.unreadable.add(`price_${sub.offer.plan}_${sub.offer.interval}`);
    else if (act === "readable") stripe.unreadable.clear();
    else if (act === "hear") customer.hear(stripe, "all");
    else if (act === "hearSubscriptions") customer.hear(stripe, "subscriptions");
    else if (act === "hearInvoices") customer.hear(stripe, "invoices");
    else if (act === "spend") for (const each of this.customers) each.spend(stripe.now, BigInt(1 + (a % 4)));
    else if (act === "decide") this.decide(customer);
    this.wasUnreadable ||= stripe.unreadable.size > 0;
    const prompt = this.customers[1];
    if (prompt) {
      prompt.hear(stripe, "all");
      this.decide(prompt);
    }
  }

  private note(a: number, b: number): void {
    const bill = pick(
      this.stripe.bills.filter(({ status }) => status === "open" || status === "paid"),
      b,
    );
    if (bill && a < 12) this.stripe.creditNote(bill, 1 + (a % 6));
  }

  /** A clock that stands still for nobody: what is due then moves on. */
  private goToDue(): void {
    const due = this.lastDue;
    if (due && due > this.stripe.now) this.stripe.advance(due.getTime() - this.stripe.now.getTime());
  }

  decideAll(): void {
    for (const each of this.customers) this.decide(each);
  }

  decide(customer: Customer): Decision {
    const { now } = this.stripe;
    const before = customer.facts;
    const decision = customer.decide(now);
    this.lastDue = decision.dueAt;
    const again = decide(customer.facts, now);
    const nothing = { ...again, open: [], changes: [], lines: [], cut: [] };
    must(
      again.returned.every((each) => each.decision.revoke + each.decision.restore === 0n),
      "I14 a second decision takes and restores nothing",
      again.returned,
    );
    must(isDeepStrictEqual(again, nothing), "a second decision finds nothing to do", again);
    const { plan, planStatus, period, subscriptionId, overgiven, dueAt } = decision;
    must(
      isDeepStrictEqual(
        { ...again, attention: [] },
        { ...nothing, plan, planStatus, period, subscriptionId, overgiven, dueAt, attention: [] },
      ),
      "a second decision says the same",
      [decision, again],
    );
    // What the reconciliation lists of an account that was brought to its facts.
    const above = listAboveWorth(customer.facts);
    must(above.length === 0, "no line gave more than it is worth", [above, customer.facts.allowances]);
    const missing = listNotGiven(customer.facts, again, now);
    must(missing.length === 0, "no line that is paid lacks what it pays for", missing);
    must(dueAt === null || dueAt > now, "due after now", dueAt);
    const keys = customer.facts.allowances.map((each) =>
      [each.itemId, each.periodStart.getTime(), each.month, each.part].join(),
    );
    must(new Set(keys).size === keys.length, "I13 one allowance per item, start, month and part", keys);
    this.checkOpened(decision, now);
    this.checkProvisional(customer);
    this.checkShown(customer, decision);
    if (!this.wasUnreadable) checkWorth(customer, decision, now);
    this.checkReturned(customer);
    for (const each of before.allowances) {
      const change = decision.changes.find((other) => isSameKey(other, each));
      must(!change || each.payment !== "paid", "I24 nothing that was paid for is changed", change);
      must(!change?.frozen || change.payment !== "paid", "what is paid is not frozen", change);
    }
    return decision;
  }

  private checkOpened({ open }: Decision, now: Date): void {
    for (const each of open) {
      must(each.credits >= 0n, "never less than nothing", each);
      must(each.credits === 0n || each.month > 0 || each.expiresAt > now, "what is given can be spent", each);
      must(each.startsAt <= now || each.month === 0, "no later month before it begins", each);
    }
  }

  private checkProvisional({ facts: { allowances } }: Customer): void {
    const provisional = allowances.filter(
      ({ payment, closed }) => closed === null && (payment === "provisional" || payment === "owed"),
    );
    must(provisional.length <= 1, "I22 at most one provisional", provisional);
  }

  private checkShown(
    { facts }: Customer,
    { plan, planStatus, subscriptionId, attention, open }: Decision,
  ): void {
    const { now } = this.stripe;
    const live = facts.subscriptions.filter(
      ({ status, cancelAt }) =>
        ["active", "trialing", "past_due"].includes(status) && !(cancelAt && cancelAt <= now),
    );
    const paid = live.filter(({ id }) =>
      facts.invoices.some(
        (each) =>
          each.status === "paid" &&
          each.lines.some(
            ({ subscriptionId: of, period }) => of === id && period.start <= now && now < period.end,
          ),
      ),
    );
    if (paid.length > 0) {
      must(subscriptionId !== null, "I21 who pays is not without a subscription", { plan, planStatus });
      must(plan !== "free" || planStatus === "pending", "I21 who pays is not Free", { plan, planStatus });
    }
    const isOdd = live.some(({ items }) => items.some(({ unreadable }) => unreadable !== null));
    must(!isOdd || attention.length > 0, "I23 what cannot be read is told", attention);
    const free = open.filter(({ origin }) => origin === "internal");
    must(live.length === 0 || free.length === 0, "I13 no Free month begins while a plan is live", free);
  }

  /** I14: so much of what an invoice gave is taken as money went back, and of a year nothing but what was given. */
  private checkReturned({ facts: { invoices, allowances } }: Customer): void {
    for (const invoice of invoices) {
      const { id, returns, revoked, totalCents, paidCents, lines } = invoice;
      const { creditNotesCents, prePaymentNotesCents } = invoice;
      if (!returns) continue;
      const sum = (all: readonly { readonly amountCents: bigint }[]) =>
        all.reduce((cents, each) => cents + each.amountCents, 0n);
      const back =
        sum(returns.refunds.filter(({ status }) => status !== "failed")) +
        sum(returns.disputes.filter(({ status }) => status === "lost"));
      const charged = totalCents - prePaymentNotesCents;
      const given = allowances
        .filter((each) => each.invoiceId === id && each.payment === "paid" && each.origin !== "trial")
        .reduce((credits, each) => credits + each.credits, 0n);
      const what = { id, back, charged, paidCents, given, revoked };
      must(back <= charged, "I14 refunds never exceed the amount", what);
      must(revoked <= given, "I14 never more than was given", what);
      // A year that was credited paid for some of it as well.
      if (lines.some(({ amountCents }) => amountCents < 0n)) continue;
      if (back === 0n) must(revoked === 0n, "I14 nothing went back, nothing is taken", what);
      if (back === charged) must(revoked === given, "I14 all went back, all is taken", what);
      const isYear = lines.some(({ priceId }) => priceId?.endsWith("_year"));
      if (!isYear)
        must(revoked === (given * back) / charged, "I14 the cumulative refunded share is taken", what);
      else {
        // What went to the balance ended months to come: they are not there to go first for what was paid back.
        const noted = creditNotesCents - prePaymentNotesCents;
        const most = (given * (back + noted)) / charged + 1n;
        must(revoked <= most, "I14 months to come go first", { ...what, noted });
      }
    }
  }

  /** I20 and the end of all: everything is heard, paid or void, and every month has begun. */
  finish(): void {
    const { stripe } = this;
    if (this.customers.length > 1) stripe.advance(1_000);
    stripe.unreadable.clear();
    for (const sub of stripe.subs) sub.pause = null;
    for (const bill of stripe.bills)
      if (bill.status === "open" || bill.status === "uncollectible") {
        if (stripe.bills.indexOf(bill) % 2 === 0) stripe.pay(bill);
        else stripe.setStatus(bill, "void");
      }
    for (const customer of this.customers) {
      customer.hear(stripe, "all");
      this.decide(customer);
      must(
        customer.debt === customer.neverRenewed,
        "I20 who paid or had voided everything owes nothing",
        customer.debt,
      );
    }
  }
}

export function play(history: History): void {
  const played = new Play(history);
  for (const each of history.steps) played.step(each);
  played.finish();
}

/** Heard of late or at once: what was given less what is to be subtracted is equal. */
export function playLateAndPrompt(history: History): void {
  const played = new Play(history, true);
  for (const each of history.steps) played.step(each);
  played.finish();
  const [late, prompt] = played.customers;
  if (!late || !prompt) return;
  const net = (each: Customer) => each.given() - each.facts.account.overgiven;
  const worth = paidFor(late.facts, played.stripe.now);
  if (worth === null || worth.most - worth.least > 50) return;
  must(near(net(late), net(prompt)), `late ${net(late)} prompt ${net(prompt)}`);
  const provisional = [late, prompt].some(({ facts }) =>
    facts.allowances.some(({ origin }) => origin === "provisional"),
  );
  if (!provisional && late.decisions === 2)
    must(near(late.given(), prompt.given()), `late gave ${late.given()}, prompt ${prompt.given()}`);
}

const near = (a: bigint, b: bigint): boolean => (a > b ? a - b : b - a) <= 50n;
