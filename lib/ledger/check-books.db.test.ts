import { expect, it } from "vitest";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { BooksDrifted, CheckCutShort, checkBooks } from "./check-books";

const database = openTestDatabase();

it("finds books that differ from their entries, says where in one line, and nothing once they agree", async () => {
  const [first, second] = [await makeAccount(database.db), await makeAccount(database.db)];
  const lines: object[] = [];
  const deps = { db: database.db, log: { error: (context: object) => void lines.push(context) } };
  await checkBooks(deps);
  expect(lines).toEqual([]);

  await database.owner`update balances set last_seq = last_seq + 1 where account_id = ${second.accountId}`;
  await expect(checkBooks(deps)).rejects.toBeInstanceOf(BooksDrifted);
  expect(lines).toEqual([
    {
      accountId: second.accountId,
      drift: [
        { accountId: second.accountId, grantId: null, what: "entry numbers", stored: "2", entries: "1 of 1" },
      ],
    },
  ]);
  await expect(
    checkBooks(deps, () => false),
    "half a look is no verdict",
  ).rejects.toBeInstanceOf(CheckCutShort);

  await database.owner`update balances set last_seq = last_seq - 1 where account_id = ${second.accountId}`;
  await checkBooks(deps);
  expect(lines).toHaveLength(1);
  expect(first.accountId).not.toBe(second.accountId);
});
