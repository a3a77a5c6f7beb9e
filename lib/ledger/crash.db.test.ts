import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { type Server, startServer } from "../../dev/ledger-model/server";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { newId } from "../ids";
import { credits } from "../money/credits";
import { type Batcher, createBatcher } from "./batcher";
import type { Outcome } from "./commit";
import type { SpendingCommand } from "./decide";
import { keyMark } from "./keys";
import { plainArray } from "./set-sql";

/** `npm run test:concurrency` kills two hundred. */
const ROUNDS = Number(process.env.LEDGER_CRASH_ROUNDS ?? 5);
const LONG_MS = 3_600_000;
const CALLERS = 24;
const MAX_ANSWERS = 150;
const MAX_LONGER_MS = 5;
const PURPOSE = { category: "ai_processing", resource: "sonata", reference: null } as const;

const test = openTestDatabase();

/** Everything that was asked, and what was answered before the process died. */
type Asked = { readonly accountId: string; readonly command: SpendingCommand; answer: Outcome | null };

const amount = () => credits(BigInt(1 + Math.floor(Math.random() * 50)));

/** Spends, or holds and captures, until the server dies. */
async function callUntilDeath(
  server: Server,
  accountIds: readonly string[],
  asked: Map<string, Asked>,
  onAnswer: () => void,
): Promise<void> {
  const ask = async (accountId: string, command: SpendingCommand) => {
    const key = newId();
    const call: Asked = { accountId, command, answer: null };
    asked.set(key, call);
    call.answer = await server.submit(accountId, { key, command });
    onAnswer();
  };
  for (;;) {
    const accountId = accountIds[Math.floor(Math.random() * accountIds.length)] as string;
    if (Math.random() < 0.6) {
      await ask(accountId, { kind: "spend", credits: amount(), purpose: PURPOSE });
      continue;
    }
    const holdId = newId();
    await ask(accountId, { kind: "hold", holdId, credits: amount(), ttlMs: 60_000, purpose: PURPOSE });
    if (Math.random() < 0.8) await ask(accountId, { kind: "capture", holdId, credits: amount() });
    else await ask(accountId, { kind: "release", holdId });
  }
}

/** How many commands each key is on, and what was used by each account. */
async function readBooks(accountIds: readonly string[]) {
  const own = sql`account_id = any(${plainArray(accountIds)}::uuid[])`;
  const effects = await test.db.execute<{ key: string; effects: string }>(
    sql`select replace(key::text, '-', '') as key, count(*)::text as effects from entries where key is not null and ${own} group by key`,
  );
  const used = await test.db.execute<{ account_id: string; used: string }>(
    sql`select account_id, sum(credits)::text as used from entries where category is not null and ${own} group by account_id`,
  );
  return {
    effects: new Map(effects.map((each) => [each.key, each.effects])),
    used: new Map(used.map((each) => [each.account_id, BigInt(each.used)])),
  };
}

/** Plays one process's life and death, which comes after some answers, in the middle of others. */
async function liveAndDie(
  server: Server,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, Asked>> {
  const asked = new Map<string, Asked>();
  let answersLeft = Math.floor(Math.random() * MAX_ANSWERS);
  const enough = new Promise<void>((resolve) => {
    const count = () => {
      answersLeft -= 1;
      if (answersLeft < 0) resolve();
    };
    count();
    for (let n = 0; n < CALLERS; n += 1)
      void callUntilDeath(server, accountIds, asked, count).catch(() => {});
  });
  await enough;
  await sleep(Math.random() * MAX_LONGER_MS);
  await server.kill();
  return asked;
}

/** Asks everything again with the same keys: what was answered is answered alike, and the rest is done by then. */
async function askAgain(survivor: Batcher, asked: ReadonlyMap<string, Asked>): Promise<void> {
  const calls = [...asked].map(async ([key, { accountId, command, answer }]) => {
    const again = await survivor.submit(accountId, { key, command });
    if (answer) expect(again).toEqual({ ...answer, kind: "replayed" });
    else expect(["done", "replayed"]).toContain(again.kind);
  });
  await Promise.all(calls);
}

async function expectEachOnce(
  asked: ReadonlyMap<string, Asked>,
  accountIds: readonly string[],
): Promise<void> {
  const { effects, used } = await readBooks(accountIds);
  const expected = new Map<string, bigint>();
  for (const [key, { accountId, command }] of asked) {
    expect(effects.get(keyMark(key))).toBe("1");
    if (command.kind !== "spend" && command.kind !== "capture") continue;
    expected.set(accountId, (expected.get(accountId) ?? 0n) + command.credits);
  }
  expect(used).toEqual(expected);
  expect(effects.size).toBe(asked.size);
}

it(
  `I7: a process killed in the middle of its batches loses nothing it answered and does nothing twice, ${ROUNDS} times`,
  async () => {
    const made = await Promise.all([1, 2, 3].map(() => makeAccount(test.db)));
    const accountIds = made.map((each) => each.accountId);
    const everything = new Map<string, Asked>();
    const survivor = createBatcher(test.db);
    let next = startServer(test.appUrl);
    for (let round = 1; round <= ROUNDS; round += 1) {
      const server = await next;
      if (round < ROUNDS) next = startServer(test.appUrl);
      const asked = await liveAndDie(server, accountIds);
      await askAgain(survivor, asked);
      for (const [key, call] of asked) everything.set(key, call);
    }
    await survivor.close();
    await expectEachOnce(everything, accountIds);
    const answered = [...everything.values()].filter((each) => each.answer);
    expect(answered.length).toBeGreaterThan(ROUNDS);
    expect(everything.size).toBeGreaterThan(answered.length);
  },
  LONG_MS,
);
