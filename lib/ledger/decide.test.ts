import { fc } from "@fast-check/vitest";
import { beforeAll, describe, expect, it } from "vitest";
import { GUARANTEES } from "../../dev/ledger-model/guarantees";
import { COMMANDS_A_HISTORY, histories } from "../../dev/ledger-model/history";
import { play } from "../../dev/ledger-model/play";
import { type Finding, search } from "../../dev/ledger-model/search";
import { credits } from "../money/credits";
import { type Command, decide, MAX_HOLD_MS, settledAt } from "./decide";
import { availableAt, EMPTY, type GrantKind, type LedgerState } from "./state";

/** `npm run test:model` plays a million. */
const HISTORIES = Number(process.env.LEDGER_HISTORIES ?? 20_000);
const LONG_MS = 600_000;
const PURPOSE = { category: "platform", resource: null, reference: null } as const;

const at = (ms: number) => new Date(ms);

describe(`over ${HISTORIES} histories of ${COMMANDS_A_HISTORY} commands`, () => {
  let findings: readonly Finding[] = [];
  beforeAll(() => {
    findings = search({ runs: HISTORIES, seed: Date.now() % 0x7fffffff });
  }, LONG_MS);

  for (const [guarantee, sentence] of Object.entries(GUARANTEES)) {
    it(sentence, () => {
      const found = findings.find((each) => each.guarantee === guarantee);
      if (found) throw new Error(found.story);
    });
  }
});

it("histories reach every command, every answer and every refusal, in debt and out of it", () => {
  const seen = new Set<string>();
  const look = fc.property(histories, (history) => {
    play(history, (command, decided) => {
      const outcome = "answer" in decided ? decided.answer : decided.refusal;
      seen.add(`${command.kind}: ${"code" in outcome ? outcome.code : outcome.kind}`);
      if ("owed" in outcome && outcome.owed > 0n) seen.add(`${command.kind}: in debt`);
      if ("how" in outcome) seen.add(`${command.kind}: ${outcome.how} already`);
    });
  });
  fc.assert(look, { numRuns: 1_000, seed: 1 });
  expect([...seen].sort()).toMatchInlineSnapshot(`
    [
      "adjust: adjusted",
      "adjust: in debt",
      "adjust: insufficient_credits",
      "capture: amount_too_large",
      "capture: capture_too_large",
      "capture: captured",
      "capture: captured already",
      "capture: expired already",
      "capture: hold_already_ended",
      "capture: hold_not_found",
      "capture: in debt",
      "capture: released already",
      "expire: expired",
      "expire: nothing_to_do",
      "extend: extended",
      "extend: grant_expired",
      "extend: grant_not_found",
      "extend: nothing_to_do",
      "freeze: frozen",
      "freeze: grant_not_found",
      "freeze: nothing_to_do",
      "grant: granted",
      "hold: amount_too_large",
      "hold: held",
      "hold: in debt",
      "hold: insufficient_credits",
      "release: captured already",
      "release: expired already",
      "release: hold_already_ended",
      "release: hold_not_found",
      "release: released",
      "release: released already",
      "restore: grant_not_found",
      "restore: more_than_revoked",
      "restore: restored",
      "revoke: grant_not_found",
      "revoke: more_than_granted",
      "revoke: revoked",
      "spend: amount_too_large",
      "spend: in debt",
      "spend: insufficient_credits",
      "spend: spent",
      "unfreeze: grant_not_found",
      "unfreeze: nothing_to_do",
      "unfreeze: unfrozen",
    ]
  `);
});

/** Decides commands one after the other, each `[at, command]`; a refusal is an error of the test. */
function stateAfter(...history: readonly (readonly [number, Command])[]): LedgerState {
  return history.reduce((state, [nowMs, command]) => {
    const decision = decide(state, command, at(nowMs));
    if (!decision.ok) throw new Error(decision.error.code);
    return decision.value.state;
  }, EMPTY);
}

function give(
  id: string,
  amount: bigint,
  life: { startsMs?: number; endsMs?: number; kind?: GrantKind } = {},
): Command {
  const { startsMs = 0, endsMs = 1_000, kind = "purchase" } = life;
  const grant = {
    id,
    kind,
    source: id,
    credits: credits(amount),
    startsAt: at(startsMs),
    expiresAt: at(endsMs),
  };
  return { kind: "grant", grant };
}

