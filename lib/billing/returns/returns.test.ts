import { fc, it as property } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import {
  BuyerInMemory as Buyer,
  CYCLE_END,
  dispute,
  HOUR_MS,
  NEXT_END,
  ORDER,
  PURPOSE,
  refund,
} from "../../../dev/testing/buyer-in-memory";
import { settledAt } from "../../ledger/decide";
import { availableAt } from "../../ledger/state";
import { credits } from "../../money/credits";
import { type DisputeFact, decideReturns, type RefundFact, type ReturnFacts, shareOf } from "./decide";
import { revokedSoFar } from "./moves";

/** What became true one after the other: each step changes one refund or dispute. */
const REFUND_LIVES: readonly (readonly RefundFact["status"][])[] = [
  ["pending", "succeeded"],
  ["succeeded", "failed"],
  ["requested", "pending", "failed"],
  ["requested", "succeeded"],
  ["pending", "canceled"],
];
const DISPUTE_LIVES: readonly (readonly DisputeFact["status"][])[] = [
  ["needs_response", "under_review", "won"],
  ["needs_response", "lost"],
  ["needs_response", "lost", "appeal_under_review", "won"],
  ["warning_needs_response", "warning_closed"],
  ["warning_needs_response", "needs_response", "under_review"],
  ["needs_response", "prevented"],
];
const lives = fc.record({
  refunds: fc.array(fc.record({ life: fc.constantFrom(...REFUND_LIVES), amount: fc.bigInt(1n, 97n) }), {
    maxLength: 3,
  }),
  disputes: fc.array(fc.record({ life: fc.constantFrom(...DISPUTE_LIVES), amount: fc.bigInt(1n, 97n) }), {
    maxLength: 2,
  }),
  turns: fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
});
type Lives = typeof lives extends fc.Arbitrary<infer T> ? T : never;

function factsOneByOne({ refunds, disputes, turns }: Lives): ReturnFacts[] {
  const all = [...refunds, ...disputes].map((each, index) => ({ ...each, index, step: 0 }));
  const told: ReturnFacts[] = [];
  for (const turn of turns) {
    const open = all.filter((each) => each.step < each.life.length);
    const next = open[turn % Math.max(open.length, 1)];
    if (!next) break;
    next.step += 1;
    const now = all.filter((each) => each.step > 0);
    told.push({
      refunds: now
        .filter((each) => each.index < refunds.length)
        .map((each) =>
          refund(`r${each.index}`, each.amount, each.life[each.step - 1] as RefundFact["status"]),
        ),
      disputes: now
        .filter((each) => each.index >= refunds.length)
        .map((each) =>
          dispute(`d${each.index}`, each.life[each.step - 1] as DisputeFact["status"], each.amount),
        ),
    });
  }
  return told;
}

const buyers = fc.record({
  plan: fc.constantFrom(0n, 3n, 500n),
  ofOrder: fc.bigInt(0n, 1_000n),
  rest: fc.boolean(),
});
/** Plan credits are spent first: what was used of the order comes after them. */
const makeBuyer = ({ plan, ofOrder, rest }: { plan: bigint; ofOrder: bigint; rest: boolean }) => {
  const buyer = new Buyer(plan, ofOrder > 0n ? plan + ofOrder : 0n);
  if (rest && plan > 0n) buyer.give("renewal", "plan", plan, NEXT_END);
  return buyer;
};

describe("whatever is heard of refunds and disputes, and whatever is not", () => {
  property.prop([buyers, lives, fc.array(fc.boolean(), { minLength: 12, maxLength: 12 })], {
    numRuns: 400,
  })(
    "I14: the end is the same as if nothing but the last had been heard, and hearing it again changes nothing",
    async (who, drawn, heard) => {
      const told = factsOneByOne(drawn);
      const last = told.at(-1);
      if (!last) return;
      const [often, once] = [makeBuyer(who), makeBuyer(who)];
      for (const [index, facts] of told.entries()) if (heard[index]) await often.hear(facts);
      await often.hear(last);
      await once.hear(last);
      expect(often.end).toEqual(once.end);
      const commands = often.before.length;
      await often.hear(last);
      expect(often.before).toHaveLength(commands);
    },
  );

  property.prop(
    [
      buyers,
      lives,
      fc.array(fc.tuple(fc.boolean(), fc.nat(40), fc.nat(300)), { minLength: 12, maxLength: 12 }),
    ],
    { numRuns: 400 },
  )(
    "I14: at every moment so many credits are revoked as money went back, of the order and never of more, while time passes and credits are used",
    async (who, drawn, pauses) => {
      const buyer = makeBuyer(who);
      for (const [index, facts] of factsOneByOne(drawn).entries()) {
        const [isHeard, hours, wanted] = pauses[index] ?? [true, 0, 0];
        buyer.now = new Date(buyer.now.getTime() + hours * HOUR_MS);
        const there = availableAt(settledAt(buyer.state, buyer.now), buyer.now);
        const used = BigInt(wanted) < there ? BigInt(wanted) : there;
        if (used > 0n) buyer.run({ kind: "spend", credits: credits(used), purpose: PURPOSE });
        if (!isHeard) continue;
        await buyer.hear(facts);
        const { returnedCents } = decideReturns(ORDER, facts, revokedSoFar(buyer.before));
        expect(returnedCents <= ORDER.amountCents).toBe(true);
        expect(buyer.kept).toBe(ORDER.credits - shareOf(ORDER, returnedCents));
      }
    },
  );
});

