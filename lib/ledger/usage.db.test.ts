import { fc } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { EVERY_DAY, expectEqualToLedger, openSpending, spend } from "../../dev/testing/usage";
import { addDays, dayIn } from "../calendar";
import { newId } from "../ids";
import { credits } from "../money/credits";
import type { Keyed } from "./commit";
import { foldAllUsage, foldUsage } from "./fold-usage";
import type { SpendCategory } from "./state";
import { getUsage, type UsageFilter } from "./usage";
import { listUsage, readUsage, type UsageLine, type UsageSpend } from "./usage-spends";

const test = openTestDatabase();
const { run, lastSeq, backdate } = openSpending(test);
const silent = { error: () => {} };
const CATEGORIES: readonly SpendCategory[] = ["ai_processing", "infrastructure", "platform"];

function promotion(amount: bigint): Keyed {
  const grant = {
    id: newId(),
    kind: "promotional",
    source: `test:${newId()}`,
    credits: credits(amount),
    startsAt: new Date(Date.now() - 60_000),
    expiresAt: new Date(Date.now() + 3_600_000),
  } as const;
  return { key: grant.source, command: { kind: "grant", grant } };
}

async function listAll(accountId: string, filter: UsageFilter): Promise<UsageSpend[]> {
  const all: UsageSpend[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listUsage>> = await listUsage(test.db, accountId, filter, cursor);
    expect(page.spends.length).toBeLessThanOrEqual(25);
    all.push(...page.spends);
    cursor = page.nextCursor;
  } while (cursor);
  return all;
}

async function readAll(accountId: string, filter: UsageFilter, atATime?: number): Promise<UsageLine[]> {
  const all: UsageLine[] = [];
  for await (const lines of readUsage(test.db, accountId, filter, atATime)) all.push(...lines);
  return all;
}

const purposes = fc.record({
  category: fc.constantFrom(...CATEGORIES),
  resource: fc.constantFrom(null, "large", "small"),
  reference: fc.constantFrom(null, "run 7"),
});
const DAY_MS = 86_400_000;
/** Zones whose clocks go by quarters and halves, are far from UTC, or are put forward and back, by an hour or by half of one. */
const ZONES = [
  "UTC",
  "Asia/Kathmandu",
  "Asia/Kolkata",
  "Australia/Eucla",
  "Australia/Lord_Howe",
  "America/New_York",
  "America/St_Johns",
  "America/Santiago",
  "America/Havana",
  "Europe/Berlin",
  "Pacific/Kiritimati",
  "Pacific/Pago_Pago",
];
const steps = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("spend" as const),
        amount: fc.bigInt({ min: 1n, max: 90n }),
        purpose: purposes,
        agoMs: fc.integer({ min: 0, max: 4 * DAY_MS }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("capture" as const),
        held: fc.bigInt({ min: 1n, max: 90n }),
        amount: fc.bigInt({ min: 0n, max: 120n }),
        purpose: purposes,
        agoMs: fc.integer({ min: 0, max: 4 * DAY_MS }),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("fold" as const), chunk: fc.integer({ min: 1, max: 9 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("grant" as const),
        amount: fc.bigInt({ min: 1n, max: 100n }),
      }),
    },
  ),
  { minLength: 1, maxLength: 25 },
);
type Step = (typeof steps extends fc.Arbitrary<infer T> ? T : never)[number];

async function take(accountId: string, step: Step, newestAgoMs: number): Promise<void> {
  if (step.kind === "fold") return foldUsage(test.db, accountId, { entriesAtATime: step.chunk });
  if (step.kind === "grant") return void (await run(accountId, promotion(step.amount)));
  const before = await lastSeq(accountId);
  if (step.kind === "spend") await run(accountId, spend(step.amount, step.purpose));
  else {
    const holdId = newId();
    const hold = {
      kind: "hold",
      holdId,
      credits: credits(step.held),
      ttlMs: 60_000,
      purpose: step.purpose,
    } as const;
    await run(accountId, { key: newId(), command: hold });
    await run(accountId, {
      key: newId(),
      command: { kind: "capture", holdId, credits: credits(step.amount) },
    });
  }
  await backdate(accountId, before, newestAgoMs + step.agoMs);
}

/** The last days before now on which the zone has more or fewer hours than 24, if it has any. */
function lastChange(timeZone: string): number {
  for (let ago = 0; ago < 366 * DAY_MS; ago += DAY_MS / 2) {
    const [at, before] = [Date.now() - ago, Date.now() - ago - DAY_MS].map((each) =>
      new Intl.DateTimeFormat("en-US", { timeZone, timeStyle: "short" }).format(each),
    );
    if (at !== before) return ago;
  }
  return 0;
}

