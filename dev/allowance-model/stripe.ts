import type { Invoice, Item, Line, Offer, Subscription } from "../../lib/billing/allowances/facts";
import type { DisputeFact, RefundFact } from "../../lib/billing/returns/decide";
import { type BillingPeriod, monthsAfter } from "../../lib/calendar";
import { cents, NO_CREDITS } from "../../lib/money/credits";
import { length, MONTHS, nextBoundary, price, priceId, type Sold } from "./prices";

/**
 * What Stripe does with the subscriptions and invoices of one customer, written from its documentation and from nothing of
 * ours. One cent buys one credit, so that what is given can be compared with what was paid.
 */
export type Prorations = "create_prorations" | "none" | "always_invoice";
export type Pause = "keep_as_draft" | "mark_uncollectible" | "void";

type Sub = Sold & {
  readonly id: string;
  readonly itemId: string;
  status: Subscription["status"];
  period: BillingPeriod;
  anchor: Date;
  cancelAt: Date | null;
  pause: Pause | null;
  next: ({ start: Date } & Sold) | null;
  readonly createdAt: Date;
  endedAt: Date | null;
};
type Bill = {
  readonly id: string;
  readonly sub: Sub;
  status: Invoice["status"];
  readonly lines: Line[];
  readonly totalCents: bigint;
  dueCents: bigint;
  paidCents: bigint;
  creditNotesCents: bigint;
  prePaymentNotesCents: bigint;
  readonly createdAt: Date;
  paidAt: Date | null;
  finalizeAt: Date | null;
  readonly refunds: RefundFact[];
  readonly disputes: DisputeFact[];
};

const HOUR_MS = 3_600_000;
const ENDED = ["canceled", "incomplete_expired"];

const backOf = ({ refunds }: Bill): bigint =>
  refunds.reduce((sum, each) => (each.status === "failed" ? sum : sum + each.amountCents), 0n);

export class StripeModel {
  now: Date;
  readonly subs: Sub[] = [];
  readonly bills: Bill[] = [];
  /** Of no subscription: what one gave back that was canceled at once and not billed waits for the customer's next invoice. */
  pending: { sub: Sub | null; line: Line }[] = [];
  cardWorks = true;
  private balanceCents = 0n;
  private made = 0;
  readonly unreadable = new Set<string>();

  constructor(now: Date) {
    this.now = now;
  }

  private id = (prefix: string): string => {
    this.made += 1;
    return `${prefix}_${String(this.made).padStart(4, "0")}`;
  };

  live = (): Sub[] => this.subs.filter(({ status }) => !ENDED.includes(status) && status !== "incomplete");

  create(offer: Offer, quantity: number, trialMs = 0): void {
    const end =
      trialMs > 0 ? new Date(this.now.getTime() + trialMs) : monthsAfter(this.now, MONTHS[offer.interval]);
    const sub: Sub = {
      ...{ id: this.id("sub"), itemId: this.id("si"), offer, quantity },
      status: trialMs > 0 ? "trialing" : "active",
      period: { start: this.now, end },
      anchor: trialMs > 0 ? end : this.now,
      ...{ cancelAt: null, pause: null, next: null, createdAt: this.now, endedAt: null },
    };
    this.subs.push(sub);
    const bill = this.bill(sub, [this.line(sub, sub.period, trialMs > 0 ? 0n : price(sub), false)]);
    this.finalize(bill);
    if (bill.status === "open") sub.status = "incomplete";
  }