describe("what a refund takes", () => {
  const factsOf = (...refunds: RefundFact[]): ReturnFacts => ({ refunds, disputes: [] });

  it.each([
    [1n, 10n],
    [48n, 494n],
    [96n, 989n],
    [97n, 1_000n],
  ])("I14: for %i of 97 cents floor(1,000 × share) credits, and for all of it all: %i", (paidBack, taken) => {
    const { revoke } = decideReturns(ORDER, factsOf(refund("r", paidBack, "succeeded")), credits(0n));
    expect(revoke).toBe(taken);
  });

  it("I14: rounds the sum of all refunds, not each of them", () => {
    const many = Array.from({ length: 97 }, (_, index) => refund(String(index), 1n, "succeeded"));
    expect(decideReturns(ORDER, factsOf(...many), credits(0n))).toMatchObject({
      revoke: 1_000n,
      status: "refunded",
    });
  });

  it("I14: takes no more than was paid for, where refunds and a lost dispute are more than that together", () => {
    const facts = { refunds: [refund("r", 60n, "succeeded")], disputes: [dispute("d", "lost")] };
    expect(decideReturns(ORDER, facts, credits(0n))).toMatchObject({ returnedCents: 97n, revoke: 1_000n });
  });

  it("I14: is reserved before Stripe answers, and shown once it has", () => {
    const asked = decideReturns(ORDER, factsOf(refund("r", 97n, "requested")), credits(0n));
    expect(asked).toMatchObject({ revoke: 1_000n, status: "paid" });
    const refused = decideReturns(ORDER, factsOf(refund("r", 97n, "failed")), credits(1_000n));
    expect(refused).toMatchObject({ revoke: 0n, restore: 1_000n, status: "paid" });
  });
});

describe("what a dispute does", () => {
  const factsOf = (...disputes: DisputeFact[]): ReturnFacts => ({ refunds: [], disputes });
  const frozen = { frozen: true, status: "disputed", revoke: 0n };
  const nothing = { frozen: false, status: "paid", revoke: 0n };
  const taken = { frozen: false, status: "refunded", revoke: 1_000n };

  it.each([
    ["warning_needs_response", nothing],
    ["warning_under_review", nothing],
    ["warning_closed", nothing],
    ["needs_response", frozen],
    ["under_review", frozen],
    ["won", nothing],
    ["prevented", nothing],
    ["lost", taken],
    ["appeal_needs_response", taken],
    ["appeal_under_review", taken],
    [null, nothing],
  ] as const)("I14: %s", (status, expected) => {
    expect(decideReturns(ORDER, factsOf(dispute("d", status)), credits(0n))).toMatchObject(expected);
  });

  it("I14: lost in another currency it takes nothing, as nobody can say how much", () => {
    expect(decideReturns(ORDER, factsOf(dispute("d", "lost", 90n, "eur")), credits(0n))).toMatchObject(
      nothing,
    );
  });

  it("I14, I15: won after its cycle, what nobody could use is given again in the running one", async () => {
    const buyer = new Buyer(0n, 300n);
    await buyer.hear(factsOf(dispute("d", "needs_response")));
    expect(buyer.end).toMatchObject({ available: 0n, frozen: 700n });
    buyer.now = new Date(CYCLE_END.getTime() + HOUR_MS);
    await buyer.hear(factsOf(dispute("d", "needs_response")));
    await buyer.hear(factsOf(dispute("d", "won")));
    expect(buyer.end).toMatchObject({ status: "paid", available: 700n, frozen: 0n, revoked: 0n });
  });

  it("I14, I15: lost after its cycle and won on appeal, it is given again all the same", async () => {
    const buyer = new Buyer(0n, 300n);
    await buyer.hear(factsOf(dispute("d", "needs_response")));
    buyer.now = new Date(CYCLE_END.getTime() + HOUR_MS);
    await buyer.hear(factsOf(dispute("d", "lost")));
    expect(buyer.end).toMatchObject({ available: 0n, owed: 300n, revoked: 1_000n });
    await buyer.hear(factsOf(dispute("d", "won")));
    expect(buyer.end).toMatchObject({ available: 700n, owed: 0n, revoked: 0n });
  });

  it("I14: won after a partial refund, the refund alone counts", async () => {
    const buyer = new Buyer(0n, 0n);
    const half = refund("r", 48n, "succeeded");
    await buyer.hear({ refunds: [half], disputes: [dispute("d", "needs_response", 49n)] });
    expect(buyer.end).toMatchObject({ status: "disputed", frozen: 506n, available: 0n });
    await buyer.hear({ refunds: [half], disputes: [dispute("d", "won", 49n)] });
    expect(buyer.end).toMatchObject({ status: "partially_refunded", frozen: 0n, available: 506n });
  });
});

it("I14: what had expired unused when its refund failed does not come back to life", async () => {
  const buyer = new Buyer(0n, 0n);
  buyer.now = new Date(CYCLE_END.getTime() + HOUR_MS);
  await buyer.hear({ refunds: [refund("r", 97n, "succeeded")], disputes: [] });
  await buyer.hear({ refunds: [refund("r", 97n, "failed")], disputes: [] });
  expect(buyer.end).toMatchObject({ available: 0n, owed: 0n, revoked: 0n, status: "paid" });
});
