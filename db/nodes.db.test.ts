import { expect, it } from "vitest";
import { openTestDatabase } from "../dev/testing/database";
import { makeAccount } from "../dev/testing/factories";
import { findDrift, findDriftByAccount } from "../lib/ledger/reconcile";
import { countNodesAway } from "./nodes";
import { databaseIsAway } from "./pool";

const test = openTestDatabase();

it("plain Postgres has no nodes that could be away", async () => {
  expect(await countNodesAway(test.db, 1_000)).toBe(0);
});

it.each([
  ["08006", true],
  ["08001", true],
  ["23505", false],
  ["XX000", false],
])("what a coordinator tells with %s is a node that is away: %s", (code, away) => {
  const told = Object.assign(new Error("connection to the remote node failed"), { code });
  expect(databaseIsAway(told)).toBe(away);
  expect(databaseIsAway(new Error("Failed query", { cause: told }))).toBe(away);
});

it("the books of one account after another say what those of all say, each of its own account", async () => {
  const [wrong, right] = [await makeAccount(test.db), await makeAccount(test.db)];
  await test.owner`update balances set last_seq = last_seq + 7 where account_id = ${wrong.accountId}`;
  const found = await findDriftByAccount(test.db, [wrong.accountId, right.accountId]);
  const all = await findDrift(test.db);
  const ofRight = await findDriftByAccount(test.db, [right.accountId]);
  await test.owner`update balances set last_seq = last_seq - 7 where account_id = ${wrong.accountId}`;
  expect(found).toEqual([expect.objectContaining({ accountId: wrong.accountId, what: "entry numbers" })]);
  expect(all).toEqual(found);
  expect(ofRight).toEqual([]);
});
