import { fc, it as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { type Command, decide as decideLedger, settledAt } from "../../ledger/decide";
import { availableAt, EMPTY, type LedgerState } from "../../ledger/state";
import { cents, credits } from "../../money/credits";
import { carryOut } from "./carry-out";
import { type DisputeFact, decideReturns, type RefundFact, type ReturnFacts } from "./decide";
import { type Reversal, revokedSoFar } from "./moves";

const HOUR_MS = 3_600_000;
const ORDER = { amountCents: cents(100n), currency: "usd", credits: credits(1_000n) };
const CYCLE_MS = 100 * HOUR_MS;

/** An account that bought an order and lets its cycle end: the real rules of the ledger, in memory. */
class Buyer {
  state: LedgerState = EMPTY;
  before: Reversal[] = [];
  now = new Date(HOUR_MS);

  constructor(used = 0n) {
    const grant = { id: "order:o", kind: "purchase", source: "order:o", credits: ORDER.credits } as const;
    this.run({ kind: "grant", grant: { ...grant, startsAt: this.now, expiresAt: new Date(CYCLE_MS) } });
    const purpose = { category: "platform", resource: null, reference: null } as const;
    if (used > 0n) this.run({ kind: "spend", credits: credits(used), purpose });
  }

  run(command: Command) {
    const decided = decideLedger(this.state, command, this.now);
    if (!decided.ok) throw new Error(`${command.kind}: ${decided.error.code}`);
    this.state = decided.value.state;
    return decided.value.answer;
  }

  /** The job that writes down what has expired: whether it ran must not matter. */
  sweep() {
    const swept = decideLedger(this.state, { kind: "expire" }, this.now);
    if (swept.ok) this.state = swept.value.state;
  }

  cycleEnds() {
    this.now = new Date(CYCLE_MS + HOUR_MS);
  }

  async hear(refunds: readonly RefundFact[], disputes: readonly DisputeFact[] = []) {
    const facts: ReturnFacts = { refunds, disputes };
    const ids = new Set(["order:o", ...this.before.map((each) => each.grantId)]);
    const done = await carryOut(
      {
        of: "order:o",
        grants: this.state.grants.filter((each) => ids.has(each.id)),
        before: this.before,
        decision: decideReturns(ORDER, facts, revokedSoFar(this.before)),
        now: this.now,
        cycleEnd: new Date(2 * CYCLE_MS),
      },
      async (_, command) => this.run(command) as never,
    );
    this.before.push(...done);
  }

  get end() {
    const state = settledAt(this.state, this.now);
    const frozen = state.grants.filter((each) => each.frozen && each.expiresAt > this.now);
    return {
      revoked: revokedSoFar(this.before),
      available: availableAt(state, this.now),
      frozen: frozen.reduce((sum, each) => sum + each.remaining, 0n),
      owed: state.owed,
    };
  }
}

const refund = (id: string, amount: bigint, status: RefundFact["status"]): RefundFact => ({
  ...{ id, refundId: `re_${id}`, amountCents: cents(amount), status },
  ...{ unreadable: null, failureCode: null },
});
const dispute = (id: string, status: DisputeFact["status"], amount: bigint): DisputeFact => ({
  ...{ id, amountCents: cents(amount), currency: "usd", status },
  ...{ unreadable: null, reason: "fraudulent", evidenceDueAt: null },
});

describe("refunds before and after the end of an order's cycle", () => {
  const paidBack = (id: string) => refund(id, 50n, "succeeded");
  const failed = (id: string) => refund(id, 50n, "failed");

  it("I14: one that failed after the end gives back what it took, and nothing of what another one paid back", async () => {
    const buyer = new Buyer();
    await buyer.hear([paidBack("before")]);
    buyer.cycleEnds();
    buyer.sweep();
    const expected = buyer.end;
    await buyer.hear([paidBack("before"), paidBack("after")]);
    await buyer.hear([paidBack("before"), failed("after")]);
    expect(buyer.end).toEqual(expected);
  });

  it.each(["written down", "not written down"])(
    "I14: whichever is heard first, one that failed and another, the end is the same, expiry %s",
    async (expiry) => {
      const ends = [];
      for (const first of [[failed("a")], [paidBack("a"), paidBack("b")], [failed("a"), paidBack("b")]]) {
        const buyer = new Buyer();
        await buyer.hear([paidBack("a")]);
        buyer.cycleEnds();
        if (expiry === "written down") buyer.sweep();
        await buyer.hear(first);
        await buyer.hear([failed("a"), paidBack("b")]);
        ends.push(buyer.end);
      }
      expect(ends[1]).toEqual(ends[0]);
      expect(ends[2]).toEqual(ends[0]);
    },
  );
});

const amounts = fc.tuple(fc.bigInt(1n, 60n), fc.bigInt(1n, 60n), fc.bigInt(1n, 60n));
const statuses = fc.constantFrom<RefundFact["status"]>("pending", "succeeded", "failed");
const heard = fc.tuple(statuses, statuses, statuses);
const open = fc.constantFrom<DisputeFact["status"]>("needs_response", "under_review");
const decided = fc.constantFrom<DisputeFact["status"]>("won", "lost", "appeal_under_review");
const steps = fc.array(fc.record({ heard, bank: fc.oneof(open, decided), sweep: fc.boolean() }), {
  maxLength: 5,
});

property.prop([fc.bigInt(0n, 1_000n), amounts, fc.option(open), heard, steps, heard, decided], {
  numRuns: 200,
})(
  "I14: whatever was heard before its cycle's end, and in whatever order the rest after it, the end is that of the last",
  async (used, [x, y, z], early, before, after, last, end) => {
    const factsOf = (told: typeof before, bank: DisputeFact["status"] | null) =>
      [
        [refund("x", x, told[0]), refund("y", y, told[1]), refund("z", z, told[2])],
        bank ? [dispute("d", bank, 40n)] : [],
      ] as const;
    const [often, once] = [new Buyer(used), new Buyer(used)];
    for (const buyer of [often, once]) {
      await buyer.hear(...factsOf(before, early));
      buyer.cycleEnds();
    }
    for (const step of after) {
      if (step.sweep) often.sweep();
      await often.hear(...factsOf(step.heard, step.bank));
    }
    for (const buyer of [often, once]) await buyer.hear(...factsOf(last, end));
    expect(often.end).toEqual(once.end);
  },
);
