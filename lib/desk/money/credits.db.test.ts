import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openTestDatabase } from "../../../dev/testing/database";
import { makeAccount } from "../../../dev/testing/factories";
import { openSpending, spend } from "../../../dev/testing/usage";
import { newId } from "../../ids";
import type { Keyed } from "../../ledger/commit";
import { foldAllMonths, foldMonths } from "../../ledger/fold-months";
import { type MonthSum, sumMonths } from "../../ledger/month-sums";
import { credits } from "../../money/credits";
import { creditMonths } from "./credit-months";

const test = openTestDatabase();
const { run, lastSeq, backdate } = openSpending(test);
const silent = { error: () => {} };
const DAY_MS = 86_400_000;
const KINDS = ["plan", "purchase", "promotional", "adjustment"] as const;

/** What entries say one by one, added up without the ledger's help. */
async function plainSums(): Promise<MonthSum[]> {
  const rows = await test.owner`
    select e.at, coalesce((select kind::text from grants g where g.account_id = e.account_id and g.id = e.grant_id), 'none') as kind,
      e.from_bucket, e.to_bucket, e.credits from entries e`;
  const sums = new Map<string, bigint>();
  for (const { at, kind, from_bucket, to_bucket, credits: amount } of rows) {
    const key = [at.toISOString().slice(0, 7), kind, from_bucket, to_bucket].join(" ");
    sums.set(key, (sums.get(key) ?? 0n) + BigInt(amount));
  }
  return [...sums].map(([key, amount]) => {
    const [month, kind, from, to] = key.split(" ");
    return { month, kind, from, to, credits: amount } as MonthSum;
  });
}

const sorted = (sums: readonly MonthSum[]) =>
  sums.map((each) => [each.month, each.kind, each.from, each.to, each.credits].join(" ")).sort();

async function expectEqualToEntries(): Promise<void> {
  expect(sorted(await sumMonths(test.db))).toEqual(sorted(await plainSums()));
}

type Step = {
  readonly what: "grant" | "spend" | "hold" | "release" | "revoke" | "adjust" | "expire" | "fold" | "later";
  readonly account: number;
  readonly amount: number;
};

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    what: fc.constantFrom<Step["what"]>(
      ...([
        "grant",
        "spend",
        "spend",
        "hold",
        "release",
        "revoke",
        "adjust",
        "expire",
        "fold",
        "later",
      ] as const),
    ),
    account: fc.nat(1),
    amount: fc.integer({ min: 1, max: 9_000_000 }),
  }),
  { minLength: 25, maxLength: 25 },
);

type Books = {
  readonly accountId: string;
  readonly grants: string[];
  readonly holds: string[];
  from: bigint;
};

function commandOf({ what, amount }: Step, books: Books): Keyed["command"] | null {
  const [wanted, purpose] = [
    credits(BigInt(amount)),
    { category: "platform", resource: null, reference: null } as const,
  ];
  const grantId = books.grants[amount % books.grants.length] ?? "";
  switch (what) {
    case "grant": {
      const id = newId();
      books.grants.push(id);
      const [startsAt, expiresAt] = [new Date(Date.now() - DAY_MS), new Date(Date.now() + 90 * DAY_MS)];
      const kind = KINDS[amount % KINDS.length] ?? "plan";
      return {
        kind: "grant",
        grant: { id, kind, source: `test:${id}`, credits: wanted, startsAt, expiresAt },
      };
    }
    case "hold": {
      const holdId = newId();
      books.holds.push(holdId);
      return { kind: "hold", holdId, credits: wanted, ttlMs: 60_000, purpose };
    }
    case "release":
      return { kind: "release", holdId: books.holds.pop() ?? newId() };
    case "revoke":
      return grantId ? { kind: "revoke", grantId, credits: wanted } : null;
    case "adjust":
      return { kind: "adjust", credits: wanted };
    case "expire":
      return { kind: "expire" };
    default:
      return spend(wanted).command;
  }
}

async function take(step: Step, books: Books): Promise<void> {
  if (step.what === "fold") {
    await foldMonths(test.db, books.accountId, { entriesAtATime: 3, goOn: twice() });
    books.from = await lastSeq(books.accountId); // What is folded stays where it was.
  } else if (step.what === "later") {
    await backdate(books.accountId, books.from, (step.amount % 70) * DAY_MS);
    books.from = await lastSeq(books.accountId);
  } else {
    const command = commandOf(step, books);
    if (command) await run(books.accountId, { key: newId(), command });
  }
}

const twice = () => {
  const answers = [true, true];
  return () => answers.pop() ?? false;
};

describe("the credits of all accounts by month", () => {
  it("equal the sums of the entries, whatever was done and whenever a fold ran or was cut short", async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (history) => {
        const books: Books[] = [];
        for (const { accountId } of [await makeAccount(test.db), await makeAccount(test.db)])
          books.push({ accountId, grants: [], holds: [], from: 0n });
        for (const step of history) await take(step, books[step.account] as Books);
        await expectEqualToEntries();
        await foldAllMonths({ db: test.db, log: silent });
        await expectEqualToEntries();
      }),
      { numRuns: 12 },
    );
    const behind =
      await test.owner`select 1 from balances b left join credit_month_progress p using (account_id)
      where b.last_seq <> coalesce(p.seq, 0)`;
    expect(behind).toHaveLength(0);
    await expectEqualToBalances();
  });

  it("count nothing twice when two fold at once", async () => {
    const { accountId } = await makeAccount(test.db);
    for (let n = 0; n < 5; n += 1) await run(accountId, spend(1n), spend(2n));
    await Promise.all([1, 2, 3].map(() => foldMonths(test.db, accountId, { entriesAtATime: 2 })));
    await expectEqualToEntries();
  });
});

/** What is unspent and owed now is what the ledger's own rows say, and at the end of every month what its entries had said. */
async function expectEqualToBalances(): Promise<void> {
  const months = creditMonths(await sumMonths(test.db), "2020-01");
  const [now] = await test.owner`
    select (select sum(remaining_credits + held_credits)::text from current_grants) as unspent,
      (select sum(owed_credits)::text from balances) as owed`;
  expect(months.length).toBeGreaterThan(0); // How many a random history spans is chance.
  expect(months.at(-1)).toMatchObject({ unspentInAll: BigInt(now?.unspent), owed: BigInt(now?.owed) });
  for (const { month, unspentInAll, owed } of months) {
    const [then] = await test.owner`
      select coalesce(sum(credits * ((to_bucket in ('available', 'held'))::int - (from_bucket in ('available', 'held'))::int)), 0)::text as unspent,
        coalesce(sum(credits * ((from_bucket = 'owed')::int - (to_bucket = 'owed')::int)), 0)::text as owed
      from entries where at < (${`${month}-01`}::timestamp + interval '1 month') at time zone 'UTC'`;
    expect({ month, unspentInAll, owed }).toEqual({
      month,
      unspentInAll: BigInt(then?.unspent),
      owed: BigInt(then?.owed),
    });
  }
}
