import { inspect } from "node:util";
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

it("counts an account whose books could not be read as one that differs, and compares the others", async () => {
  // One after the other: where the list goes on behind an account, its id is asked for too.
  const [first, second] = [await makeAccount(database.db), await makeAccount(database.db)];
  const third = await makeAccount(database.db);
  const isOfSecond = (query: unknown) => inspect(query, { depth: null }).includes(second.accountId);
  const db = new Proxy(database.db, {
    get: (target, name) =>
      name === "execute"
        ? async (query: Parameters<typeof target.execute>[0]) => {
            if (isOfSecond(query)) throw new Error("canceling statement due to statement timeout");
            return target.execute(query);
          }
        : Reflect.get(target, name),
  });
  await database.owner`update balances set last_seq = last_seq + 1 where account_id = ${third.accountId}`;
  const found = await checkBooks({ db, log: { error: () => {} } }).catch((error: unknown) => error);
  if (!(found instanceof BooksDrifted)) throw new Error(`it says nothing: ${found}`);
  expect(new Map(found.drift.map((each) => [each.accountId, each.what]))).toEqual(
    new Map([
      [second.accountId, "books not compared"],
      [third.accountId, "entry numbers"],
    ]),
  );
  expect(found.drift.some((each) => each.accountId === first.accountId)).toBe(false);
  await database.owner`update balances set last_seq = last_seq - 1 where account_id = ${third.accountId}`;
});
