import { carryOut } from "../../lib/billing/returns/carry-out";
import {
  type DisputeFact,
  decideReturns,
  type RefundFact,
  type ReturnFacts,
} from "../../lib/billing/returns/decide";
import { type Reversal, revokedSoFar } from "../../lib/billing/returns/moves";
import { type Command, decide as decideLedger, settledAt } from "../../lib/ledger/decide";
import { availableAt, EMPTY, type LedgerState } from "../../lib/ledger/state";
import { cents, credits } from "../../lib/money/credits";

export const HOUR_MS = 3_600_000;
export const ORDER = { amountCents: cents(97n), currency: "usd", credits: credits(1_000n) };
export const PURPOSE = { category: "platform", resource: null, reference: null } as const;
const BOUGHT = new Date(HOUR_MS);
const CYCLE_MS = 100 * HOUR_MS;
export const CYCLE_END = new Date(CYCLE_MS);
export const NEXT_END = new Date(2 * CYCLE_MS);

/** An account that bought an order, in memory: the real rules of the ledger, and what returns did so far. */
export class BuyerInMemory {
  state: LedgerState = EMPTY;
  before: Reversal[] = [];
  now = BOUGHT;
  status = "paid";
  isFrozenBesides = false;

  constructor(plan: bigint, used: bigint) {
    if (plan > 0n) this.give("plan", "plan", plan, NEXT_END);
    this.give("order:o", "purchase", ORDER.credits, CYCLE_END);
    if (used > 0n) this.run({ kind: "spend", credits: credits(used), purpose: PURPOSE });
  }

  give(source: string, kind: "plan" | "purchase", amount: bigint, expiresAt: Date) {
    this.run({
      kind: "grant",
      grant: { id: source, kind, source, credits: credits(amount), startsAt: this.now, expiresAt },
    });
  }

  /** Another one to whom the same has happened. */
  copy(): BuyerInMemory {
    const made: BuyerInMemory = Object.assign(Object.create(BuyerInMemory.prototype), this);
    made.before = [...this.before];
    return made;
  }

  /** An operator freezes what was bought, whatever becomes of the money. */
  freeze() {
    this.run({ kind: "freeze", grantId: "order:o" });
    this.isFrozenBesides = true;
  }

  run(command: Command) {
    const decided = decideLedger(this.state, command, this.now);
    if (!decided.ok) throw new Error(`${command.kind}: ${decided.error.code}`);
    this.state = decided.value.state;
    return decided.value.answer;
  }

  async hear(facts: ReturnFacts) {
    const decision = decideReturns(ORDER, facts, revokedSoFar(this.before));
    const ids = new Set(["order:o", ...this.before.map((each) => each.grantId)]);
    const done = await carryOut(
      {
        of: "order:o",
        grants: this.state.grants
          .filter((each) => ids.has(each.id))
          .map((each) => ({ ...each, isFrozenBesides: this.isFrozenBesides && each.id === "order:o" })),
        before: this.before,
        decision,
        now: this.now,
        cycleEnd: new Date((Math.floor(this.now.getTime() / CYCLE_MS) + 1) * CYCLE_MS),
      },
      async (_, command) => this.run(command) as never,
    );
    this.before.push(...done);
    this.status = decision.status;
  }

  /** What a customer and the books see. */
  get end() {
    const state = settledAt(this.state, this.now);
    const frozen = state.grants.filter((each) => each.frozen && each.expiresAt > this.now);
    return {
      status: this.status,
      revoked: revokedSoFar(this.before),
      available: availableAt(state, this.now),
      frozen: frozen.reduce((sum, each) => sum + each.remaining, 0n),
      owed: state.owed,
    };
  }

  /** Of the order, in the ledger alone: what was given for it and is not revoked. */
  get kept(): bigint {
    const ids = new Set(["order:o", ...this.before.map((each) => each.grantId)]);
    return this.state.grants
      .filter((each) => ids.has(each.id))
      .reduce((sum, each) => sum + each.remaining + each.held + each.spent + each.expired, 0n);
  }
}

export const refund = (id: string, amount: bigint, status: RefundFact["status"]): RefundFact => ({
  id,
  refundId: `re_${id}`,
  amountCents: cents(amount),
  status,
  unreadable: null,
  failureCode: null,
});
export const dispute = (
  id: string,
  status: DisputeFact["status"],
  amount = 97n,
  currency = "usd",
): DisputeFact => ({
  id,
  amountCents: cents(amount),
  currency,
  status,
  unreadable: null,
  reason: "fraudulent",
  evidenceDueAt: null,
});
