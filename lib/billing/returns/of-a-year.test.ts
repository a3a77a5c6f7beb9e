import { fc, it as property } from "@fast-check/vitest";
import { expect } from "vitest";
import { type Command, decide as decideLedger, settledAt } from "../../ledger/decide";
import { availableAt, EMPTY, type LedgerState } from "../../ledger/state";
import { type Cents, cents, credits } from "../../money/credits";
import { carryOut } from "./carry-out";
import { type DisputeFact, decideReturns, type RefundFact, type ReturnFacts } from "./decide";
import { givenAnew, type Reversal, revokedSoFar } from "./moves";

const HOUR_MS = 3_600_000;
const MONTH_MS = 100 * HOUR_MS;
const A_MONTH = 100n;
const MONTHS = 12;
const CHARGED: Cents = cents(997n);
const PURPOSE = { category: "platform", resource: null, reference: null } as const;

/** An account whose year was paid at once and is given month by month: the real rules of the ledger, in memory. */
class Year {
  state: LedgerState = EMPTY;
  before: Reversal[] = [];
  now = new Date(0);
  private given = 0;

  /** The next month begins, and so much of it is used. */
  begin(used: bigint, facts: ReturnFacts) {
    this.now = new Date(this.given * MONTH_MS + HOUR_MS);
    const id = `month:${this.given}`;
    const expiresAt = new Date((this.given + 1) * MONTH_MS);
    this.given += 1;
    const grant = {
      id,
      kind: "plan",
      source: id,
      credits: credits(A_MONTH),
      startsAt: this.now,
      expiresAt,
    } as const;
    this.run({ kind: "grant", grant });
    return this.hear(facts).then(() => {
      const there = availableAt(settledAt(this.state, this.now), this.now);
      const wanted = used < there ? used : there;
      if (wanted > 0n) this.run({ kind: "spend", credits: credits(wanted), purpose: PURPOSE });
    });
  }

  run(command: Command) {
    const decided = decideLedger(this.state, command, this.now);
    if (!decided.ok) throw new Error(`${command.kind}: ${decided.error.code}`);
    this.state = decided.value.state;
    return decided.value.answer;
  }

  paidFor() {
    const notGiven = credits(A_MONTH * BigInt(MONTHS - this.given));
    return { amountCents: CHARGED, currency: "usd", credits: credits(A_MONTH * BigInt(MONTHS)), notGiven };
  }

  async hear(facts: ReturnFacts) {
    const newestFirst = Array.from({ length: this.given }, (_, month) => `month:${month}`).reverse();
    const ids = [...givenAnew(this.before).toReversed(), ...newestFirst];
    const done = await carryOut(
      {
        of: "invoice:i",
        grants: ids.flatMap((id) => this.state.grants.find((each) => each.id === id) ?? []),
        before: this.before,
        decision: decideReturns(this.paidFor(), facts, revokedSoFar(this.before)),
        now: this.now,
        cycleEnd: new Date(this.given * MONTH_MS),
      },
      async (_, command) => this.run(command) as never,
    );
    this.before.push(...done);
  }

  get end() {
    const state = settledAt(this.state, this.now);
    return {
      revoked: revokedSoFar(this.before),
      available: availableAt(state, this.now),
      frozen: state.grants.reduce(
        (sum, each) => (each.frozen && each.expiresAt > this.now ? sum + each.remaining : sum),
        0n,
      ),
      owed: state.owed,
    };
  }
}

const refunds = fc.array(
  fc.record({
    amount: fc.bigInt(1n, 997n),
    status: fc.constantFrom<RefundFact["status"]>("pending", "succeeded", "failed", "canceled"),
  }),
  { maxLength: 3 },
);
const bank = fc.option(
  fc.constantFrom<DisputeFact["status"]>("needs_response", "under_review", "won", "lost", "warning_closed"),
);
const told = fc.record({ refunds, bank });
type Told = typeof told extends fc.Arbitrary<infer T> ? T : never;

const factsOf = ({ refunds: all, bank: status }: Told): ReturnFacts => ({
  refunds: all.map((each, index) => ({
    ...{ id: `re_${index}`, refundId: `re_${index}`, amountCents: cents(each.amount), status: each.status },
    ...{ unreadable: null, failureCode: null },
  })),
  disputes: status
    ? [
        {
          ...{ id: "du", amountCents: CHARGED, currency: "usd", status },
          ...{ unreadable: null, reason: "general", evidenceDueAt: null },
        },
      ]
    : [],
});
const NOTHING: ReturnFacts = { refunds: [], disputes: [] };
const uses = fc.array(fc.bigInt(0n, A_MONTH), { minLength: 1, maxLength: MONTHS });

property.prop([uses, fc.array(told, { maxLength: 5 }), told], { numRuns: 300 })(
  "I14: whatever is heard first of a year's money, the end is that of what was heard last, and hearing it again changes nothing",
  async (used, first, last) => {
    const [often, once] = [new Year(), new Year()];
    for (const year of [often, once]) for (const each of used) await year.begin(each, NOTHING);
    for (const each of first) await often.hear(factsOf(each));
    await often.hear(factsOf(last));
    await once.hear(factsOf(last));
    expect(often.end).toEqual(once.end);
    const commands = often.before.length;
    await often.hear(factsOf(last));
    expect(often.before).toHaveLength(commands);
  },
);

property.prop([fc.array(fc.tuple(fc.bigInt(0n, A_MONTH), told), { minLength: 1, maxLength: MONTHS })], {
  numRuns: 300,
})(
  "I14: at every month of a year so many credits are gone as money went back: those to come first, then those given",
  async (months) => {
    const year = new Year();
    for (const [used, said] of months) {
      await year.begin(used, factsOf(said));
      const { returnedCents } = decideReturns(year.paidFor(), factsOf(said), credits(0n));
      const share = (A_MONTH * BigInt(MONTHS) * returnedCents) / CHARGED;
      const { notGiven } = year.paidFor();
      expect(revokedSoFar(year.before)).toBe(share > notGiven ? share - notGiven : 0n);
    }
  },
);
