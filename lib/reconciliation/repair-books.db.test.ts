import { beforeAll, describe, expect, it } from "vitest";
import { transact } from "../../db/transact";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { newId } from "../ids";
import { checkBooks } from "../ledger/check-books";
import { commit } from "../ledger/commit";
import type { Command } from "../ledger/decide";
import { foldMonths } from "../ledger/fold-months";
import { foldUsage } from "../ledger/fold-usage";
import { checkMovedBooks } from "../ledger/moved-books";
import { credits } from "../money/credits";
import { repairBooks } from "./repair";

const test = openTestDatabase();
const PURPOSE = { category: "platform", resource: "sonata", reference: null } as const;
const HOUR_MS = 3_600_000;

const run = (accountId: string, command: Command) =>
  transact(test.db, (tx) => commit(tx, accountId, [{ key: newId(), command }]));
const spend = (amount: bigint): Command => ({ kind: "spend", credits: credits(amount), purpose: PURPOSE });
const grant = (amount: bigint): Command => {
  const id = newId();
  const [startsAt, expiresAt] = [new Date(Date.now() - HOUR_MS), new Date(Date.now() + HOUR_MS)];
  const given = { id, kind: "purchase", source: id, credits: credits(amount), startsAt, expiresAt } as const;
  return { kind: "grant", grant: given };
};

/** Spends of two grants, debt and what paid it, a hold, and usage that is added up in part. */
async function makeHistory(): Promise<string> {
  const { accountId } = await makeAccount(test.db);
  await run(accountId, spend(23_999_000n));
  const holdId = newId();
  await run(accountId, { kind: "hold", holdId, credits: credits(1_000n), ttlMs: HOUR_MS, purpose: PURPOSE });
  await run(accountId, { kind: "capture", holdId, credits: credits(1_500n) }); // 500 of it are owed.
  await run(accountId, grant(9_000n));
  await run(accountId, spend(700n));
  await foldUsage(test.db, accountId);
  await foldMonths(test.db, accountId);
  await run(accountId, {
    kind: "hold",
    holdId: newId(),
    credits: credits(300n),
    ttlMs: HOUR_MS,
    purpose: PURPOSE,
  });
  await run(accountId, spend(11n));
  return accountId;
}

let accountId = "";
beforeAll(async () => {
  accountId = await makeHistory();
});

/** All that is derived from the entries, as readers see it. */
async function stored() {
  const [balance] =
    await test.owner`select last_seq, owed_credits from balances where account_id = ${accountId}`;
  const grants = await test.owner`
    select id, remaining_credits, held_credits, spent_credits, expired_credits, revoked_credits, paid_back_credits,
      cycle_from, cycle_used_credits, cycle_paid_back_credits, cycle_expired_credits
    from current_grants where account_id = ${accountId} order by id`;
  const usage =
    await test.owner`select * from usage_days where account_id = ${accountId} order by day, category, resource`;
  const months =
    await test.owner`select * from credit_months where account_id = ${accountId} order by month, kind, from_bucket, to_bucket`;
  return { balance, grants: [...grants], usage: [...usage], months: [...months] };
}

const PLAN = "account_id = $1 and kind = 'plan'";
const BOUGHT = "account_id = $1 and kind = 'purchase'";
/** What somebody with the owner's rights may do to each sum. */
const BREAKS: Readonly<Record<string, string>> = {
  "the live remainder": "update balances set active_credits = active_credits + 3 where account_id = $1",
  "the number of the last entry": "update balances set last_seq = last_seq + 1 where account_id = $1",
  debt: "update balances set owed_credits = 5, active_grant_id = null, active_credits = 0 where account_id = $1",
  "what is left": `update grants set remaining_credits = 1, spent_credits = spent_credits - 1, cycle_used_credits = cycle_used_credits - 1 where ${PLAN}`,
  "what is held": `update grants set held_credits = held_credits - 1, remaining_credits = remaining_credits + 1 where ${BOUGHT}`,
  "what expired": `update grants set expired_credits = 1, spent_credits = spent_credits - 1 where ${PLAN}`,
  "what was revoked": `update grants set revoked_credits = 2, spent_credits = spent_credits - 2 where ${PLAN}`,
  "what paid a debt": `update grants set paid_back_credits = paid_back_credits + 1 where ${BOUGHT}`,
  "the cycle's use": `update grants set cycle_used_credits = cycle_used_credits - 2 where ${PLAN}`,
  "the cycle's paid debt": `update grants set cycle_paid_back_credits = 0 where ${BOUGHT}`,
  "the cycle it counts for": `update grants set cycle_from = null where ${PLAN}`,
  "usage of a day":
    "update usage_days set credits = credits + 7, credits_until[cardinality(credits_until)] = credits + 7 where account_id = $1",
  "credits of a month":
    "update credit_months set credits = credits + 11 where account_id = $1 and to_bucket = 'spent'",
  "credits of a month that are missing":
    "delete from credit_months where account_id = $1 and from_bucket = 'held'",
  "spends of a day":
    "update usage_days set spends = spends + 1, spends_until[cardinality(spends_until)] = spends + 1 where account_id = $1",
};