  /** Price, quantity or cycle changed in the dashboard or by an upgrade. */
  change(sub: Sub, to: Sold, prorations: Prorations, reset: boolean): void {
    if (!["active", "past_due"].includes(sub.status)) return;
    const rest = { start: this.now, end: sub.period.end };
    const share = (all: bigint) => (all * length(rest)) / length(sub.period);
    const isReset = reset || to.offer.interval !== sub.offer.interval;
    // What is as it was is not prorated.
    const isSame = to.offer === sub.offer && to.quantity === sub.quantity;
    if (isSame && !isReset) return;
    if (prorations !== "none")
      this.pending.push({ sub, line: this.line(sub, rest, -share(price(sub)), true) });
    Object.assign(sub, { ...to, next: null });
    if (isReset) {
      Object.assign(sub, {
        anchor: this.now,
        period: { start: this.now, end: monthsAfter(this.now, MONTHS[to.offer.interval]) },
        cancelAt: sub.cancelAt && sub.cancelAt > this.now ? null : sub.cancelAt,
      });
      this.finalize(this.bill(sub, [this.line(sub, sub.period, price(sub), false)]));
      return;
    }
    if (prorations === "none") return;
    this.pending.push({ sub, line: this.line(sub, rest, share(price(sub)), true) });
    if (prorations === "always_invoice") this.finalize(this.bill(sub, []));
  }

  cancelNow(sub: Sub, prorate: boolean, invoiceNow: boolean): void {
    const rest = { start: this.now, end: sub.period.end };
    if (prorate && sub.status !== "trialing") {
      const cents = (price(sub) * length(rest)) / length(sub.period);
      const line = this.line(sub, rest, -cents, true);
      this.pending.push(
        invoiceNow ? { sub, line } : { sub: null, line: { ...line, subscriptionId: null, itemId: null } },
      );
    }
    Object.assign(sub, { status: "canceled", endedAt: this.now });
    for (const bill of this.bills) if (bill.sub === sub) bill.finalizeAt = null;
    if (invoiceNow && this.pending.some((each) => each.sub === sub)) this.finalize(this.bill(sub, []));
  }

  pay(bill: Bill): void {
    if (bill.status !== "open" && bill.status !== "uncollectible") return;
    this.markPaid(bill, bill.dueCents);
  }

  setStatus(bill: Bill, status: "void" | "uncollectible"): void {
    if (bill.status !== "open" && bill.status !== "uncollectible") return;
    bill.status = status;
    const { sub } = bill;
    if (sub.status === "past_due" && this.latest(sub) === bill) sub.status = "active";
    if (sub.status === "incomplete") Object.assign(sub, { status: "incomplete_expired", endedAt: this.now });
  }

  /**
   * Some sixths of what remains, and where that is all Stripe calls the invoice paid; or of what was paid, to the customer's balance,
   * and never more than is left: https://docs.stripe.com/invoicing/dashboard/credit-notes.
   */
  creditNote(bill: Bill, sixths: number): void {
    const share = (all: bigint) => (all * BigInt(sixths)) / 6n;
    if (bill.status === "open") {
      const amountCents = share(bill.dueCents);
      bill.creditNotesCents += amountCents;
      bill.prePaymentNotesCents += amountCents;
      bill.dueCents -= amountCents;
      if (bill.dueCents === 0n) this.markPaid(bill, 0n);
      return;
    }
    const amountCents = share(bill.totalCents - bill.creditNotesCents - backOf(bill));
    if (bill.status !== "paid" || amountCents <= 0n) return;
    bill.creditNotesCents += amountCents;
    this.balanceCents -= amountCents;
  }

  /**
   * Some sixths of what was paid, and never more than is left of it: https://docs.stripe.com/refunds. What was charged back is
   * not refunded, unless the dispute was won: `charge_disputed`, https://docs.stripe.com/error-codes.
   */
  refund(bill: Bill, sixths: number): void {
    const left = bill.paidCents - backOf(bill);
    const asked = (bill.paidCents * BigInt(sixths)) / 6n;
    const amountCents = cents(asked < left ? asked : left);
    const isChargedBack = bill.disputes.some((each) => each.status !== "won");
    if (amountCents > 0n && !isChargedBack)
      bill.refunds.push({
        ...{ id: this.id("re"), refundId: null, amountCents, status: "succeeded" },
        ...{ unreadable: null, failureCode: null },
      });
  }

