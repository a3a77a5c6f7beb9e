import { setTimeout as sleep } from "node:timers/promises";
import { eq, sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { entries, grants } from "../../db/schema";
import { sqlState, transact } from "../../db/transact";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { newId } from "../ids";
import { credits } from "../money/credits";
import { commit, type Keyed, type Outcome } from "./commit";
import type { Command } from "./decide";
import { getBalance } from "./queries";
import type { GrantKind } from "./state";

const test = openTestDatabase();
const DAY_MS = 86_400_000;
const PURPOSE = { category: "ai_processing", resource: "sonata", reference: null } as const;

const spend = (amount: bigint, key: string = newId()): Keyed => ({
  key,
  command: { kind: "spend", credits: credits(amount), purpose: PURPOSE },
});

const give = (
  amount: bigint,
  options: { source?: string; startsInMs?: number; expiresInMs?: number; kind?: GrantKind } = {},
): Keyed & { readonly command: Extract<Command, { kind: "grant" }> } => {
  const source = options.source ?? `test:${newId()}`;
  const startsAt = new Date(Date.now() + (options.startsInMs ?? -2 * DAY_MS));
  const expiresAt = new Date(Date.now() + (options.expiresInMs ?? DAY_MS));
  const grant = {
    id: newId(),
    kind: options.kind ?? "purchase",
    source,
    credits: credits(amount),
    startsAt,
    expiresAt,
  } as const;
  return { key: source, command: { kind: "grant", grant } };
};

type Extend = Extract<Command, { kind: "extend" }>;

const extend = (grantId: string, inMs: number): Keyed & { readonly command: Extend } => ({
  key: newId(),
  command: { kind: "extend", grantId, expiresAt: new Date(Date.now() + inMs) },
});

const run = (accountId: string, ...list: Keyed[]) => transact(test.db, (tx) => commit(tx, accountId, list));

describe("the one writer of the ledger", () => {
  it("spends plan credits before any add-on credit (I6) and keeps every part equal to its entries (I2, I4)", async () => {
    const { accountId } = await makeAccount(test.db);
    await run(accountId, give(5_000_000n), spend(24_000_001n));
    const balance = await getBalance(test.db, accountId);
    expect(balance).toMatchObject({
      total: 29_000_000n,
      used: 24_000_001n,
      remaining: 4_999_999n,
      remainingPlan: 0n,
    });
  });

  it("answers a repeated key with the first answer and refuses it with another body (I7)", async () => {
    const { accountId } = await makeAccount(test.db);
    const [first] = await run(accountId, spend(700n, "k"));
    const [again, other] = await run(accountId, spend(700n, "k"), spend(701n, "k"));
    expect(first?.kind).toBe("done");
    expect(again).toEqual({ ...first, kind: "replayed" });
    expect(other).toEqual({ kind: "refused", refusal: { code: "idempotency_key_reused" } });
    expect((await getBalance(test.db, accountId)).used).toBe(700n);
  });

  it("whole: lets a refusal leave no trace: the key may be tried again", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "free" });
    const [refused] = await run(accountId, spend(1_000_001n, "again"));
    expect(refused).toMatchObject({
      kind: "refused",
      refusal: { code: "insufficient_credits", available: 1_000_000n },
    });
    const [, done] = await run(accountId, give(1n), spend(1_000_001n, "again"));
    expect(done?.kind).toBe("done");
  });

  it("never spends from a grant at or past its expiry, although no job ran (I5), and the sweep only tidies up", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "free" });
    await run(accountId, give(500n, { expiresInMs: -DAY_MS }));
    expect((await getBalance(test.db, accountId)).remaining).toBe(1_000_000n);
    expect(await run(accountId, spend(1_000_001n))).toMatchObject([{ kind: "refused" }]);
    expect(await run(accountId, { key: "sweep", command: { kind: "expire" } })).toMatchObject([
      { kind: "done", answer: { kind: "expired", credits: 500n } },
    ]);
    expect(await run(accountId, { key: "sweep 2", command: { kind: "expire" } })).toMatchObject([
      { kind: "refused" },
    ]);
  });

  it("I5: goes by the instant at which it got the lock, not at which it asked for it", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    await run(accountId, give(10n, { expiresInMs: 400 }));
    let waiting: Promise<readonly Outcome[]> = Promise.resolve([]);
    await test.owner.begin(async (owner) => {
      await owner`select 1 from balances where account_id = ${accountId} for update`;
      waiting = run(accountId, spend(1n));
      await owner`select pg_sleep(0.5)`;
    });
    expect(await waiting).toMatchObject([{ kind: "refused", refusal: { available: 0n } }]);
  });

  it("I6: takes first from a plan grant that begins while an add-on is spent from", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    await run(accountId, give(100n));
    await run(accountId, give(10n, { kind: "plan", startsInMs: 200 }));
    await run(accountId, spend(1n));
    await sleep(250);
    expect(await run(accountId, spend(10n))).toMatchObject([{ answer: { from: [{ credits: 10n }] } }]);
    expect(await getBalance(test.db, accountId)).toMatchObject({ remainingPlan: 0n, remainingAddOn: 99n });
  });

  it("I12: takes first what a hold gave back by itself to the plan grant", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    await run(accountId, give(100n), give(10n, { kind: "plan" }));
    const hold = {
      kind: "hold",
      holdId: newId(),
      credits: credits(10n),
      ttlMs: 200,
      purpose: PURPOSE,
    } as const;
    await run(accountId, { key: newId(), command: hold });
    await run(accountId, spend(1n));
    await sleep(250);
    await run(accountId, spend(10n));
    expect(await getBalance(test.db, accountId)).toMatchObject({ remainingPlan: 0n, remainingAddOn: 99n });
  });

  it("I2: brings a grant's row up to date when another is spent from", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    await run(accountId, give(100n));
    await run(accountId, spend(7n));
    await run(accountId, give(10n, { kind: "plan" }));
    await run(accountId, spend(12n));
    expect(await getBalance(test.db, accountId)).toMatchObject({ remainingPlan: 0n, remainingAddOn: 91n });
  });

  it("life: extends a grant past its expiry without moving a credit, and answers again as it did (I7)", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    const given = give(100n, { expiresInMs: 1_000 });
    const grantId = given.command.grant.id;
    await run(accountId, given);
    const later = extend(grantId, 60_000);
    const [first] = await run(accountId, later);
    expect(first).toMatchObject({
      kind: "done",
      seq: 0n,
      answer: { kind: "extended", grantId, expiresAt: later.command.expiresAt },
    });
    await sleep(1_050);
    expect(await run(accountId, spend(60n))).toMatchObject([{ kind: "done" }]);
    expect(await run(accountId, later)).toEqual([{ ...first, kind: "replayed" }]);
    expect(await run(accountId, { ...extend(grantId, 90_000), key: later.key })).toMatchObject([
      { refusal: { code: "idempotency_key_reused" } },
    ]);
    const { grants: live, lastSeq } = await getBalance(test.db, accountId);
    expect(live).toMatchObject([{ remaining: 40n, expiresAt: later.command.expiresAt }]);
    expect(lastSeq).toBe(2n);
  });

  it("life: never shortens a grant, and brings none back that is over, swept or not", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    const [over, live] = [give(5n, { expiresInMs: -1 }), give(7n, { expiresInMs: DAY_MS })];
    await run(accountId, over, live);
    const tried = () =>
      run(
        accountId,
        extend(over.command.grant.id, DAY_MS),
        extend(live.command.grant.id, DAY_MS - 5_000),
        extend(newId(), DAY_MS),
      );
    const refusals = ["grant_expired", "nothing_to_do", "grant_not_found"].map((code) => ({
      kind: "refused",
      refusal: { code },
    }));
    expect(await tried()).toEqual(refusals);
    await run(accountId, { key: newId(), command: { kind: "expire" } });
    expect(await tried()).toEqual(refusals);
    expect((await getBalance(test.db, accountId)).remaining).toBe(7n);
  });

  it("life: writes down what a grant got in the batch that gave it", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    const given = give(5n, { expiresInMs: 10_000 });
    const later = extend(given.command.grant.id, DAY_MS);
    await run(accountId, given, later);
    expect((await getBalance(test.db, accountId)).grants).toMatchObject([
      { expiresAt: later.command.expiresAt },
    ]);
  });

  it("life: gives a hold's credits back to the grant it came from when that was extended (I12)", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    const given = give(100n, { expiresInMs: 600 });
    const holdId = newId();
    const hold = { kind: "hold", holdId, credits: credits(30n), ttlMs: DAY_MS, purpose: PURPOSE } as const;
    await run(accountId, given, { key: newId(), command: hold }, extend(given.command.grant.id, DAY_MS));
    await sleep(650);
    expect((await getBalance(test.db, accountId)).remaining).toBe(70n);
    await run(accountId, { key: newId(), command: { kind: "release", holdId } });
    expect(await getBalance(test.db, accountId)).toMatchObject({ remaining: 100n, held: 0n });
  });

  it("I6: lets the grant that is spent from make way when it is extended beyond another", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    const [first, second] = [give(100n, { expiresInMs: DAY_MS }), give(100n, { expiresInMs: 2 * DAY_MS })];
    await run(accountId, first, second, spend(1n));
    await run(accountId, extend(first.command.grant.id, 3 * DAY_MS));
    expect(await run(accountId, spend(101n))).toMatchObject([
      {
        answer: {
          from: [
            { grantId: second.command.grant.id, credits: 100n },
            { grantId: first.command.grant.id, credits: 1n },
          ],
        },
      },
    ]);
  });

  it("debt: revokes a grant that has yet to begin, whole and without a debt", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    const [now, next] = [give(10n), give(50n, { kind: "plan", startsInMs: 600 })];
    await run(accountId, now, next, spend(4n));
    const command = { kind: "revoke", grantId: next.command.grant.id, credits: credits(50n) } as const;
    expect(await run(accountId, { key: newId(), command })).toMatchObject([
      { kind: "done", answer: { kind: "revoked", credits: 50n, debt: 0n } },
    ]);
    await sleep(650);
    expect(await getBalance(test.db, accountId)).toMatchObject({
      remaining: 6n,
      remainingPlan: 0n,
      owed: 0n,
    });
    expect(await run(accountId, spend(7n))).toMatchObject([{ refusal: { available: 6n } }]);
    expect(await run(accountId, spend(6n))).toMatchObject([{ kind: "done" }]);
  });

  it("I3: gives 40 callers at once exactly what the balance holds, one effect each", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "free" });
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => run(accountId, spend(100_000n))));
    expect(outcomes.filter(([each]) => each?.kind === "done")).toHaveLength(10);
    expect((await getBalance(test.db, accountId)).remaining).toBe(0n);
  });

  it("rolls everything back with the caller's transaction", async () => {
    const { accountId } = await makeAccount(test.db);
    const failing = transact(test.db, async (tx) => {
      await commit(tx, accountId, [give(5n), spend(6n)]);
      throw new Error("the caller changed its mind");
    });
    await expect(failing).rejects.toThrow("changed its mind");
    expect((await getBalance(test.db, accountId)).total).toBe(24_000_000n);
  });
});

describe("what the database refuses the application (I1, I3)", () => {
  it("refuses to change or remove an entry", async () => {
    const { accountId } = await makeAccount(test.db);
    const update = test.db
      .update(entries)
      .set({ credits: credits(1n) })
      .where(eq(entries.accountId, accountId));
    const remove = test.db.delete(entries).where(eq(entries.accountId, accountId));
    for (const attempt of [update, remove]) {
      const error = await Promise.resolve(attempt).catch((caught: unknown) => caught);
      expect(sqlState(error)).toBe("42501");
    }
  });

  it("refuses to alter a table", async () => {
    const error = await test.db
      .execute(sql`alter table entries drop column at`)
      .catch((caught: unknown) => caught);
    expect(sqlState(error)).toBe("42501");
  });

  it("refuses a grant whose parts do not add up, and a negative part", async () => {
    const { accountId } = await makeAccount(test.db);
    for (const part of [credits(1n), -1n as never]) {
      const error = await test.db
        .update(grants)
        .set({ remainingCredits: part })
        .where(eq(grants.accountId, accountId))
        .catch((caught: unknown) => caught);
      expect(sqlState(error)).toBe("23514");
    }
  });
});