describe("each sum that is not what the entries say", () => {
  it.each(Object.entries(BREAKS))(
    "%s: is found, proposed and mended, and nothing else is changed",
    async (_, sql) => {
      const right = await stored();
      await test.owner.unsafe(sql, [accountId]);
      const wrong = await stored();
      expect(wrong).not.toEqual(right);
      const lines: object[] = [];
      const log = { error: (facts: object) => void lines.push(facts) };
      await expect(checkBooks({ db: test.db, log })).rejects.toThrow("the books of 1 accounts differ");
      expect(lines).toMatchObject([{ accountId }]);

      const proposed = await repairBooks(test.db, accountId, { apply: false });
      expect(proposed).toMatchObject({ ok: true });
      expect(await stored(), "a proposal changes nothing").toEqual(wrong);
      expect(await repairBooks(test.db, accountId, { apply: true })).toEqual(proposed);
      expect(await stored()).toEqual(right);
      expect(await repairBooks(test.db, accountId, { apply: true })).toEqual({ ok: true, value: [] });
      await checkBooks({ db: test.db, log });
      await run(accountId, spend(1n));
    },
  );
});

describe("entries that are not sound", () => {
  const unsound = { ok: false, error: { code: "entries_unsound" } };

  it("one is missing: nothing is written, as no sum of the others is right", async () => {
    const [gone] =
      await test.owner`select * from entries where account_id = ${accountId} and to_bucket = 'spent' order by seq limit 1`;
    if (!gone) throw new Error("it has spends");
    await test.owner`delete from entries where account_id = ${accountId} and seq = ${gone.seq as string}`;
    const before = await stored();
    expect(await repairBooks(test.db, accountId, { apply: true })).toMatchObject(unsound);
    expect(await stored()).toEqual(before);
    await test.owner`insert into entries ${test.owner(gone)}`;
    expect(await repairBooks(test.db, accountId, { apply: true })).toEqual({ ok: true, value: [] });
  });

  it("one takes more of a grant than it had, or is of no grant: an operator has to look", async () => {
    const before = await stored();
    for (const grantId of [before.grants[0]?.id as string, newId()]) {
      await test.owner`insert into entries (account_id, seq, grant_id, from_bucket, to_bucket, credits, at)
        select ${accountId}, last_seq + 1, ${grantId}, 'revoked', 'available', 8, now() from balances where account_id = ${accountId}`;
      expect(await repairBooks(test.db, accountId, { apply: true })).toMatchObject(unsound);
      expect(await stored()).toEqual(before);
      await test.owner`delete from entries where account_id = ${accountId} and seq > (select last_seq from balances where account_id = ${accountId})`;
    }
  });

  it("they have no balance: the full check finds them, and the account is not mended", async () => {
    const stray = newId();
    await test.owner`insert into entries (account_id, seq, grant_id, from_bucket, to_bucket, credits, at)
      values (${stray}, 1, ${newId()}, 'issued', 'available', 8, now())`;
    const lines: object[] = [];
    const log = { error: (facts: object) => void lines.push(facts) };
    await expect(checkBooks({ db: test.db, log })).rejects.toThrow("the books of 1 accounts differ");
    expect(lines).toMatchObject([
      { accountId: stray, drift: [{ what: "entries of no balance", entries: "1" }] },
    ]);
    expect(await repairBooks(test.db, stray, { apply: true })).toMatchObject(unsound);
    await test.owner`delete from entries where account_id = ${stray}`;
  });

  it("a month of credits has none: it is not deleted", async () => {
    await test.owner`update credit_months set kind = 'promotional' where account_id = ${accountId} and kind = 'plan' and from_bucket = 'issued'`;
    expect(await repairBooks(test.db, accountId, { apply: true })).toMatchObject(unsound);
    await test.owner`update credit_months set kind = 'plan' where account_id = ${accountId} and kind = 'promotional'`;
    expect(await repairBooks(test.db, accountId, { apply: true })).toEqual({ ok: true, value: [] });
  });

  it("a day of usage has none: it is not deleted", async () => {
    await test.owner`insert into usage_days (account_id, day, category, resource, quarters, credits_until, spends_until, credits, spends, first_seq, last_seq)
      select account_id, day - 3, category, resource, quarters, credits_until, spends_until, credits, spends, first_seq, last_seq
      from usage_days where account_id = ${accountId} limit 1`;
    expect(await repairBooks(test.db, accountId, { apply: true })).toMatchObject(unsound);
    await test.owner`delete from usage_days where account_id = ${accountId} and day < (select max(day) from usage_days where account_id = ${accountId})`;
  });
});

it("a mended account is looked at from its first entry again", async () => {
  await checkMovedBooks(test.db);
  await run(accountId, spend(5n));
  await test.owner`update checked_books set sums = '[]' where account_id = ${accountId}`;
  expect((await checkMovedBooks(test.db)).drift).not.toEqual([]);
  await test.owner`update balances set last_seq = last_seq + 1 where account_id = ${accountId}`;
  await repairBooks(test.db, accountId, { apply: true });
  expect((await checkMovedBooks(test.db)).drift).toEqual([]);
});