  /** One that succeeded may fail weeks later: https://docs.stripe.com/refunds#failed-refunds. */
  failRefund(bill: Bill): void {
    const index = bill.refunds.findLastIndex((each) => each.status === "succeeded");
    const refund = bill.refunds[index];
    if (refund) bill.refunds[index] = { ...refund, status: "failed" };
  }

  /** What was not paid back is disputed once: https://docs.stripe.com/disputes/how-disputes-work. */
  dispute(bill: Bill): void {
    const back = backOf(bill);
    if (bill.disputes.length > 0 || bill.paidCents <= back) return;
    bill.disputes.push({
      ...{ id: this.id("du"), amountCents: cents(bill.paidCents - back), currency: "usd" },
      ...{ status: "needs_response", unreadable: null, reason: "general", evidenceDueAt: null },
    });
  }

  decideDispute(bill: Bill, status: "won" | "lost"): void {
    const [dispute] = bill.disputes;
    if (dispute?.status === "needs_response") bill.disputes[0] = { ...dispute, status };
  }

  giveUp(sub: Sub, status: "canceled" | "unpaid"): void {
    if (sub.status !== "past_due") return;
    sub.status = status;
    if (status === "canceled") sub.endedAt = this.now;
  }

  advance(ms: number): void {
    const to = new Date(this.now.getTime() + ms);
    for (let due = this.nextDue(to); due; due = this.nextDue(to)) {
      this.now = due.at > this.now ? due.at : this.now;
      due.act();
    }
    this.now = to;
  }

  private nextDue(to: Date): { at: Date; act: () => void } | null {
    const dues = [
      ...this.live().map((sub) => ({ at: sub.period.end, act: () => this.renew(sub) })),
      ...this.subs
        .filter(({ status }) => status === "incomplete")
        .map((sub) => ({
          at: new Date(sub.createdAt.getTime() + 23 * HOUR_MS),
          act: () => this.expire(sub),
        })),
      ...this.bills.flatMap((bill) =>
        bill.finalizeAt ? [{ at: bill.finalizeAt, act: () => this.finalize(bill) }] : [],
      ),
    ].filter(({ at }) => at <= to);
    return dues.toSorted((a, b) => a.at.getTime() - b.at.getTime())[0] ?? null;
  }

  private renew(sub: Sub): void {
    const { end } = sub.period;
    if (sub.cancelAt && sub.cancelAt <= end) {
      Object.assign(sub, { status: "canceled", endedAt: end });
      return;
    }
    if (sub.next && sub.next.start <= end) {
      const { offer, quantity } = sub.next;
      if (offer.interval !== sub.offer.interval) sub.anchor = end;
      Object.assign(sub, { offer, quantity, next: null });
    }
    if (sub.status === "trialing") Object.assign(sub, { status: "active", anchor: end });
    sub.period = { start: end, end: nextBoundary(sub.anchor, end, MONTHS[sub.offer.interval]) };
    const bill = this.bill(sub, [this.line(sub, sub.period, price(sub), false)]);
    const staysDraft = sub.pause === "keep_as_draft" || sub.status === "unpaid";
    bill.finalizeAt = staysDraft ? null : new Date(end.getTime() + HOUR_MS);
  }

  private expire(sub: Sub): void {
    Object.assign(sub, { status: "incomplete_expired", endedAt: this.now });
    for (const bill of this.bills) if (bill.sub === sub && bill.status === "open") bill.status = "void";
  }

  private finalize(bill: Bill): void {
    const { sub } = bill;
    bill.finalizeAt = null;
    bill.status = "open";
    if (sub.pause === "void" || sub.pause === "mark_uncollectible") {
      bill.status = sub.pause === "void" ? "void" : "uncollectible";
      bill.dueCents = bill.totalCents > 0n ? bill.totalCents : 0n;
      return;
    }
    const left = bill.totalCents + this.balanceCents;
    this.balanceCents = left < 0n ? left : 0n;
    bill.dueCents = left < 0n ? 0n : left;
    if (bill.dueCents === 0n || this.cardWorks) this.markPaid(bill, bill.dueCents);
    else if (sub.status === "active") sub.status = "past_due";
  }

