import { describe, expect, it } from "vitest";
import { transact } from "../../db/transact";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { newId } from "../ids";
import { credits } from "../money/credits";
import { createBatcher } from "./batcher";
import { commit, type Keyed } from "./commit";
import type { SpendingCommand } from "./decide";
import { getBalance } from "./queries";
import { setOpensAt } from "./start-cycle";

const test = openTestDatabase();
const PURPOSE = { category: "ai_processing", resource: null, reference: null } as const;
const HOUR_MS = 3_600_000;
const FREE = 1_000_000n;

const keyed = (command: SpendingCommand, key: string = newId()): Keyed<SpendingCommand> => ({ key, command });
const spend = (amount: bigint, key?: string) =>
  keyed({ kind: "spend", credits: credits(amount), purpose: PURPOSE }, key);

const act = (accountId: string, ...list: Keyed[]) => transact(test.db, (tx) => commit(tx, accountId, list));
const opensIn = (accountId: string, ms: number) =>
  transact(test.db, (tx) => setOpensAt(tx, [{ accountId, at: new Date(Date.now() + ms) }]));

const give = (kind: "plan" | "purchase", amount: bigint): Keyed => {
  const id = newId();
  const now = Date.now();
  const instants = { startsAt: new Date(now - HOUR_MS), expiresAt: new Date(now + HOUR_MS) };
  const grant = { id, kind, source: id, credits: credits(amount), ...instants } as const;
  return { key: id, command: { kind: "grant", grant } };
};

/** An account with add-on credits alone, of which somebody has to be asked; opening it gives plan credits. */
async function makeOver() {
  const { accountId } = await makeAccount(test.db, { plan: "free", daysIntoCycle: 31 });
  await act(accountId, give("purchase", 500n));
  const asked: string[] = [];
  const open = async (id: string) => {
    asked.push(id);
    await act(id, give("plan", 300n));
    await opensIn(id, HOUR_MS);
  };
  return { accountId, asked, open, batcher: createBatcher(test.db, { open }) };
}

describe("from the instant on at which an account opens", () => {
  it("I6: somebody is asked once before any of the commands that come is decided, so that plan credits go first", async () => {
    const { accountId, asked, batcher } = await makeOver();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, () => batcher.submit(accountId, spend(4n))),
    );
    expect(outcomes.every((each) => each.kind === "done")).toBe(true);
    expect(asked).toEqual([accountId]);
    expect(await getBalance(test.db, accountId)).toMatchObject({
      mustOpen: false,
      remainingPlan: 100n,
      remainingAddOn: 500n,
    });
  });

  it("a capture of more than its hold makes no debt, and a hold and a release wait as well", async () => {
    const { accountId, asked, batcher } = await makeOver();
    const [one, two] = [newId(), newId()];
    const hold = (holdId: string) =>
      ({ kind: "hold", holdId, credits: credits(250n), ttlMs: 60_000, purpose: PURPOSE }) as const;
    for (const id of [one, two]) await act(accountId, keyed(hold(id)));
    const captured = await batcher.submit(
      accountId,
      keyed({ kind: "capture", holdId: one, credits: credits(400n) }),
    );
    expect(captured).toMatchObject({ kind: "done", answer: { owed: 0n } });
    await opensIn(accountId, -1);
    expect(await batcher.submit(accountId, keyed({ kind: "release", holdId: two }))).toMatchObject({
      answer: { returned: 250n },
    });
    await opensIn(accountId, -2);
    expect(await batcher.submit(accountId, keyed(hold(newId())))).toMatchObject({ kind: "done" });
    expect(asked).toHaveLength(3);
  });

  it("a spend decided on what a process remembers is asked about, too, and none before", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "free" });
    const asked: string[] = [];
    const batcher = createBatcher(test.db, {
      open: async (id) => {
        asked.push(id);
        await opensIn(id, HOUR_MS);
      },
    });
    for (let count = 0; count < 3; count += 1) await batcher.submit(accountId, spend(1n));
    expect(asked).toEqual([]);
    await opensIn(accountId, -1);
    expect(await batcher.submit(accountId, spend(1n))).toMatchObject({ kind: "done", seq: 5n });
    expect(asked).toEqual([accountId]);
    for (let count = 0; count < 3; count += 1) await batcher.submit(accountId, spend(1n));
    expect(asked).toEqual([accountId]);
  });

  it("a repeated key has its first answer", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "free" });
    const open = (id: string) => opensIn(id, HOUR_MS);
    const batcher = createBatcher(test.db, { open });
    const first = await batcher.submit(accountId, spend(10n, "k"));
    await opensIn(accountId, -1);
    expect(await batcher.submit(accountId, spend(10n, "k"))).toEqual({ ...first, kind: "replayed" });
    expect(await batcher.submit(accountId, spend(11n, "k"))).toMatchObject({
      refusal: { code: "idempotency_key_reused" },
    });
    expect((await getBalance(test.db, accountId)).used).toBe(10n);
  });

  it("a command is decided on what is there where the asking changed nothing, and asked once for each", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "free" });
    await opensIn(accountId, -1);
    let asked = 0;
    const open = async () => {
      asked += 1;
    };
    const batcher = createBatcher(test.db, { open });
    expect(await batcher.submit(accountId, spend(FREE))).toMatchObject({ kind: "done" });
    expect(await batcher.submit(accountId, spend(1n))).toMatchObject({
      refusal: { code: "insufficient_credits" },
    });
    expect(asked).toBe(2);
    await batcher.close();
  });

  it("a command whose asking failed is not decided, and its caller is told why", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "free" });
    await opensIn(accountId, -1);
    const batcher = createBatcher(test.db, { open: () => Promise.reject(new Error("away")) });
    await expect(batcher.submit(accountId, spend(1n))).rejects.toThrow("away");
    expect(await getBalance(test.db, accountId)).toMatchObject({ mustOpen: true, used: 0n });
    await batcher.close();
  });

  it("only that account's neighbours in a batch are decided at once", async () => {
    const { accountId, asked, batcher } = await makeOver();
    const { accountId: other } = await makeAccount(test.db, { plan: "free" });
    const outcomes = await Promise.all([accountId, other].map((id) => batcher.submit(id, spend(1n))));
    expect(outcomes).toMatchObject([{ kind: "done" }, { kind: "done" }]);
    expect(asked).toEqual([accountId]);
  });
});

it("an internal command is decided whenever it comes, and an account is stable no longer than until it opens", async () => {
  const { accountId } = await makeAccount(test.db, { plan: "free" });
  const soon = new Date(Date.now() + 60_000);
  await transact(test.db, (tx) => setOpensAt(tx, [{ accountId, at: soon }]));
  const stableUntil = async () => {
    const [row] = await test.owner<{ stable_until: Date | null }[]>`
      select stable_until from balances where account_id = ${accountId}`;
    return row?.stable_until;
  };
  expect(await stableUntil()).toEqual(soon);
  await opensIn(accountId, -1);
  expect(await act(accountId, give("purchase", 10n))).toMatchObject([{ kind: "done" }]);
  await opensIn(accountId, HOUR_MS);
  await act(accountId, spend(1n));
  expect((await stableUntil())?.getTime()).toBeGreaterThan(Date.now());
  const stableTooLong = test.owner`
    update balances set stable_until = opens_at + interval '1 second' where account_id = ${accountId}`;
  await expect(stableTooLong).rejects.toThrow("balances_are_stable_until_they_open");
});
