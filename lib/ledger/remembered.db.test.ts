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

const test = openTestDatabase();
const PURPOSE = { category: "ai_processing", resource: null, reference: null } as const;
const HOUR_MS = 3_600_000;

const spend = (amount: bigint, key: string = newId()): Keyed<SpendingCommand> => ({
  key,
  command: { kind: "spend", credits: credits(amount), purpose: PURPOSE },
});

/** Somebody else's transaction: the batcher hears nothing of it. */
const elsewhere = (accountId: string, ...keyed: Keyed[]) =>
  transact(test.db, (tx) => commit(tx, accountId, keyed));

const give = (amount: bigint, lastsMs: number): Keyed => {
  const id = newId();
  const now = Date.now();
  const instants = { startsAt: new Date(now - HOUR_MS), expiresAt: new Date(now + lastsMs) };
  const grant = { id, kind: "purchase", source: id, credits: credits(amount), ...instants } as const;
  return { key: id, command: { kind: "grant", grant } };
};

const extend = (grantId: string, inMs: number) =>
  ({
    key: newId(),
    command: { kind: "extend", grantId, expiresAt: new Date(Date.now() + inMs) },
  }) as const;

type Spent = { readonly at: Date; isFrom(grantId: string): boolean };

/** Spends without a pause from several callers at once, until that is over. A refusal is an error of the test. */
async function spendUntil(isOver: (spent: readonly Spent[]) => boolean, accountId: string, spent: Spent[]) {
  const batcher = createBatcher(test.db);
  const caller = async () => {
    while (!isOver(spent)) {
      const outcome = await batcher.submit(accountId, spend(1n));
      if (outcome.kind === "refused") throw new Error(outcome.refusal.code);
      const { answer, at } = outcome;
      const from = answer.kind === "spent" ? answer.from : [];
      spent.push({ at, isFrom: (grantId) => from.length === 1 && from[0]?.grantId === grantId });
    }
  };
  await Promise.all(Array.from({ length: 16 }, caller));
}

/** Spends until hundreds of spends after an instant; says which were made before it, and which not. */
async function spendAcross(accountId: string, boundary: Date) {
  const spent: Spent[] = [];
  await spendUntil((made) => (made.at(-300)?.at ?? 0) >= boundary, accountId, spent);
  return {
    before: spent.filter((each) => each.at < boundary),
    after: spent.filter((each) => each.at >= boundary),
  };
}

/** An account whose state a batcher remembers, because it has just spent from it. */
async function remembered() {
  const { accountId } = await makeAccount(test.db, { plan: "free" });
  const batcher = createBatcher(test.db);
  for (const amount of [1n, 2n]) await batcher.submit(accountId, spend(amount));
  const { grants } = await getBalance(test.db, accountId);
  const [grant] = grants;
  if (!grant) throw new Error("no grant");
  return { accountId, batcher, grantId: grant.id };
}