const hold = (amount: bigint, ttlMs: number): Command => ({
  kind: "hold",
  holdId: "h",
  credits: credits(amount),
  ttlMs,
  purpose: PURPOSE,
});
const capture = (amount: bigint): Command => ({ kind: "capture", holdId: "h", credits: credits(amount) });
const extend = (grantId: string, endsMs: number): Command => ({
  kind: "extend",
  grantId,
  expiresAt: at(endsMs),
});
const spend = (amount: bigint): Command => ({ kind: "spend", credits: credits(amount), purpose: PURPOSE });

describe("the instants at which something begins and ends", () => {
  it.each([
    [99, 0n],
    [100, 10n],
    [199, 10n],
    [200, 0n],
  ])("at %d ms a grant from 100 to 200 has %d to spend (I5)", (nowMs, expected) => {
    const state = stateAfter([50, give("g", 10n, { startsMs: 100, endsMs: 200 })]);
    expect(availableAt(settledAt(state, at(nowMs)), at(nowMs))).toBe(expected);
  });

  it.each([
    [59, true],
    [60, false],
  ])("at %d ms a hold of 10 to 60 may be captured: %s (I12)", (nowMs, isOpen) => {
    const state = stateAfter([0, give("g", 10n)], [10, hold(10n, 50)]);
    const decision = decide(state, capture(4n), at(nowMs));
    expect(decision.ok || decision.error).toEqual(isOpen || { code: "hold_already_ended", how: "expired" });
    expect(availableAt(settledAt(state, at(nowMs)), at(nowMs))).toBe(isOpen ? 0n : 10n);
  });

  it.each([
    [99, 150, "extended"],
    [99, 100, "nothing_to_do"],
    [99, 99, "nothing_to_do"],
    [100, 150, "grant_expired"],
  ])("life: at %d ms a grant that ends at 100 may be extended to %d: %s", (nowMs, untilMs, expected) => {
    const decision = decide(
      stateAfter([0, give("g", 10n, { endsMs: 100 })]),
      extend("g", untilMs),
      at(nowMs),
    );
    expect(decision.ok ? decision.value.answer.kind : decision.error.code).toBe(expected);
  });

  it.each([
    [149, 10n],
    [150, 0n],
  ])(
    "at %d ms a grant extended to 150 has %d to spend, what a hold gave back included (I5)",
    (nowMs, left) => {
      const state = stateAfter(
        [0, give("g", 10n, { endsMs: 100 })],
        [10, hold(4n, 110)],
        [99, extend("g", 150)],
      );
      expect(availableAt(settledAt(state, at(nowMs)), at(nowMs))).toBe(left);
    },
  );

  it("lets a hold be captured from a grant that is over by then, and its rest expire", () => {
    const state = stateAfter([0, give("g", 10n, { endsMs: 100 })], [90, hold(10n, 50)], [120, capture(4n)]);
    expect(state.grants).toMatchObject([{ remaining: 0n, held: 0n, spent: 4n, expired: 6n }]);
  });
});

