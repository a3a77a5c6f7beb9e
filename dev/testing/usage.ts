import { sql } from "drizzle-orm";
import { expect } from "vitest";
import type { Reader } from "../../db/client";
import { transact } from "../../db/transact";
import { addDays } from "../../lib/calendar";
import { newId } from "../../lib/ids";
import { commit, type Keyed } from "../../lib/ledger/commit";
import type { Purpose, SpendCategory } from "../../lib/ledger/state";
import { getUsage, type UsageFilter } from "../../lib/ledger/usage";
import { credits } from "../../lib/money/credits";
import type { TestDatabase } from "./database";

const today = new Date().toISOString().slice(0, 10);

/** A filter that lets through whatever a test has used lately: all of it. */
export const EVERY_DAY = {
  from: addDays(today, -400),
  to: addDays(today, 400),
  timeZone: "UTC",
  category: null,
  resource: null,
} as const;

/** A spend, with a key of its own. */
export const spend = (amount: bigint, purpose: Partial<Purpose> = {}): Keyed => ({
  key: newId(),
  command: {
    kind: "spend",
    credits: credits(amount),
    purpose: { category: "platform", resource: null, reference: null, ...purpose },
  },
});

/** Does what an account is asked to, and moves it back in time. */
export function openSpending(test: TestDatabase) {
  const run = (accountId: string, ...list: Keyed[]) => transact(test.db, (tx) => commit(tx, accountId, list));
  const lastSeq = async (accountId: string): Promise<bigint> => {
    const [row] = await test.owner`select last_seq from balances where account_id = ${accountId}`;
    return BigInt(row?.last_seq ?? 0);
  };
  /** Moves the entries after the given one. */
  const backdate = async (accountId: string, after: bigint, ms: number) => {
    // From the first of all instants on, so that whatever is moved still counts.
    await test.owner`update balances set cycle_start = '1970-01-01Z' where account_id = ${accountId}`;
    await test.owner`update grants set cycle_from = '1970-01-01Z' where account_id = ${accountId}`;
    await test.owner`update entries set at = at - ${ms} * interval '1 millisecond' where account_id = ${accountId} and seq > ${String(after)}`;
  };
  return { run, lastSeq, backdate };
}

/** The day as another locale's calendar writes it, and not as the ledger finds it. */
const shownDay = (timeZone: string, at: Date): string =>
  new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(at);

/** What a filter lets through, added up entry by entry. */
async function plainSum(db: Reader, accountId: string, filter: UsageFilter) {
  const entries = await db.execute<{
    at: string;
    category: SpendCategory;
    resource: string;
    credits: bigint;
    line: number;
  }>(sql`
    select at, (array['ai_processing', 'infrastructure', 'platform'])[category] as category, coalesce(resource, '') as resource,
      credits, line
    from entries where account_id = ${accountId} and to_bucket = 'spent'`);
  const wanted = entries
    .map(({ at, ...row }) => ({ ...row, at: new Date(at), day: shownDay(filter.timeZone, new Date(at)) }))
    .filter(
      (row) =>
        filter.from <= row.day &&
        row.day <= filter.to &&
        (!filter.within || (filter.within.start <= row.at && row.at < filter.within.end)) &&
        (filter.category ?? row.category) === row.category &&
        (filter.resource ?? row.resource) === row.resource,
    );
  const by = (key: (row: (typeof wanted)[number]) => string) => {
    const sums = new Map<string, [bigint, bigint]>();
    for (const row of wanted) {
      const [amount, spends] = sums.get(key(row)) ?? [0n, 0n];
      sums.set(key(row), [amount + row.credits, spends + (row.line === 0 ? 1n : 0n)]);
    }
    return sums;
  };
  return {
    total: by(() => "all").get("all") ?? [0n, 0n],
    days: by((row) => `${row.day} ${row.category}`),
    resources: by((row) => row.resource),
  };
}

/** Holds a report to what its entries say one by one, as this finds it without the ledger's help. */
export async function expectEqualToLedger(db: Reader, accountId: string, filter: UsageFilter): Promise<void> {
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
