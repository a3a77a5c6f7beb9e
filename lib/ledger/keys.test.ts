import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { credits } from "../money/credits";
import type { InternalCommand, SpendingCommand } from "./decide";
import { fingerprintOf, internalFingerprint, keyMark } from "./keys";

// Few values, so that two commands are often the same.
const amounts = fc.integer({ min: 1, max: 3 }).map((n) => credits(BigInt(n)));
const names = fc.constantFrom(null, "", "a", 'a","b', "null");
const purposes = fc.record({
  category: fc.constantFrom("ai_processing" as const, "platform" as const),
  resource: names,
  reference: names,
});
const ids = fc.constantFrom("one", "two");
const ttlMs = fc.constantFrom(1_000, 2_000);
const kind = <K extends string>(name: K) => fc.constant(name);

const spending: fc.Arbitrary<SpendingCommand> = fc.oneof(
  fc.record({ kind: kind("spend"), credits: amounts, purpose: purposes }),
  fc.record({ kind: kind("hold"), holdId: ids, credits: amounts, ttlMs, purpose: purposes }),
  fc.record({ kind: kind("capture"), holdId: ids, credits: amounts }),
  fc.record({ kind: kind("release"), holdId: ids }),
);

const instants = fc.constantFrom(new Date(0), new Date(1));
const grants = fc.record({
  id: ids,
  kind: fc.constantFrom("plan" as const, "purchase" as const),
  source: ids,
  credits: amounts,
  startsAt: instants,
  expiresAt: instants,
});
const internal: fc.Arbitrary<InternalCommand> = fc.oneof(
  fc.record({ kind: kind("grant"), grant: grants }),
  fc.record({ kind: kind("expire") }),
  fc.record({ kind: fc.constantFrom("freeze" as const, "unfreeze" as const), grantId: ids }),
  fc.record({ kind: kind("extend"), grantId: ids, expiresAt: instants }),
  fc.record({ kind: kind("revoke"), grantId: ids, credits: amounts }),
  fc.record({ kind: kind("adjust"), credits: amounts }),
);

/** The command without what is picked anew each time it is sent. */
function asked(command: SpendingCommand | InternalCommand): unknown {
  if (command.kind === "hold") return { ...command, holdId: null };
  if (command.kind === "grant") return { ...command, grant: { ...command.grant, id: null, startsAt: null } };
  return command;
}
const isSame = (a: unknown, b: unknown) => text(a) === text(b);
const text = (value: unknown) =>
  JSON.stringify(value, (_, each) => (typeof each === "bigint" ? `${each}n` : each));

describe("what a key was used for", () => {
  test.prop([spending, spending], { numRuns: 20_000 })(
    "I7: two of the assistant's commands have one mark exactly when the same was asked",
    (a, b) => (fingerprintOf(a) === fingerprintOf(b)) === isSame(asked(a), asked(b)),
  );

  test.prop([internal, internal], { numRuns: 20_000 })(
    "I7: two internal commands have one mark exactly when the same was asked",
    (a, b) => (internalFingerprint(a) === internalFingerprint(b)) === isSame(asked(a), asked(b)),
  );

  it("I7: keys that differ by anything have different marks of 16 bytes", () => {
    const keys = ["a", "A", " a", "a ", "", "ä", "a\u0000"];
    expect(new Set(keys.map(keyMark)).size).toBe(keys.length);
    for (const key of keys) expect(keyMark(key)).toMatch(/^[0-9a-f]{32}$/);
  });
});
