import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Database } from "../../db/client";
import type { Sharding } from "../../db/sharding";
import { transact } from "../../db/transact";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { whyNotInOneShard } from "../../dev/testing/shard-rules";
import { EVERY_DAY } from "../../dev/testing/usage";
import { newId } from "../ids";
import { credits } from "../money/credits";
import { createBatcher } from "./batcher";
import { commit } from "./commit";
import type { Command, InternalCommand, SpendingCommand } from "./decide";
import { listEntries } from "./entries";
import { foldLongTail, foldUsage } from "./fold-usage";
import { getBalance, hasBooks, listGrants } from "./queries";
import { startCycle } from "./start-cycle";
import { getUsage } from "./usage";
import { listUsage } from "./usage-spends";
import { UPDATE_ONE_IF_UNCHANGED } from "./write-remembered";

const test = openTestDatabase();
const texts = new Set<string>();
let db: Database;
beforeAll(() => {
  db = connect(test.appUrl, { max: 4, onStatement: (text) => texts.add(text) });
});
afterAll(() => db.pool.end({ timeout: 5 }));

const HOUR_MS = 3_600_000;
const PURPOSE = { category: "ai_processing", resource: "sonata", reference: null } as const;
const sharding = (known: boolean): Sharding => ({ known, find: async () => known, doubt: () => {} });

const spend = (amount: bigint): SpendingCommand => ({
  kind: "spend",
  credits: credits(amount),
  purpose: PURPOSE,
});
const hold = (holdId: string): SpendingCommand => ({
  kind: "hold",
  holdId,
  credits: credits(50n),
  ttlMs: HOUR_MS,
  purpose: PURPOSE,
});
const grant = (id: string, expiresAt = new Date(Date.now() + HOUR_MS)): InternalCommand => ({
  kind: "grant",
  grant: {
    id,
    kind: "promotional",
    source: id,
    credits: credits(1_000n),
    startsAt: new Date(Date.now() - 2 * HOUR_MS),
    expiresAt,
  },
});

/** Every kind of command, each asked twice: done, and then answered from what is stored. */
async function useLedger(accountId: string, inShards: boolean): Promise<readonly string[]> {
  const batcher = createBatcher(db, { sharding: sharding(inShards) });
  const kinds: string[] = [];
  const ask = async (command: Command) => {
    const key = newId();
    const once = async () => {
      if (command.kind === "spend" || command.kind === "hold")
        return batcher.submit(accountId, { key, command });
      const [outcome] = await transact(db, (tx) => commit(tx, accountId, [{ key, command }]));
      return outcome;
    };
    kinds.push(`${command.kind}: ${(await once())?.kind}, ${(await once())?.kind}`);
  };
  const [captured, released, given] = [newId(), newId(), newId()];
  const expiresAt = new Date(Date.now() + 2 * HOUR_MS);
  const commands: readonly Command[] = [
    grant(given),
    spend(10n),
    hold(captured),
    hold(released),
    { kind: "capture", holdId: captured, credits: credits(20n) },
    { kind: "release", holdId: released },
    { kind: "freeze", grantId: given },
    { kind: "unfreeze", grantId: given },
    { kind: "extend", grantId: given, expiresAt },
    { kind: "revoke", grantId: given, credits: credits(5n) },
    { kind: "adjust", credits: credits(3n) },
    grant(newId(), new Date(Date.now() - HOUR_MS)),
    { kind: "expire" },
  ];
  for (const command of commands) await ask(command);
  // What is remembered now is enough for these: they go the quick way.
  const quick = createBatcher(db, { sharding: sharding(inShards) });
  for (let each = 0; each < 3; each += 1) await quick.submit(accountId, { key: newId(), command: spend(1n) });
  await transact(db, (tx) => startCycle(tx, accountId, new Date(Date.now() - HOUR_MS)));
  await foldUsage(db, accountId);
  await foldLongTail(db, accountId);
  await getBalance(db, accountId);
  await hasBooks(db, accountId);
  await listGrants(db, accountId, null);
  await listEntries(db, accountId, null, 10);
  await getUsage(db, accountId, EVERY_DAY);
  await listUsage(db, accountId, EVERY_DAY, null);
  return kinds;
}

const faults = () =>
  [...texts].flatMap((text) =>
    whyNotInOneShard(text).map((why) => `${why}: ${text.replaceAll(/\s+/g, " ").trim()}`),
  );

describe("statements of the ledger", () => {
  it("used when sharded go to one shard with a plain commit, every one of every command", async () => {
    const { accountId } = await makeAccount(test.db);
    texts.clear();
    const kinds = await useLedger(accountId, true);
    expect(kinds.filter((each) => !each.endsWith(": done, replayed"))).toEqual([]);
    expect(texts).toContain(UPDATE_ONE_IF_UNCHANGED.one);
    expect(faults()).toEqual([]);
  });

  it("used on plain Postgres are others, and the rules see what Citus would refuse of them", async () => {
    const { accountId } = await makeAccount(test.db);
    texts.clear();
    await useLedger(accountId, false);
    expect(faults()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^inserts from a query: .* insert into entries/),
        expect.stringMatching(/^returns what is not immutable: update balances/),
      ]),
    );
  });

  it.each([
    ["update balances set last_seq = 1 where last_seq = $1", "writes without one account"],
    ["select * from balances where account_id = any($1) for no key update", "writes without one account"],
    ["select * from entries where seq = $1", "reads all shards"],
    [
      "select * from balances as b cross join lateral (select id from holds as h where h.account_id = b.account_id limit 1) as d where b.account_id = $1",
      "asks all shards: a lateral subquery names no account",
    ],
    ["update holds set ended_at = clock_timestamp() where account_id = $1", "sets what is volatile"],
    ["update holds set id = gen_random_uuid() where account_id = $1", "sets what is volatile"],
  ])("the rules see what is wrong with %s", (text, why) => {
    expect(whyNotInOneShard(text)).toEqual([why]);
  });
});
