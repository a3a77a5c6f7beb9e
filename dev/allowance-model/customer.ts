import { isSameKey } from "../../lib/billing/allowances/allowance-key";
import { decide } from "../../lib/billing/allowances/decide";
import type { Allowance, CloseReason, Decision, Facts, Item, Line } from "../../lib/billing/allowances/facts";
import { NO_CREDITS } from "../../lib/money/credits";
import { applied, freeFacts } from "../testing/facts";
import type { StripeModel } from "./stripe";

const DEBT_REASONS: readonly CloseReason[] = ["unpaid", "superseded", "never_renewed"];

/** One account that hears of Stripe when it does, decides, and spends: what it was given, spent and owes. */
export class Customer {
  facts: Facts;
  debt = 0n;
  /** Debt of renewals that Stripe never made: the one that nobody was asked to pay. */
  neverRenewed = 0n;
  decisions = 0;

  constructor(now: Date) {
    const empty = freeFacts();
    this.facts = {
      ...empty,
      account: { ...empty.account, createdAt: now, anchor: now, period: { start: now, end: now } },
    };
  }

  hear(stripe: StripeModel, what: "all" | "subscriptions" | "invoices"): void {
    this.hearOf(stripe, {
      subscriptions: what === "invoices" ? [] : stripe.subs.map(({ id }) => id),
      invoices: what === "subscriptions" ? [] : stripe.bills.map(({ id }) => id),
    });
    if (what !== "subscriptions") this.facts = { ...this.facts, pendingLines: stripe.pendingLines() };
  }

  /** Hears how some of what Stripe has is now, and nothing of the rest. */
  hearOf(stripe: StripeModel, ids: { subscriptions: readonly string[]; invoices: readonly string[] }): void {
    const { facts } = this;
    const known = facts.subscriptions.flatMap(({ items }) => items);
    const lines = new Map(facts.invoices.flatMap((each) => each.lines.map((line) => [line.id, line])));
    const subscriptions = stripe
      .subscriptions()
      .filter(({ id }) => ids.subscriptions.includes(id))
      .map((each) => ({ ...each, items: each.items.map((item) => withKnown(item, known, stripe.now)) }));
    const invoices = stripe
      .invoices()
      .filter(({ id }) => ids.invoices.includes(id))
      .map((each) => ({
        ...each,
        lines: each.lines.map((line) => asDecided(line, lines.get(line.id))),
        revoked: revokedOf(facts, each.id),
      }));
    this.facts = {
      ...facts,
      subscriptions: inPlaceOf(facts.subscriptions, subscriptions),
      invoices: inPlaceOf(facts.invoices, invoices),
    };
  }

  decide(now: Date): Decision {
    const before = this.facts;
    const decision = decide(before, now);
    this.facts = applied(before, decision, now);
    this.decisions += 1;
    for (const change of decision.changes) {
      const row = before.allowances.find((each) => isSameKey(each, change));
      if (row) this.book(row, change);
    }
    return decision;
  }

  private book(row: Allowance, { closeOut, regrant }: Decision["changes"][number]): void {
    if (closeOut && DEBT_REASONS.includes(closeOut)) {
      this.debt += row.spent;
      if (closeOut === "never_renewed") this.neverRenewed += row.spent;
    }
    if (!regrant || !row.closed || !DEBT_REASONS.includes(row.closed)) return;
    // Paid after all, or voided: what is given again pays the debt.
    this.debt -= row.spent;
    if (row.closed === "never_renewed") this.neverRenewed -= row.spent;
  }

  /** Spends a share of what a running allowance has left. */
  spend(now: Date, share: bigint): void {
    this.facts = {
      ...this.facts,
      allowances: this.facts.allowances.map((each) =>
        each.frozen || each.closed || each.startsAt > now || each.expiresAt <= now
          ? each
          : {
              ...each,
              spent: (each.spent + ((each.credits - each.spent) * share) / 4n) as Allowance["spent"],
            },
      ),
    };
  }

  /** Given for paid lines. */
  given = (): bigint =>
    this.facts.allowances
      .filter(({ origin, payment }) => origin === "line" || (origin === "provisional" && payment === "paid"))
      .reduce((sum, { credits }) => sum + credits, 0n);
}

/** What an item sold, where its price cannot be read any more. */
function withKnown(item: Item, before: readonly Item[], now: Date): Item {
  const last = before.find(({ id }) => id === item.id);
  if (item.offer || !last) return item;
  const known = last.offer ? { offer: last.offer, quantity: last.quantity, until: now } : last.known;
  return { ...item, known };
}

const revokedOf = ({ invoices }: Facts, id: string) =>
  invoices.find((each) => each.id === id)?.revoked ?? NO_CREDITS;

/** How a line was read when what it gives was decided. */
function asDecided(line: Line, last: Line | undefined): Line {
  const { decidedAt = null, wasAssumed = false, offer = null } = last ?? {};
  return { ...line, decidedAt, wasAssumed, offer: decidedAt && !wasAssumed ? offer : line.offer };
}

/** In the order in which Stripe made them. */
const inPlaceOf = <T extends { readonly id: string }>(
  before: readonly T[],
  heard: readonly T[],
): readonly T[] =>
  [...before.filter(({ id }) => !heard.some((each) => each.id === id)), ...heard].toSorted((a, b) =>
    a.id < b.id ? -1 : 1,
  );
