import { expect, it } from "vitest";
import { transact } from "../../db/transact";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { newId } from "../ids";
import { credits } from "../money/credits";
import { commit } from "./commit";
import { watchBalances } from "./watch-balances";

const test = openTestDatabase();
const purpose = { category: "platform", resource: null, reference: null } as const;

async function spend(accountId: string): Promise<void> {
  const command = { kind: "spend", credits: credits(5n), purpose } as const;
  await transact(test.db, (tx) => commit(tx, accountId, [{ key: newId(), command }]));
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 60));

it("tells each watcher where its account is and when it moved, with one query for all", async () => {
  const [a, b] = [await makeAccount(test.db), await makeAccount(test.db)];
  let queries = 0;
  const counted = {
    select: test.db.select.bind(test.db),
    execute: ((query) => {
      queries += 1;
      return test.db.execute(query);
    }) as typeof test.db.execute,
  };
  const { watch } = watchBalances(counted, { everyMs: 10, onTrouble: () => {} });
  const told: bigint[][] = [[], [], []];
  const queriesWhenTold: number[] = [];
  const stops = [a, a, b].map(({ accountId }, index) =>
    watch(accountId, (seq) => {
      told[index]?.push(seq);
      queriesWhenTold.push(queries);
    }),
  );
  await expect.poll(() => told).toEqual([[1n], [1n], [1n]]);
  expect(queriesWhenTold).toEqual([1, 1, 1]);
  await spend(a.accountId);
  await expect.poll(() => told).toEqual([[1n, 2n], [1n, 2n], [1n]]);
  for (const stop of stops) stop();
  await pause();
  const before = queries;
  await spend(a.accountId);
  await pause();
  expect(told[0]).toEqual([1n, 2n]);
  expect(queries).toBe(before);
  const stop = watch(a.accountId, (seq) => told[2]?.push(seq));
  await expect.poll(() => told[2]).toEqual([1n, 3n]);
  stop();
  await pause();
});

it("goes on when looking failed, and says so once", async () => {
  const { accountId } = await makeAccount(test.db);
  let failures = 3;
  const failing = {
    select: test.db.select.bind(test.db),
    execute: ((query) => {
      failures -= 1;
      if (failures >= 0) throw new Error("away");
      return test.db.execute(query);
    }) as typeof test.db.execute,
  };
  const troubles: unknown[] = [];
  const { watch } = watchBalances(failing, { everyMs: 10, onTrouble: (error) => troubles.push(error) });
  const told: bigint[] = [];
  const stop = watch(accountId, (seq) => told.push(seq));
  await expect.poll(() => told).toEqual([1n]);
  expect(troubles).toHaveLength(1);
  stop();
  await pause();
});

it("I26: tells everybody, also when one of them cannot be told", async () => {
  const [broken, fine] = [await makeAccount(test.db), await makeAccount(test.db)];
  const troubles: unknown[] = [];
  const told: bigint[] = [];
  const { watch } = watchBalances(test.db, { everyMs: 10, onTrouble: (error) => troubles.push(error) });
  const stops = [
    watch(broken.accountId, () => {
      throw new Error("gone");
    }),
    watch(fine.accountId, (seq) => told.push(seq)),
  ];
  await expect.poll(() => told).toEqual([1n]);
  expect(troubles).toHaveLength(1);
  for (const stop of stops) stop();
  await pause();
});
