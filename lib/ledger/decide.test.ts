import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { type Credits, credits } from "../money/credits";
import {
  availableAt,
  bySpendingOrder,
  type Command,
  decide,
  EMPTY,
  type GrantKind,
  isSpendable,
  type LedgerState,
  type Movement,
} from "./decide";

const at = (ms: number) => new Date(ms);
const RUNS = 20_000;

type Step = { command: Command; now: Date };

const kinds = fc.constantFrom<GrantKind>("plan", "purchase", "promotional", "adjustment");
const amounts = fc.bigInt({ min: 1n, max: 1_000n }).map((n) => credits(n) as Credits);

/** Histories whose clock never runs backwards; grants may start late, and live for a moment or long. */
const histories = fc
  .array(
    fc.record({
      pause: fc.nat(20),
      what: fc.oneof(
        fc.record({
          kind: fc.constant("grant" as const),
          grantKind: kinds,
          amount: amounts,
          startsIn: fc.nat(10),
          lives: fc.integer({ min: 1, max: 60 }),
        }),
        fc.record({ kind: fc.constant("spend" as const), amount: amounts }),
        fc.record({ kind: fc.constant("expire" as const) }),
      ),
    }),
    { maxLength: 40 },
  )
  .map((steps) => {
    let clock = 1_000;
    return steps.map(({ pause, what }, index): Step => {
      clock += pause;
      return { command: toCommand(what, index, clock), now: at(clock) };
    });
  });

type What =
  | { kind: "grant"; grantKind: GrantKind; amount: Credits; startsIn: number; lives: number }
  | { kind: "spend"; amount: Credits }
  | { kind: "expire" };

function toCommand(what: What, index: number, clock: number): Command {
  if (what.kind === "expire") return what;
  if (what.kind === "spend") return { kind: "spend", credits: what.amount };
  const startsAt = at(clock + what.startsIn);
  const id = `g${String(index).padStart(3, "0")}`;
  return {
    kind: "grant",
    grant: {
      id,
      kind: what.grantKind,
      source: id,
      credits: what.amount,
      startsAt,
      expiresAt: at(startsAt.getTime() + what.lives),
    },
  };
}

/** Plays a history and hands every accepted decision to `look`. */
function play(
  history: readonly Step[],
  look: (before: LedgerState, step: Step, movements: readonly Movement[], after: LedgerState) => void,
): Movement[] {
  let state = EMPTY;
  const all: Movement[] = [];
  for (const step of history) {
    const decision = decide(state, step.command, step.now);
    if (!decision.ok) continue;
    look(state, step, decision.value.movements, decision.value.state);
    all.push(...decision.value.movements);
    state = decision.value.state;
  }
  return all;
}

describe("the ledger's rules, over any history", () => {
  test.prop([histories], { numRuns: RUNS })(
    "every grant's remaining is what its movements say, and never negative (I2, I3, I4)",
    (history) => {
      const moved = new Map<string, bigint>();
      play(history, (_, __, movements, after) => {
        for (const { grantId, from, to, credits: n } of movements) {
          expect(n > 0n && from !== to).toBe(true);
          const change = to === "available" ? n : from === "available" ? -n : 0n;
          moved.set(grantId, (moved.get(grantId) ?? 0n) + change);
        }
        for (const grant of after.grants) {
          expect(grant.remaining >= 0n).toBe(true);
          expect(grant.remaining).toBe(moved.get(grant.id));
        }
      });
    },
  );

  test.prop([histories], { numRuns: RUNS })(
    "spends only from grants that are live at that instant (I5)",
    (history) => {
      play(history, (before, { command, now }, movements) => {
        if (command.kind !== "spend") return;
        for (const { grantId } of movements) {
          const grant = before.grants.find((each) => each.id === grantId);
          expect(grant && isSpendable(grant, now)).toBe(true);
        }
      });
    },
  );

  test.prop([histories], { numRuns: RUNS })(
    "touches no grant before those in front of it are empty (I6)",
    (history) => {
      play(history, (_, { command, now }, movements, after) => {
        if (command.kind !== "spend") return;
        const order = after.grants.filter((each) => isSpendable(each, now)).sort(bySpendingOrder);
        const last = order.findLastIndex((each) =>
          movements.some((movement) => movement.grantId === each.id),
        );
        expect(order.slice(0, last).every((each) => each.remaining === 0n)).toBe(true);
      });
    },
  );

  test.prop([histories], { numRuns: RUNS })(
    "takes all or nothing, and refuses exactly when there is too little",
    (history) => {
      let state = EMPTY;
      for (const { command, now } of history) {
        const available = availableAt(state, now);
        const decision = decide(state, command, now);
        if (command.kind === "spend") {
          expect(decision.ok).toBe(available >= command.credits);
          if (decision.ok) expect(available - availableAt(decision.value.state, now)).toBe(command.credits);
          else expect(decision.error).toEqual({ code: "insufficient_credits", available });
        }
        if (decision.ok) state = decision.value.state;
      }
    },
  );

  test.prop([histories], { numRuns: RUNS })(
    "a sweep changes nothing that can be spent, now or later",
    (history) => {
      play(history, (before, { command, now }, _, after) => {
        if (command.kind !== "expire") return;
        for (const later of [0, 1, 10, 100]) {
          const then = at(now.getTime() + later);
          expect(availableAt(after, then)).toBe(availableAt(before, then));
        }
        expect(after.grants.every((each) => each.expiresAt > now || each.remaining === 0n)).toBe(true);
      });
    },
  );
});

describe("the instants of a grant", () => {
  const grant = {
    id: "g",
    kind: "purchase",
    source: "s",
    credits: credits(10n),
    startsAt: at(100),
    expiresAt: at(200),
  } as const;
  const given = decide(EMPTY, { kind: "grant", grant }, at(50));

  it.each([
    [99, 0n],
    [100, 10n],
    [199, 10n],
    [200, 0n],
  ])("at %d ms there is %d to spend", (now, expected) => {
    if (!given.ok) throw new Error("not granted");
    expect(availableAt(given.value.state, at(now))).toBe(expected);
  });

  it("spends plan, promotional, adjustment, then purchased credits, whatever expires first", () => {
    let state = EMPTY;
    const order: GrantKind[] = ["purchase", "adjustment", "promotional", "plan"];
    for (const [index, kind] of order.entries()) {
      const next = {
        id: kind,
        kind,
        source: kind,
        credits: credits(1n),
        startsAt: at(0),
        expiresAt: at(100 + index * 100),
      };
      const decided = decide(state, { kind: "grant", grant: next }, at(0));
      if (decided.ok) state = decided.value.state;
    }
    const spent = decide(state, { kind: "spend", credits: credits(4n) }, at(1));
    expect(spent.ok && spent.value.movements.map((each) => each.grantId)).toEqual(order.toReversed());
  });
});
