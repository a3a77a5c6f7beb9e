import { fc } from "@fast-check/vitest";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import type { Reader } from "../../db/client";
import { transact } from "../../db/transact";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { newId } from "../ids";
import { credits } from "../money/credits";
import { commit, type Keyed } from "./commit";
import { foldAllUsage, foldUsage } from "./fold-usage";
import type { Purpose, SpendCategory } from "./state";
import { getUsage, listUsage, readUsage, type UsageFilter, type UsageLine, type UsageSpend } from "./usage";

const test = openTestDatabase();
const silent = { error: () => {} };
const CATEGORIES: readonly SpendCategory[] = ["ai_processing", "infrastructure", "platform"];
const EVERYTHING = { from: "2000-01-01", to: "2999-12-31", category: null, resource: null } as const;

const run = (accountId: string, ...list: Keyed[]) => transact(test.db, (tx) => commit(tx, accountId, list));

const spend = (amount: bigint, purpose: Partial<Purpose> = {}): Keyed => ({
  key: newId(),
  command: {
    kind: "spend",
    credits: credits(amount),
    purpose: { category: "platform", resource: null, reference: null, ...purpose },
  },
});

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

/** Moves the entries after the given one back by so many days. */
const backdate = async (accountId: string, after: bigint, days: number) => {
  // From the first of all instants on, so that whatever is moved still counts.
  await test.owner`update balances set cycle_start = '1970-01-01Z' where account_id = ${accountId}`;
  await test.owner`update grants set cycle_from = '1970-01-01Z' where account_id = ${accountId}`;
  await test.owner`update entries set at = (at at time zone 'UTC' - ${days} * interval '1 day') at time zone 'UTC' where account_id = ${accountId} and seq > ${String(after)}`;
};

async function lastSeq(accountId: string): Promise<bigint> {
  const [row] = await test.db.execute<{ last_seq: bigint }>(
    sql`select last_seq from balances where account_id = ${accountId}`,
  );
  return row?.last_seq ?? 0n;
}

/** What a filter lets through, added up entry by entry. */
async function plainSum(db: Reader, accountId: string, filter: UsageFilter) {
  const rows = await db.execute<{
    day: string;
    category: SpendCategory;
    resource: string;
    credits: bigint;
    spends: bigint;
  }>(sql`
    select (at at time zone 'UTC')::date::text as day,
      (array['ai_processing', 'infrastructure', 'platform'])[category] as category, coalesce(resource, '') as resource,
      sum(credits)::bigint as credits, count(*) filter (where line = 0) as spends
    from entries where account_id = ${accountId} and to_bucket = 'spent' group by 1, 2, 3 order by 1, 2, 3`);
  const wanted = rows.filter(
    (row) =>
      filter.from <= row.day &&
      row.day <= filter.to &&
      (filter.category ?? row.category) === row.category &&
      (filter.resource ?? row.resource) === row.resource,
  );
  const by = (key: (row: (typeof rows)[number]) => string) => {
    const sums = new Map<string, [bigint, bigint]>();
    for (const row of wanted) {
      const [amount, spends] = sums.get(key(row)) ?? [0n, 0n];
      sums.set(key(row), [amount + row.credits, spends + row.spends]);
    }
    return sums;
  };
  return {
    total: by(() => "all").get("all") ?? [0n, 0n],
    days: by((row) => `${row.day} ${row.category}`),
    resources: by((row) => row.resource),
  };
}

async function expectEqualToLedger(db: Reader, accountId: string, filter: UsageFilter): Promise<void> {
  const [usage, plain] = [await getUsage(db, accountId, filter), await plainSum(db, accountId, filter)];
  expect([usage.credits, usage.spends]).toEqual(plain.total);
  expect(
    new Map(usage.days.map((each) => [`${each.day} ${each.category}`, [each.credits, each.spends]])),
  ).toEqual(plain.days);
  expect(new Map(usage.resources.map((each) => [each.resource, [each.credits, each.spends]]))).toEqual(
    plain.resources,
  );
  expect(usage.resourceCount).toBe(plain.resources.size);
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
const steps = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("spend" as const),
        amount: fc.bigInt({ min: 1n, max: 90n }),
        purpose: purposes,
        daysAgo: fc.integer({ min: 0, max: 4 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("capture" as const),
        held: fc.bigInt({ min: 1n, max: 90n }),
        amount: fc.bigInt({ min: 0n, max: 120n }),
        purpose: purposes,
        daysAgo: fc.integer({ min: 0, max: 4 }),
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

async function take(accountId: string, step: Step): Promise<void> {
  if (step.kind === "fold") return foldUsage(test.db, accountId, step.chunk);
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
  await backdate(accountId, before, step.daysAgo);
}

const dayAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const filters = fc.record({
  from: fc.integer({ min: 2, max: 5 }).map(dayAgo),
  to: fc.integer({ min: 0, max: 3 }).map(dayAgo),
  category: fc.constantFrom(null, ...CATEGORIES),
  resource: fc.constantFrom(null, "", "large"),
});

describe("usage", () => {
  it("equals the ledger to the credit, whatever is folded and whatever is asked for", async () => {
    await fc.assert(
      fc.asyncProperty(steps, filters, async (list, filter) => {
        const { accountId } = await makeAccount(test.db, { plan: "custom" });
        for (let n = 0; n < 3; n += 1) await run(accountId, promotion(70n));
        for (const step of list) await take(accountId, step);
        for (const asked of [EVERYTHING, filter]) {
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

  it("equals the ledger in every moment while spends and folds run at once", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "premium" });
    let spending = true;
    const spender = async () => {
      for (let n = 0; n < 60; n += 1) {
        await run(
          accountId,
          ...Array.from({ length: 7 }, () => spend(BigInt(1 + n), { resource: n % 2 ? "large" : null })),
        );
      }
      spending = false;
    };
    const folder = async () => {
      while (spending) await foldUsage(test.db, accountId, 5);
    };
    const reader = async () => {
      while (spending) {
        await test.db.transaction((tx) => expectEqualToLedger(tx, accountId, EVERYTHING), {
          isolationLevel: "repeatable read",
        });
      }
    };
    await Promise.all([spender(), folder(), folder(), reader()]);
    await foldAllUsage({ db: test.db, log: silent });
    await expectEqualToLedger(test.db, accountId, EVERYTHING);
    expect((await getUsage(test.db, accountId, EVERYTHING)).spends).toBe(420n);
    const [progress] = await test.owner`select seq from usage_progress where account_id = ${accountId}`;
    expect(BigInt(progress?.seq)).toBe(await lastSeq(accountId));
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
    await foldUsage(test.db, accountId, 6); // Ends within the capture's lines.
    const { spends, nextCursor } = await listUsage(test.db, accountId, EVERYTHING, null);
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
    expect((await getUsage(test.db, mine.accountId, EVERYTHING)).credits).toBe(11n);
    for (const madeUp of [null, "", "x", "-1", "9".repeat(40), "1;drop table entries", "\u0000"]) {
      const { spends } = await listUsage(test.db, mine.accountId, EVERYTHING, madeUp);
      expect(spends.map((each) => each.credits)).toEqual([6n, 5n]);
    }
  });
});