describe("a spend decided on what a process remembers", () => {
  it("takes from the same grant, numbered on, and is answered like any other", async () => {
    const { accountId, batcher, grantId } = await remembered();
    const [first, second] = await Promise.all([
      batcher.submit(accountId, spend(10n)),
      batcher.submit(accountId, spend(20n)),
    ]);
    expect(first).toMatchObject({ kind: "done", seq: 4n, answer: { from: [{ grantId, credits: 10n }] } });
    expect(second).toMatchObject({ kind: "done", seq: 5n });
    expect((await getBalance(test.db, accountId)).remaining).toBe(999_967n);
  });

  it("answers a repeated key as it did, to the millisecond (I7)", async () => {
    const { accountId, batcher } = await remembered();
    const first = await batcher.submit(accountId, spend(10n, "k"));
    expect(await batcher.submit(accountId, spend(10n, "k"))).toEqual({ ...first, kind: "replayed" });
    expect(await batcher.submit(accountId, spend(11n, "k"))).toMatchObject({
      refusal: { code: "idempotency_key_reused" },
    });
    expect((await getBalance(test.db, accountId)).used).toBe(13n);
  });

  it("is not made when the grant was frozen since, though no credit moved", async () => {
    const { accountId, batcher, grantId } = await remembered();
    await elsewhere(accountId, { key: newId(), command: { kind: "freeze", grantId } });
    expect(await batcher.submit(accountId, spend(1n))).toMatchObject({
      refusal: { code: "insufficient_credits", available: 0n },
    });
    await elsewhere(accountId, { key: newId(), command: { kind: "unfreeze", grantId } });
    expect(await batcher.submit(accountId, spend(1n))).toMatchObject({ kind: "done" });
  });

  it("is not made from credits that were spent elsewhere since", async () => {
    const { accountId, batcher } = await remembered();
    await elsewhere(accountId, spend(999_990n));
    expect(await batcher.submit(accountId, spend(8n))).toMatchObject({
      refusal: { code: "insufficient_credits", available: 7n },
    });
    expect(await batcher.submit(accountId, spend(7n))).toMatchObject({ kind: "done" });
  });

  it("takes credits first that came in since and go first", async () => {
    const { accountId, batcher, grantId } = await remembered();
    const id = newId();
    const now = Date.now();
    const instants = { startsAt: new Date(now - HOUR_MS), expiresAt: new Date(now + HOUR_MS) };
    const grant = { id, kind: "plan", source: id, credits: credits(5n), ...instants } as const;
    await elsewhere(accountId, { key: id, command: { kind: "grant", grant } });
    const outcome = await batcher.submit(accountId, spend(6n));
    expect(outcome).toMatchObject({
      answer: {
        from: [
          { grantId: id, credits: 5n },
          { grantId, credits: 1n },
        ],
      },
    });
  });

  it("I6: takes from the grant that goes first since another was extended beyond it, though no credit moved", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    const batcher = createBatcher(test.db);
    const [first, second] = [give(101n, HOUR_MS), give(100n, 2 * HOUR_MS)];
    await elsewhere(accountId, first, second);
    await batcher.submit(accountId, spend(1n));
    // As much is left of the one as of the other: only their names differ.
    await elsewhere(accountId, extend(first.key, 3 * HOUR_MS));
    expect(await batcher.submit(accountId, spend(1n))).toMatchObject({
      answer: { from: [{ grantId: second.key, credits: 1n }] },
    });
    await elsewhere(accountId, extend(second.key, 4 * HOUR_MS));
    expect(await batcher.submit(accountId, spend(1n))).toMatchObject({
      answer: { from: [{ grantId: first.key, credits: 1n }] },
    });
  });

  it("I6: changes over at the very instant of an extension, under spends that never pause", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    const [first, second] = [give(1_000_000n, HOUR_MS), give(1_000_000n, 2 * HOUR_MS)];
    await elsewhere(accountId, first, second);
    let extendedAt: Date | null = null;
    const spent: Spent[] = [];
    const isOver = () => extendedAt !== null && (spent.at(-300)?.at ?? 0) > extendedAt;
    const spending = spendUntil(isOver, accountId, spent);
    await expect.poll(() => spent.length, { timeout: 10_000 }).toBeGreaterThan(300);
    const [extended] = await elsewhere(accountId, extend(first.key, 3 * HOUR_MS));
    if (extended?.kind !== "done") throw new Error("not extended");
    const { at } = extended;
    extendedAt = at;
    await spending;
    for (const each of spent.filter((one) => one.at < at)) expect(each.isFrom(first.key)).toBe(true);
    for (const each of spent.filter((one) => one.at > at)) expect(each.isFrom(second.key)).toBe(true);
  });

  it("life: goes on from a grant that was extended, past the end that is remembered, with no refusal", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    const [first, second] = [give(1_000_000n, 1_000), give(1_000_000n, HOUR_MS)];
    await elsewhere(accountId, first, second);
    const formerEnd = new Date(Date.now() + 1_000);
    const longer = extend(first.key, 2_000);
    const spent: Spent[] = [];
    const spending = spendUntil((made) => (made.at(-1)?.at ?? 0) >= formerEnd, accountId, spent);
    await expect.poll(() => spent.length).toBeGreaterThan(0);
    await elsewhere(accountId, longer);
    await spending;
    const { before, after } = await spendAcross(accountId, longer.command.expiresAt);
    for (const each of [...spent, ...before]) expect(each.isFrom(first.key)).toBe(true);
    for (const each of after) expect(each.isFrom(second.key)).toBe(true);
    expect(Math.min(spent.length, before.length, after.length)).toBeGreaterThan(100);
  });

  it("I5: changes to the grant written ahead exactly at the instant at which the old one ends, with no refusal", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    const boundary = new Date(Date.now() + 1_000);
    const [old, next] = [newId(), newId()];
    const plan = (id: string, startsAt: Date, expiresAt: Date): Keyed => {
      const grant = {
        id,
        kind: "plan",
        source: id,
        credits: credits(1_000_000n),
        startsAt,
        expiresAt,
      } as const;
      return { key: id, command: { kind: "grant", grant } };
    };
    await elsewhere(accountId, plan(old, new Date(Date.now() - HOUR_MS), boundary));
    await elsewhere(accountId, plan(next, boundary, new Date(boundary.getTime() + HOUR_MS)));
    const { before, after } = await spendAcross(accountId, boundary);
    for (const each of before) expect(each.isFrom(old)).toBe(true);
    for (const each of after) expect(each.isFrom(next)).toBe(true);
    expect(Math.min(before.length, after.length)).toBeGreaterThan(100);
  });

  it("is not made once the grant is past its expiry, although no job ran (I5)", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "free" });
    const batcher = createBatcher(test.db);
    await elsewhere(accountId, spend(1_000_000n), give(1_000_000n, 700));
    const until = Date.now() + 1_500;
    const instants: Date[] = [];
    const { grants } = await getBalance(test.db, accountId);
    const expiresAt = grants.find((each) => each.remaining > 0n)?.expiresAt;
    while (Date.now() < until) {
      const outcome = await batcher.submit(accountId, spend(1n));
      if (outcome.kind === "refused") break;
      instants.push(outcome.at);
    }
    expect(instants.length).toBeGreaterThan(10);
    expect(expiresAt && instants.every((at) => at < expiresAt)).toBe(true);
    expect(Date.now()).toBeLessThan(until); // It was refused, not only given up.
  });

  it("waits for nobody who holds the account's lock: others in its batch are answered", async () => {
    const [held, free] = [await remembered(), await makeAccount(test.db, { plan: "free" })];
    const { batcher } = held;
    await batcher.submit(free.accountId, spend(1n));
    let letGo: (() => void) | undefined;
    const holding = transact(test.db, async (tx) => {
      await commit(tx, held.accountId, [spend(1n)]);
      await new Promise<void>((resolve) => {
        letGo = resolve;
      });
    });
    await expect.poll(() => letGo).toBeDefined();
    const stuck = batcher.submit(held.accountId, spend(1n));
    const outcome = await batcher.submit(free.accountId, spend(1n));
    expect(outcome.kind).toBe("done");
    letGo?.();
    await holding;
    expect((await stuck).kind).toBe("done");
  });
});