  private markPaid(bill: Bill, cents: bigint): void {
    Object.assign(bill, { status: "paid", paidCents: cents, paidAt: this.now });
    const { sub } = bill;
    const isWaiting = ["past_due", "unpaid", "incomplete"].includes(sub.status);
    if (isWaiting && this.latest(sub) === bill) sub.status = "active";
  }

  private latest = (sub: Sub): Bill | undefined =>
    this.bills.filter((each) => each.sub === sub && each.status !== "draft").at(-1);

  private bill(sub: Sub, own: readonly Line[]): Bill {
    // Newest first, as Stripe lists what waited (https://docs.stripe.com/api/invoices/object#invoice_object-lines).
    const waited = this.pending
      .filter((each) => each.sub === sub || each.sub === null)
      .map(({ line }) => line);
    const lines = [...waited.reverse(), ...own];
    this.pending = this.pending.filter((each) => each.sub !== sub && each.sub !== null);
    const totalCents = lines.reduce((sum, { amountCents }) => sum + amountCents, 0n);
    const bill: Bill = {
      ...{ id: this.id("in"), sub, status: "draft", lines, totalCents, dueCents: totalCents },
      ...{
        ...{ paidCents: 0n, creditNotesCents: 0n, prePaymentNotesCents: 0n, refunds: [], disputes: [] },
        ...{ createdAt: this.now, paidAt: null, finalizeAt: null },
      },
    };
    this.bills.push(bill);
    return bill;
  }

  private line = (sub: Sub, period: BillingPeriod, amountCents: bigint, isProration: boolean): Line => ({
    ...{ id: this.id("il"), subscriptionId: sub.id, itemId: sub.itemId, priceId: priceId(sub.offer) },
    ...{ offer: sub.offer, unreadable: null, quantity: sub.quantity, period, amountCents, isProration },
    isTrial: amountCents === 0n && !isProration,
    ...{ decidedAt: null, wasAssumed: false },
  });

  /** As it reads now. */
  subscriptions(): Subscription[] {
    return this.subs.map((sub) => ({
      ...{ id: sub.id, status: sub.status, anchor: sub.anchor, cancelAt: sub.cancelAt },
      items: [this.item(sub)],
      isPaused: sub.pause !== null,
      next: sub.next ? [{ ...sub.next }] : [],
      ...{ scheduleEndsAt: null, createdAt: sub.createdAt, endedAt: sub.endedAt },
    }));
  }

  private item(sub: Sub): Item {
    const isReadable = !this.unreadable.has(priceId(sub.offer));
    return {
      ...{ id: sub.itemId, offer: isReadable ? sub.offer : null, unreadable: isReadable ? null : "no_plan" },
      ...{ known: null, quantity: sub.quantity, period: sub.period, goneAt: null },
    };
  }

  private read = (line: Line): Line => {
    const isUnreadable = this.unreadable.has(line.priceId ?? "");
    return isUnreadable ? { ...line, offer: null, unreadable: "no_plan" } : line;
  };

  invoices(): Invoice[] {
    return this.bills.map((bill) => ({
      ...{ id: bill.id, subscriptionId: bill.sub.id, status: bill.status, totalCents: bill.totalCents },
      ...{
        paidCents: bill.paidCents,
        creditNotesCents: bill.creditNotesCents,
        prePaymentNotesCents: bill.prePaymentNotesCents,
        createdAt: bill.createdAt,
      },
      remainingCents: bill.status === "open" || bill.status === "uncollectible" ? bill.dueCents : 0n,
      ...{ paidAt: bill.paidAt, paidSeenAt: bill.paidAt, lines: bill.lines.map(this.read) },
      currency: "usd",
      returns:
        bill.refunds.length + bill.disputes.length > 0
          ? { refunds: [...bill.refunds], disputes: [...bill.disputes] }
          : null,
      revoked: NO_CREDITS,
    }));
  }

  pendingLines = (): Line[] => this.pending.map(({ line }) => this.read(line));
}
