import type { JobHelpers } from "graphile-worker";
import { expect, it } from "vitest";
import { transact } from "../../db/transact";
import { makeAccount } from "../../dev/testing/factories";
import { noMail } from "../../dev/testing/mail";
import { openShop } from "../../dev/testing/shop";
import { EVERY_DAY } from "../../dev/testing/usage";
import { newId } from "../ids";
import { createBatcher } from "../ledger/batcher";
import { commit, type Keyed } from "../ledger/commit";
import type { SpendingCommand } from "../ledger/decide";
import { listEntries } from "../ledger/entries";
import { foldUsage } from "../ledger/fold-usage";
import { USUAL_LIMITS } from "../ledger/limits";
import { getBalance } from "../ledger/queries";
import { getUsage } from "../ledger/usage";
import { listUsage, readUsage } from "../ledger/usage-spends";
import { credits } from "../money/credits";
import { tasks } from "./tasks";

const shop = openShop();
const PURPOSE = { category: "platform", resource: "large", reference: null } as const;
/** What a release before this one let anybody capture: three of them do not fit an int64 together. */
const HUGE = credits(2n ** 62n);
const WIDE = { ...USUAL_LIMITS, mostPerCall: HUGE, captureFloor: HUGE };
const INT64_MAX = "9223372036854775807";

type Said = { readonly accountId: string; readonly message: string };

/** Runs one task of the schedule, and returns what was said of accounts. */
async function run(task: string): Promise<Said[]> {
  const said: Said[] = [];
  const ignore = () => {};
  const error = (facts: unknown, message?: string) => {
    const { accountId } = facts as { accountId?: string };
    if (accountId && message) said.push({ accountId, message });
  };
  const log = { debug: ignore, info: ignore, warn: ignore, error };
  await tasks({ ...shop.deps, ...noMail, log })[task]?.({}, {} as JobHelpers);
  return said;
}

const give = (lastsMs: number): Keyed => {
  const id = newId();
  const now = Date.now();
  const instants = { startsAt: new Date(now - 3_600_000), expiresAt: new Date(now + lastsMs) };
  const grant = { id, kind: "promotional", source: id, credits: credits(10n), ...instants } as const;
  return { key: id, command: { kind: "grant", grant } };
};
const spend = (): Keyed => ({
  key: newId(),
  command: { kind: "spend", credits: credits(1n), purpose: PURPOSE },
});
const act = (accountId: string, ...keyed: Keyed[]) => transact(shop.db, (tx) => commit(tx, accountId, keyed));
const makeId = async () => (await makeAccount(shop.db, { plan: "free" })).accountId;

/** An account that has used three times a quarter of what an int64 can count, and owes it. */
async function makeGiant(): Promise<string> {
  const accountId = await makeId();
  const batcher = createBatcher(shop.db, { limits: WIDE });
  const submit = (command: SpendingCommand) => batcher.submit(accountId, { key: newId(), command });
  const holdIds = [newId(), newId(), newId()];
  for (const holdId of holdIds) {
    await submit({ kind: "hold", holdId, credits: credits(1n), ttlMs: 60_000, purpose: PURPOSE });
  }
  for (const holdId of holdIds) {
    expect(await submit({ kind: "capture", holdId, credits: HUGE })).toMatchObject({ kind: "done" });
  }
  await batcher.close();
  return accountId;
}

it("I26: an account whose sums pass an int64 is answered exactly, folded or not, and its books balance", async () => {
  const accountId = await makeGiant();
  const used = 3n * HUGE;
  for (const isFolded of [false, true]) {
    if (isFolded) await foldUsage(shop.db, accountId);
    const usage = await getUsage(shop.db, accountId, EVERY_DAY);
    expect(usage).toMatchObject({
      credits: used,
      spends: 3n,
      resources: [{ resource: "large", credits: used }],
    });
    const page = await listUsage(shop.db, accountId, EVERY_DAY, null);
    expect(page.spends.reduce((sum, each) => sum + each.credits, 0n)).toBe(used);
    let read = 0n;
    for await (const lines of readUsage(shop.db, accountId, EVERY_DAY)) {
      for (const each of lines) read += each.credits;
    }
    expect(read).toBe(used);
  }
  const balance = await getBalance(shop.db, accountId);
  expect(balance).toMatchObject({ remaining: 0n, owed: used - 1_000_000n });
  const page = await listEntries(shop.db, accountId, null, 100);
  const moved = page?.entries.filter((each) => each.to === "spent") ?? [];
  expect(moved.reduce((sum, each) => sum + each.credits, 0n)).toBe(used);
  // It goes on as any account in debt does.
  await act(accountId, give(3_600_000));
  expect(await getBalance(shop.db, accountId)).toMatchObject({ owed: used - 1_000_010n });
});

it("I26: an account that no job can serve is said once, and everybody behind it is served", async () => {
  const makeOver = async () => (await makeAccount(shop.db, { plan: "free", daysIntoCycle: 31 })).accountId;
  const [broken, one, two] = [await makeOver(), await makeOver(), await makeOver()];
  const all = [broken, one, two];
  for (const accountId of all) await act(accountId, give(3_600_000), spend());
  // The most behind, so that it comes first; and what is to be added to is as large as its column.
  await act(broken, spend(), spend(), spend());
  await shop.owner`insert into usage_days (account_id, day, category, resource, quarters, credits_until, spends_until, credits, spends, first_seq, last_seq)
    values (${broken}, (select max(at at time zone 'UTC')::date from entries where account_id = ${broken}), 3,
      'large', '{0}', ${`{${"9".repeat(38)}}`}, '{1}', ${"9".repeat(38)}, 1, 1, 1)`;
  // Its entries have no further number, so that nothing can be written down in it.
  const [kept] = await shop.owner`select last_seq from balances where account_id = ${broken}`;
  const behind =
    () => shop.owner`select b.account_id from balances b left join usage_progress p using (account_id)
    where b.account_id in ${shop.owner(all)} and b.last_seq > coalesce(p.seq, 0)`;
  expect(await run("fold_usage")).toEqual([
    { accountId: broken, message: "an account's usage could not be added up" },
  ]);
  expect(await behind()).toEqual([{ account_id: broken }]);

  await shop.owner`update balances set last_seq = ${INT64_MAX} where account_id = ${broken}`;
  await shop.owner`update grants set starts_at = now() - interval '2 hours', expires_at = now() - interval '1 second'
    where kind = 'promotional' and account_id in ${shop.owner(all)}`;
  expect(await run("expire_grants")).toEqual([
    { accountId: broken, message: "what came due in an account could not be written down" },
  ]);
  const left = await shop.owner`select account_id from current_grants
    where kind = 'promotional' and remaining_credits > 0 and account_id in ${shop.owner(all)}`;
  expect(left).toEqual([{ account_id: broken }]);

  expect(await run("open_cycles")).toEqual([{ accountId: broken, message: "a cycle could not be opened" }]);
  const due = await shop.owner`select id from accounts where period_end < now() and id in ${shop.owner(all)}`;
  expect(due).toEqual([{ id: broken }]);

  await shop.owner`update balances set last_seq = ${kept?.last_seq} where account_id = ${broken}`;
  await shop.owner`delete from usage_days where account_id = ${broken}`;
});
