import { decide, isSameKey } from "../../lib/billing/allowances/decide";
import type { Allowance, CloseReason, Decision, Facts } from "../../lib/billing/allowances/facts";
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
    if (what !== "invoices") {
      const before = this.facts.subscriptions.flatMap(({ items }) => items);
      const subscriptions = stripe.subscriptions().map((each) => ({
        ...each,
        items: each.items.map((item) => {
          const last = before.find(({ id }) => id === item.id);
          if (item.offer || !last) return item;
          const known = last.offer
            ? { offer: last.offer, quantity: last.quantity, until: stripe.now }
            : last.known;
          return { ...item, known };
        }),
      }));
      this.facts = { ...this.facts, subscriptions };
    }
    if (what === "subscriptions") return;
    const known = new Map(this.facts.invoices.flatMap(({ lines }) => lines.map((each) => [each.id, each])));
    const invoices = stripe.invoices().map((each) => ({
      ...each,
      lines: each.lines.map((line) => {
        const last = known.get(line.id);
        const { decidedAt = null, wasAssumed = false } = last ?? {};
        return {
          ...line,
          decidedAt,
          wasAssumed,
          offer: decidedAt && !wasAssumed ? (last?.offer ?? null) : line.offer,
        };
      }),
    }));
    this.facts = { ...this.facts, invoices, pendingLines: stripe.pendingLines() };
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
