import { expect, it } from "vitest";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { EVERY_DAY, expectEqualToLedger, openSpending, spend } from "../../dev/testing/usage";
import { foldAllUsage, foldUsage } from "./fold-usage";
import { getUsage } from "./usage";

const test = openTestDatabase();
const { run, lastSeq, backdate } = openSpending(test);
const silent = { error: () => {} };
const DAY_MS = 86_400_000;

it("a report equals the ledger in every moment while spends and folds run at once", async () => {
  const { accountId } = await makeAccount(test.db, { plan: "premium" });
  let spending = true;
  const spender = async () => {
    for (let n = 0; n < 60; n += 1) {
      await run(
        accountId,
        ...Array.from({ length: 7 }, () => spend(BigInt(1 + n), { resource: n % 2 ? "large" : null })),
      );
    }
    spending = false;
  };
  const folder = async () => {
    while (spending) await foldUsage(test.db, accountId, { entriesAtATime: 5 });
  };
  const reader = async () => {
    while (spending) {
      await test.db.transaction((tx) => expectEqualToLedger(tx, accountId, EVERY_DAY), {
        isolationLevel: "repeatable read",
      });
    }
  };
  await Promise.all([spender(), folder(), folder(), reader()]);
  await foldAllUsage({ db: test.db, log: silent });
  await expectEqualToLedger(test.db, accountId, EVERY_DAY);
  expect((await getUsage(test.db, accountId, EVERY_DAY)).spends).toBe(420n);
  const [progress] = await test.owner`select seq from usage_progress where account_id = ${accountId}`;
  expect(BigInt(progress?.seq)).toBe(await lastSeq(accountId));
});

it("a report is right when adding up is cut short half-way, and the next goes on after what was done", async () => {
  const { accountId } = await makeAccount(test.db, { plan: "premium" });
  for (let n = 0; n < 8; n += 1) {
    const before = await lastSeq(accountId);
    await run(accountId, ...Array.from({ length: 10 }, () => spend(BigInt(1 + n), { resource: "large" })));
    await backdate(accountId, before, n * 3 * DAY_MS);
  }
  const reports = [EVERY_DAY, { ...EVERY_DAY, timeZone: "Asia/Kathmandu" }];
  const expectRight = async () => {
    for (const each of reports) await expectEqualToLedger(test.db, accountId, each);
  };
  const progress = async () => {
    const [row] = await test.owner`select seq from usage_progress where account_id = ${accountId}`;
    return BigInt(row?.seq ?? 0);
  };
  await expectRight();

  // Told to stop after two transactions.
  const answers = [true, true];
  await foldUsage(test.db, accountId, { entriesAtATime: 7, goOn: () => answers.pop() ?? false });
  expect(await progress()).toBe(14n);
  await expectRight();

  // Killed within the third: its statement waits for the day's rows, and never gets them.
  await test.owner.begin(async (blocker) => {
    await blocker`lock table usage_days in share row exclusive mode`;
    const cut = foldUsage(test.db, accountId, { entriesAtATime: 7 }).then(
      () => "done",
      () => "cut short",
    );
    await expect
      .poll(async () => {
        const killed = await test.owner`
            select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock' and query ilike '%insert into usage_days%'`;
        return killed.length;
      })
      .toBeGreaterThan(0);
    expect(await cut).toBe("cut short");
  });
  expect(await progress()).toBe(14n);
  await expectRight();

  await foldAllUsage({ db: test.db, log: silent });
  expect(await progress()).toBe(await lastSeq(accountId));
  await expectRight();
});
