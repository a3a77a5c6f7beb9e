import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { checkedBooks } from "../../db/schema";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { newId } from "../ids";
import { credits } from "../money/credits";
import { createBatcher } from "./batcher";
import { checkMovedBooks } from "./moved-books";

const database = openTestDatabase();

const purpose = { category: "platform", resource: null, reference: null } as const;

async function spend(accountId: string, amounts: readonly bigint[]): Promise<void> {
  const batcher = createBatcher(database.db);
  for (const amount of amounts)
    await batcher.submit(accountId, {
      key: newId(),
      command: { kind: "spend", credits: credits(amount), purpose },
    });
  await batcher.close();
}

const seqOf = async (accountId: string) =>
  (await database.db.select().from(checkedBooks).where(eq(checkedBooks.accountId, accountId)))[0]?.seq;

it("reads what moved since the last look, and finds nothing while everything is right", async () => {
  const [ada, bo] = [await makeAccount(database.db), await makeAccount(database.db)];
  await spend(ada.accountId, [5n, 7n]);
  expect(await checkMovedBooks(database.db)).toEqual({ accounts: 2, entries: 4n, drift: [] });
  expect(await checkMovedBooks(database.db)).toEqual({ accounts: 0, entries: 0n, drift: [] });
  await spend(bo.accountId, [24_000_000n, 9n]); // More than there is: debt.
  expect(await checkMovedBooks(database.db)).toMatchObject({ accounts: 1, drift: [] });
  expect(await seqOf(ada.accountId)).toBe(3n);
});

it("finds a balance that SQL changed, an entry of no grant and one that is missing, each by its name, until it is right", async () => {
  const { accountId } = await makeAccount(database.db);
  await spend(accountId, [5n]);
  await checkMovedBooks(database.db);
  const stray = newId();
  await spend(accountId, [1n]);
  await database.owner`update balances set active_credits = active_credits + 3 where account_id = ${accountId}`;
  await database.owner`update balances set last_seq = last_seq + 1 where account_id = ${accountId}`;
  await database.owner`insert into entries (account_id, seq, grant_id, from_bucket, to_bucket, credits, at)
    values (${accountId}, 4, ${stray}, 'issued', 'available', 8, now())`;
  const whats = async () => (await checkMovedBooks(database.db)).drift.map(({ what }) => what).sort();
  const expected = ["entries of no grant", "grant available", "grant spent"];
  expect(await whats()).toEqual(expected);
  expect(await whats(), "again, as it is still so").toEqual(expected);
  await database.owner`delete from entries where account_id = ${accountId} and grant_id = ${stray}`;
  await database.owner`update balances set active_credits = active_credits - 3 where account_id = ${accountId}`;
  expect(await whats()).toEqual(["entry numbers"]);
  await database.owner`update balances set last_seq = last_seq - 1 where account_id = ${accountId}`;
  expect(await whats()).toEqual([]);
});