describe("whole: how much one command may move", () => {
  const limits = { mostPerCall: credits(1_000n), captureTimesHold: 3n, captureFloor: credits(50n) };
  const told = (state: LedgerState, command: Command) => {
    const decision = decide(state, command, at(2), limits);
    if (decision.ok) return decision.value.answer.kind;
    return "most" in decision.error ? `${decision.error.code}: ${decision.error.most}` : decision.error.code;
  };

  it.each([
    [1_000n, "spent"],
    [1_001n, "amount_too_large: 1000"],
  ])("of a spend of %d, where 1,000 is the most: %s", (amount, expected) => {
    expect(told(stateAfter([0, give("g", 5_000n)]), spend(amount))).toBe(expected);
  });

  it.each([
    [1_000n, "held"],
    [1_001n, "amount_too_large: 1000"],
  ])("of a hold of %d, where 1,000 is the most: %s", (amount, expected) => {
    expect(told(stateAfter([0, give("g", 5_000n)]), hold(amount, 50))).toEqual(expected);
  });

  it.each([
    ["three times its hold", 100n, 300n, "captured"],
    ["more than three times its hold", 100n, 301n, "capture_too_large: 300"],
    ["the floor", 1n, 50n, "captured"],
    ["more than the floor", 1n, 51n, "capture_too_large: 50"],
    ["the most of a call", 900n, 1_000n, "captured"],
    ["more than the most of a call", 900n, 1_001n, "amount_too_large: 1000"],
    ["all of a hold placed when more was allowed", 4_000n, 4_000n, "captured"],
    ["more than that", 4_000n, 4_001n, "amount_too_large: 4000"],
  ])("of a capture of %s (%d held, %d wanted): %s", (_, held, wanted, expected) => {
    const state = stateAfter([0, give("g", 5_000n)], [1, hold(held, 50)]);
    expect(told(state, capture(wanted))).toEqual(expected);
  });

  it("leaves a hold open whose capture was refused, to be captured for less", () => {
    const state = stateAfter([0, give("g", 5_000n)], [1, hold(100n, 50)]);
    expect(decide(state, capture(301n), at(2), limits).ok).toBe(false);
    expect(told(state, capture(300n))).toBe("captured");
  });

  it("has room for debts and sums beyond an int64", () => {
    const much = 9_223_372_036_854_775_807n;
    const held = stateAfter([0, give("g", 1n)], [1, hold(1n, 50)]);
    const wide = { ...limits, mostPerCall: credits(much), captureTimesHold: much };
    const state = { ...held, owed: credits(much) };
    const taken = decide(state, capture(much), at(2), wide);
    expect(taken.ok && taken.value.state.owed).toBe(much + much - 1n);
  });
});

describe("the order of things", () => {
  it("spends plan, promotional, adjustment, then purchased credits, whatever expires first (I6)", () => {
    const kinds: GrantKind[] = ["purchase", "adjustment", "promotional", "plan"];
    const given = kinds.map((kind, n): [number, Command] => [
      0,
      give(kind, 1n, { kind, endsMs: 100 * (n + 1) }),
    ]);
    const spent = decide(stateAfter(...given), spend(4n), at(1));
    expect(spent.ok && spent.value.movements.map((each) => each.grantId)).toEqual(kinds.toReversed());
  });

  it("captures beyond a hold from the balance, owes what is not there, and lets the next grant pay first", () => {
    const state = stateAfter([0, give("g", 10n)], [1, hold(6n, 50)], [2, capture(15n)]);
    expect(state).toMatchObject({ owed: 5n, grants: [{ spent: 10n }] });
    const paid = stateAfter([0, give("g", 10n)], [1, hold(6n, 50)], [2, capture(15n)], [3, give("next", 7n)]);
    expect(paid).toMatchObject({ owed: 0n, grants: [{ spent: 10n }, { remaining: 2n, spent: 5n }] });
  });

  it("pays a debt with what began and ended while nobody looked", () => {
    const early = give("early", 9n, { startsMs: 100, endsMs: 200 });
    const state = stateAfter([0, give("g", 1n)], [1, hold(1n, 50)], [2, capture(5n)], [3, early]);
    expect(state.owed).toBe(4n);
    expect(settledAt(state, at(500)).owed).toBe(0n);
  });

  it("I6: spends what was extended after what expires earlier now", () => {
    const state = stateAfter([0, give("a", 5n, { endsMs: 100 })], [0, give("b", 5n, { endsMs: 200 })]);
    const before = decide(state, spend(6n), at(1));
    expect(before.ok && before.value.movements.map((each) => each.grantId)).toEqual(["a", "b"]);
    const longer = decide(state, extend("a", 201), at(1));
    expect(longer.ok && longer.value).toMatchObject({
      answer: { kind: "extended", grantId: "a", expiresAt: at(201) },
      movements: [],
    });
    const after = longer.ok ? decide(longer.value.state, spend(6n), at(2)) : null;
    expect(after?.ok && after.value.movements.map((each) => each.grantId)).toEqual(["b", "a"]);
  });

  it("revokes a grant that has yet to begin, all of it and without a debt", () => {
    const state = stateAfter([0, give("now", 5n)], [1, spend(5n)], [2, give("next", 9n, { startsMs: 50 })]);
    const revoked = decide(state, { kind: "revoke", grantId: "next", credits: credits(9n) }, at(3));
    expect(revoked.ok && revoked.value.answer).toMatchObject({ credits: 9n, debt: 0n });
    const after = revoked.ok ? revoked.value.state : EMPTY;
    expect(after.owed).toBe(0n);
    expect(after.grants.map((each) => [each.id, each.remaining, each.revoked])).toEqual([
      ["now", 0n, 0n],
      ["next", 0n, 9n],
    ]);
    expect(availableAt(settledAt(after, at(60)), at(60))).toBe(0n);
  });

  it("revokes what is left before what is held, and makes what was spent a debt", () => {
    const state = stateAfter([0, give("g", 10n)], [1, spend(3n)], [2, hold(4n, MAX_HOLD_MS)]);
    const revoked = decide(state, { kind: "revoke", grantId: "g", credits: credits(9n) }, at(3));
    expect(revoked.ok && revoked.value.answer).toMatchObject({ credits: 9n, debt: 2n });
    expect(revoked.ok && revoked.value.state.holds).toMatchObject([{ status: "open", shares: [] }]);
  });
});

