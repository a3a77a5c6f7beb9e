import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { accounts, allowances } from "../../../../db/schema";
import { transact } from "../../../../db/transact";
import { openTestDatabase } from "../../../../dev/testing/database";
import { billingPeriodAt, monthsAfter } from "../../../calendar/index";
import { planIdOf } from "../../../catalog/plans";
import { newId } from "../../../ids";
import { createBatcher } from "../../../ledger/batcher";
import { getBalance } from "../../../ledger/queries";
import { credits } from "../../../money/credits";
import { openAccount } from "../../open-account";
import { openDueCycles } from "../../subscriptions/sweep";
import { openCycle } from "./open";
import { createCycleOpener } from "./opener";

const test = openTestDatabase({ clock: true });
const log = { info: () => {}, warn: () => {}, error: console.error };
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const purpose = { category: "platform", resource: null, reference: null } as const;

let anchor: Date;
let monthNumber = 0;

beforeEach(async () => {
  // Each test in months of its own, so that nothing of another is due.
  monthNumber += 24;
  anchor = monthsAfter(new Date("2027-01-31T09:14:00Z"), monthNumber);
  await test.clock.moveTo(anchor);
});

const open = (plan = "free", allowanceCredits: bigint | null = null) =>
  transact(test.db, (tx) =>
    openAccount(tx, {
      name: "An account",
      plan: planIdOf(plan),
      cycleAnchor: anchor,
      period: billingPeriodAt(anchor, anchor),
      allowanceCredits: allowanceCredits === null ? null : credits(allowanceCredits),
    }),
  );

const spend = (accountId: string, amount: bigint) => {
  const batcher = createBatcher(test.db, { open: createCycleOpener(test.db, log) });
  const command = { kind: "spend", credits: credits(amount), purpose } as const;
  return batcher.submit(accountId, { key: newId(), command });
};

const remaining = async (accountId: string) => (await getBalance(test.db, accountId)).remaining;
const periodsOf = (accountId: string) =>
  test.db.select().from(allowances).where(eq(allowances.accountId, accountId)).orderBy(allowances.startsAt);

describe("a cycle that no subscription pays for", () => {
  it("unused for a year has one allowance and the running month, whoever looks first", async () => {
    const accountId = await open();
    await test.clock.moveTo(new Date(monthsAfter(anchor, 12).getTime() + 3 * DAY));
    expect(await remaining(accountId)).toBe(0n);
    await Promise.all(Array.from({ length: 8 }, () => openCycle(test.db, accountId)));
    expect(await remaining(accountId)).toBe(1_000_000n);
    const periods = await periodsOf(accountId);
    expect(periods.map((each) => each.startsAt)).toEqual([anchor, monthsAfter(anchor, 12)]);
    const [account] = await test.db.select().from(accounts).where(eq(accounts.id, accountId));
    expect([account?.periodStart, account?.periodEnd]).toEqual([
      monthsAfter(anchor, 12),
      monthsAfter(anchor, 13),
    ]);
  });

  it("is opened by a spend that would otherwise be refused, with no job having run", async () => {
    const accountId = await open();
    await spend(accountId, 1_000_000n);
    await test.clock.moveTo(new Date(monthsAfter(anchor, 1).getTime() + MINUTE));
    expect(await spend(accountId, 1_000_000n)).toMatchObject({ kind: "done" });
    expect(await spend(accountId, 1n)).toMatchObject({ kind: "refused" });
  });

  it("is begun once, at the boundary and not before, by the schedule or by whoever comes first", async () => {
    const accountId = await open();
    await spend(accountId, 400_000n);
    const end = monthsAfter(anchor, 1);
    await test.clock.moveTo(new Date(end.getTime() - MINUTE));
    await openDueCycles(test.db, log);
    expect(await remaining(accountId)).toBe(600_000n);
    expect(await periodsOf(accountId)).toHaveLength(1);
    await test.clock.moveTo(end);
    await Promise.all([openDueCycles(test.db, log), openCycle(test.db, accountId)]);
    expect(await remaining(accountId)).toBe(1_000_000n);
    await openDueCycles(test.db, log);
    expect(await remaining(accountId)).toBe(1_000_000n);
    expect(await periodsOf(accountId)).toHaveLength(2);
  });

  it("of an account that nobody used is not opened by the schedule, month after month", async () => {
    const accountId = await open();
    const dueAt = async () => {
      const [account] = await test.db.select().from(accounts).where(eq(accounts.id, accountId));
      return account?.cycleDueAt;
    };
    for (let month = 1; month <= 3; month += 1) {
      await test.clock.moveTo(new Date(monthsAfter(anchor, month).getTime() + MINUTE));
      await openDueCycles(test.db, log);
      expect(await dueAt()).toBeNull();
    }
    expect(await periodsOf(accountId)).toHaveLength(1);
    // Somebody comes, and uses it: from then on the schedule opens each month that follows one that was used.
    expect(await spend(accountId, 1n)).toMatchObject({ kind: "done" });
    expect(await dueAt()).toEqual(monthsAfter(anchor, 4));
    for (const month of [4, 5, 6]) {
      await test.clock.moveTo(new Date(monthsAfter(anchor, month).getTime() + MINUTE));
      await openDueCycles(test.db, log);
    }
    const months = [0, 3, 4].map((month) => monthsAfter(anchor, month));
    expect((await periodsOf(accountId)).map((each) => each.startsAt)).toEqual(months);
    expect(await dueAt()).toBeNull();
  });

  it("by agreement gives what was agreed, on the account's own days", async () => {
    const accountId = await open("custom", 123_456_789n);
    await test.clock.moveTo(new Date(monthsAfter(anchor, 1).getTime() + DAY));
    await openDueCycles(test.db, log);
    expect(await remaining(accountId)).toBe(123_456_789n);
    expect((await periodsOf(accountId)).map((each) => each.payment)).toEqual(["none", "none"]);
  });
});
