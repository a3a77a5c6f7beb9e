import { and, asc, eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { commands, entries } from "../../db/schema";
import { transact } from "../../db/transact";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { newId } from "../ids";
import { credits } from "../money/credits";
import { createBatcher } from "./batcher";
import { byOperator, bySystem } from "./cause";
import { commit } from "./commit";
import type { SpendingCommand } from "./decide";

// I27: who caused a movement, and why.
const test = openTestDatabase();
const PURPOSE = { category: "ai_processing", resource: null, reference: null } as const;
const spend = (amount: bigint): SpendingCommand => ({
  kind: "spend",
  credits: credits(amount),
  purpose: PURPOSE,
});

const linesOf = (accountId: string) =>
  test.db
    .select({ credits: entries.credits, line: entries.line, key: entries.key, apiKey: entries.apiKey })
    .from(entries)
    .where(and(eq(entries.accountId, accountId), eq(entries.toBucket, "spent")))
    .orderBy(asc(entries.seq));

it("a command keeps who caused it and why, and whoever repeats it changes nothing of that", async () => {
  const { accountId } = await makeAccount(test.db);
  const operatorId = newId();
  const command = { kind: "adjust", credits: credits(5n) } as const;
  const take = (cause = byOperator(operatorId, "counted twice")) =>
    transact(test.db, (tx) => commit(tx, accountId, [{ key: "take", command, cause }]));
  expect(await take()).toMatchObject([{ kind: "done" }]);
  expect(await take(bySystem("again"))).toMatchObject([{ kind: "replayed" }]);
  const kept = await test.db
    .select({ kind: commands.kind, actor: commands.actorKind, id: commands.actorId, why: commands.reason })
    .from(commands)
    .where(eq(commands.accountId, accountId))
    .orderBy(asc(commands.firstSeq));
  expect(kept).toEqual([
    { kind: "grant", actor: "system", id: null, why: "the account was opened" },
    { kind: "adjust", actor: "operator", id: operatorId, why: "counted twice" },
  ]);
});

it("a spend names its API key on its first line, whichever way it was written", async () => {
  const { accountId } = await makeAccount(test.db);
  const extra = { id: newId(), kind: "purchase", source: "extra", credits: credits(100n) } as const;
  const life = { startsAt: new Date(Date.now() - 1_000), expiresAt: new Date(Date.now() + 86_400_000) };
  await transact(test.db, (tx) =>
    commit(tx, accountId, [{ key: "extra", command: { kind: "grant", grant: { ...extra, ...life } } }]),
  );
  const batcher = createBatcher(test.db);
  const submit = (amount: bigint, apiKey: number, key = newId()) =>
    batcher.submit(accountId, { key, command: spend(amount), apiKey });
  // Loaded, then as remembered; asked again with another key; then beyond the plan's credits, which takes two lines.
  await submit(1n, 7, "one");
  await submit(2n, 8);
  expect(await submit(1n, 9, "one")).toMatchObject({ kind: "replayed" });
  await submit(24_000_000n - 3n + 10n, 9);
  await batcher.close();
  const lines = await linesOf(accountId);
  expect(lines.map((each) => [each.credits, each.line, each.apiKey])).toEqual([
    [1n, 0, 7],
    [2n, 0, 8],
    [23_999_997n, 0, 9],
    [10n, 1, null],
  ]);
});

it("a shard's forms of the statements keep it too", async () => {
  const { accountId } = await makeAccount(test.db);
  const sharding = { known: true, find: async () => true, doubt: () => {} };
  const batcher = createBatcher(test.db, { sharding });
  for (const apiKey of [3, 4]) await batcher.submit(accountId, { key: newId(), command: spend(1n), apiKey });
  await batcher.close();
  expect((await linesOf(accountId)).map((each) => each.apiKey)).toEqual([3, 4]);
});