describe("restoring what was revoked", () => {
  const revoke = (amount: bigint): Command => ({ kind: "revoke", grantId: "g", credits: credits(amount) });
  const restore = (used: bigint, unused: bigint, expired = 0n): Command => ({
    kind: "restore",
    grantId: "g",
    ...{ used: credits(used), unused: credits(unused), expired: credits(expired) },
  });
  const partsOf = ({ owed, grants: [g] }: LedgerState) => [owed, g?.remaining, g?.spent, g?.revoked];

  it("ends as if nothing had been revoked: what was left is there, and what was used is not owed (I14)", () => {
    const spent = stateAfter([0, give("g", 10n)], [1, spend(6n)]);
    const revoked = stateAfter([0, give("g", 10n)], [1, spend(6n)], [2, revoke(10n)]);
    expect(partsOf(revoked)).toEqual([6n, 0n, 0n, 10n]);
    const after = stateAfter([0, give("g", 10n)], [1, spend(6n)], [2, revoke(10n)], [3, restore(6n, 4n)]);
    expect(after).toEqual(spent);
  });

  it("names what has no place any more: of a grant that is over, or where the debt was paid (I14)", () => {
    const over = stateAfter([0, give("g", 10n, { endsMs: 50 })], [1, spend(6n)], [2, revoke(10n)]);
    const late = decide(over, restore(6n, 4n), at(60));
    expect(late.ok && late.value.answer).toMatchObject({ credits: 6n, again: 4n });
    const paid = stateAfter([0, give("g", 10n)], [1, spend(6n)], [2, revoke(10n)], [3, give("next", 5n)]);
    const partly = decide(paid, restore(6n, 4n), at(4));
    expect(partly.ok && partly.value.answer).toMatchObject({ credits: 5n, again: 5n });
    expect(partly.ok && partly.value.state.owed).toBe(0n);
  });

  it("lets what had expired expire again, and refuses more than was revoked (I3)", () => {
    const over = stateAfter([0, give("g", 10n, { endsMs: 50 })], [60, revoke(7n)]);
    const lost = decide(over, restore(0n, 0n, 7n), at(70));
    expect(lost.ok && lost.value.state.grants).toMatchObject([{ remaining: 3n, expired: 7n, revoked: 0n }]);
    const most = credits(7n);
    expect(decide(over, restore(0n, 8n), at(70))).toMatchObject({
      error: { code: "more_than_revoked", most },
    });
  });

  it("puts what was left back frozen where the grant is frozen, and pays no debt with it (debt)", () => {
    const frozen: Command = { kind: "freeze", grantId: "g" };
    const state = stateAfter([0, give("g", 10n)], [1, spend(6n)], [2, frozen], [3, revoke(10n)]);
    const after = decide(state, restore(0n, 4n), at(4));
    expect(after.ok && partsOf(after.value.state)).toEqual([6n, 4n, 0n, 6n]);
  });
});