/** Some days of a zone: lately, or around the last time its clocks were changed. */
const times = fc
  .record({
    timeZone: fc.constantFrom(...ZONES),
    changes: fc.boolean(),
    shiftMs: fc.integer({ min: 0, max: 3 * DAY_MS }),
  })
  .map(({ timeZone, changes, shiftMs }) => ({
    timeZone,
    newestAgoMs: changes ? Math.max(0, lastChange(timeZone) - shiftMs) : 0,
  }));
const filters = fc.record({
  from: fc.integer({ min: 2, max: 5 }),
  to: fc.integer({ min: 0, max: 3 }),
  category: fc.constantFrom(null, ...CATEGORIES),
  resource: fc.constantFrom(null, "", "large"),
  within: fc.option(
    fc.tuple(fc.integer({ min: 0, max: 4 * DAY_MS }), fc.integer({ min: 0, max: 4 * DAY_MS })),
  ),
});
type Time = typeof times extends fc.Arbitrary<infer T> ? T : never;
type Asked = typeof filters extends fc.Arbitrary<infer T> ? T : never;

function filterOf({ timeZone, newestAgoMs }: Time, { from, to, within, ...rest }: Asked): UsageFilter {
  const newest = Date.now() - newestAgoMs;
  const today = dayIn(timeZone, new Date(newest));
  const span = within && {
    start: new Date(newest - Math.max(...within)),
    end: new Date(newest - Math.min(...within)),
  };
  return { ...rest, timeZone, from: addDays(today, -from), to: addDays(today, -to), within: span };
}

describe("usage", () => {
  it("equals the ledger to the credit, whatever is folded and whatever is asked for", async () => {
    await fc.assert(
      fc.asyncProperty(steps, times, filters, async (list, time, asking) => {
        const { accountId } = await makeAccount(test.db, { plan: "custom" });
        for (let n = 0; n < 3; n += 1) await run(accountId, promotion(70n));
        for (const step of list) await take(accountId, step, time.newestAgoMs);
        const all = { ...EVERY_DAY, timeZone: time.timeZone };
        for (const asked of [all, filterOf(time, asking)]) {
          await expectEqualToLedger(test.db, accountId, asked);
          const lines = await readAll(accountId, asked, 3);
          const spends = await listAll(accountId, asked);
          const usage = await getUsage(test.db, accountId, asked);
          expect(lines.reduce((sum, each) => sum + each.credits, 0n)).toBe(usage.credits);
          expect(BigInt(spends.length)).toBe(usage.spends);
          expect(spends.map((each) => each.seq)).toEqual(
            lines.filter((each) => each.line === 0).map((each) => each.seq),
          );
          expect(spends.reduce((sum, each) => sum + each.credits, 0n)).toBe(usage.credits);
          expect(lines.map((each) => each.seq)).toEqual(
            lines.map((each) => each.seq).sort((a, b) => Number(b - a)),
          );
        }
      }),
      { numRuns: 60 },
    );
  });

  it("shows what a spend took from which grant, and what came through a hold", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    const [first, second] = [promotion(50n), promotion(20n)];
    await run(accountId, first, second);
    const holdId = newId();
    const purpose = { category: "ai_processing", resource: "large", reference: "run 7" } as const;
    await run(accountId, {
      key: "h",
      command: { kind: "hold", holdId, credits: credits(60n), ttlMs: 60_000, purpose },
    });
    await run(accountId, { key: "c", command: { kind: "capture", holdId, credits: credits(75n) } });
    await foldUsage(test.db, accountId, { entriesAtATime: 6 }); // Ends within the capture's lines.
    const { spends, nextCursor } = await listUsage(test.db, accountId, EVERY_DAY, null);
    expect(nextCursor).toBeNull();
    expect(spends).toHaveLength(1);
    expect(spends[0]).toMatchObject({ ...purpose, holdId, credits: 75n });
    const from = spends[0]?.from.map((each) => [
      each.grant?.id ?? null,
      each.grant?.kind ?? null,
      each.credits,
    ]);
    const grantOf = (keyed: Keyed) => (keyed.command.kind === "grant" ? keyed.command.grant.id : "");
    expect(from).toEqual([
      [grantOf(first), "promotional", 50n],
      [grantOf(second), "promotional", 20n],
      [null, null, 5n],
    ]);
  });

  it("shows no usage of another account, and starts from the newest with a cursor that is none", async () => {
    const [mine, other] = [await makeAccount(test.db), await makeAccount(test.db)];
    await run(mine.accountId, spend(5n), spend(6n));
    await run(other.accountId, spend(7n));
    await foldAllUsage({ db: test.db, log: silent });
    expect((await getUsage(test.db, mine.accountId, EVERY_DAY)).credits).toBe(11n);
    for (const madeUp of [null, "", "x", "-1", "9".repeat(40), "1;drop table entries", "\u0000"]) {
      const { spends } = await listUsage(test.db, mine.accountId, EVERY_DAY, madeUp);
      expect(spends.map((each) => each.credits)).toEqual([6n, 5n]);
    }
  });
});
