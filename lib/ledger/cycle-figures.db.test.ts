import { describe, expect, it } from "vitest";
import { transact } from "../../db/transact";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { newId } from "../ids";
import { credits } from "../money/credits";
import { commit } from "./commit";
import type { Command } from "./decide";
import { foldUsage } from "./fold-usage";
import { getBalance } from "./queries";
import { startCycle, startCycles } from "./start-cycle";
import { getUsage } from "./usage";

const test = openTestDatabase();
const PURPOSE = { category: "platform", resource: null, reference: null } as const;
const HOUR_MS = 3_600_000;
const PLAN = 24_000_000n;

const run = (accountId: string, ...commands: readonly Command[]) =>
  transact(test.db, (tx) =>
    commit(
      tx,
      accountId,
      commands.map((command) => ({ key: newId(), command })),
    ),
  );
const spend = (amount: bigint): Command => ({ kind: "spend", credits: credits(amount), purpose: PURPOSE });
const hold = (holdId: string, amount: bigint): Command => ({
  kind: "hold",
  holdId,
  credits: credits(amount),
  ttlMs: HOUR_MS,
  purpose: PURPOSE,
});
function grant(
  amount: bigint,
  lifeMs = HOUR_MS,
): { readonly id: string; readonly expiresAt: Date; readonly command: Command } {
  const id = newId();
  const span = { startsAt: new Date(Date.now() - HOUR_MS), expiresAt: new Date(Date.now() + lifeMs) };
  return {
    id,
    expiresAt: span.expiresAt,
    command: {
      kind: "grant",
      grant: { id, kind: "purchase", source: id, credits: credits(amount), ...span },
    },
  };
}

describe("I25: the figures of the running cycle", () => {
  it("say what was used, is held and remains of what was given", async () => {
    const { accountId, periodStart } = await makeAccount(test.db);
    await run(accountId, spend(1_000n), hold(newId(), 500n), grant(100n).command);
    expect(await getBalance(test.db, accountId)).toMatchObject({
      startedAt: periodStart,
      total: PLAN + 100n,
      used: 1_000n,
      paidBack: 0n,
      held: 500n,
      frozen: 0n,
      expired: 0n,
      remaining: PLAN - 1_400n,
      totalPlan: PLAN,
      totalAddOn: 100n,
      carriedOver: [],
      owed: 0n,
    });
  });

  it("are all zero where nothing was given", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    expect(await getBalance(test.db, accountId)).toMatchObject({
      total: 0n,
      remaining: 0n,
      expired: 0n,
    });
  });

  it("keep what pays a debt apart from what was used", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    const [first, second] = [grant(1_000n), grant(5_000n)];
    await run(accountId, first.command, spend(700n));
    await run(accountId, { kind: "revoke", grantId: first.id, credits: credits(1_000n) });
    expect(await getBalance(test.db, accountId)).toMatchObject({ total: 700n, used: 700n, owed: 700n });
    await run(accountId, second.command);
    expect(await getBalance(test.db, accountId)).toMatchObject({
      total: 5_700n,
      used: 700n,
      paidBack: 700n,
      remaining: 4_300n,
      owed: 0n,
    });
  });

  it("count from where the cycle begins, and name what was there before", async () => {
    const { accountId, periodEnd } = await makeAccount(test.db);
    await run(accountId, spend(1_000_000n));
    const [start] = await test.owner<
      { at: Date }[]
    >`select max(at) + interval '1 millisecond' as at from entries`;
    if (!start) throw new Error("there are entries");
    await new Promise((resume) => setTimeout(resume, 5));
    // Stripe's cycle begins, somebody spends, and only then is it heard of.
    await run(accountId, spend(300n));
    await transact(test.db, (tx) => startCycle(tx, accountId, start.at));
    await run(accountId, grant(40_000_000n).command, spend(9n));
    expect(await getBalance(test.db, accountId)).toMatchObject({
      startedAt: start.at,
      total: PLAN - 1_000_000n + 40_000_000n,
      used: 309n,
      remaining: PLAN - 1_000_309n + 40_000_000n,
      expired: 0n,
      carriedOver: [{ expiresAt: periodEnd, credits: PLAN - 1_000_000n }],
    });
    // What Usage adds up for the cycle is the same, folded or not.
    const within = { start: start.at, end: periodEnd };
    const [from, to] = [start.at, new Date()].map((each) => each.toISOString().slice(0, 10));
    const filter = {
      from: from as string,
      to: to as string,
      timeZone: "UTC",
      category: null,
      resource: null,
      within,
    };
    expect((await getUsage(test.db, accountId, filter)).credits).toBe(309n);
    await foldUsage(test.db, accountId);
    expect((await getUsage(test.db, accountId, filter)).credits).toBe(309n);
  });

  it("count each of several accounts from where its own cycle begins", async () => {
    const one = await makeAccount(test.db);
    const other = await makeAccount(test.db);
    for (const { accountId } of [one, other]) await run(accountId, spend(500n));
    const between = new Date();
    await new Promise((resume) => setTimeout(resume, 5));
    for (const { accountId } of [one, other]) await run(accountId, spend(30n));
    const before = new Date(between.getTime() - HOUR_MS);
    await transact(test.db, (tx) =>
      startCycles(tx, [
        { accountId: one.accountId, startsAt: between },
        { accountId: other.accountId, startsAt: before },
      ]),
    );
    expect(await getBalance(test.db, one.accountId)).toMatchObject({ startedAt: between, used: 30n });
    expect(await getBalance(test.db, other.accountId)).toMatchObject({ startedAt: before, used: 530n });
  });

  it("count from now on where the clock that named the start is ahead", async () => {
    const { accountId, periodEnd } = await makeAccount(test.db);
    await run(accountId, spend(70n));
    await new Promise((resume) => setTimeout(resume, 5));
    const ahead = new Date(Date.now() + HOUR_MS);
    await transact(test.db, (tx) => startCycle(tx, accountId, ahead));
    await run(accountId, spend(5n));
    const figures = await getBalance(test.db, accountId);
    expect(figures).toMatchObject({
      used: 5n,
      carriedOver: [{ expiresAt: periodEnd, credits: PLAN - 70n }],
    });
    expect(figures.startedAt < ahead).toBe(true);
  });

  it("lose nothing in this cycle that ended with the last, but what running work had held", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    const ending = grant(1_000n, 400);
    const [first, second] = [newId(), newId()];
    await run(accountId, ending.command, hold(first, 50n), hold(second, 7n));
    await new Promise((resume) => setTimeout(resume, 450));
    await transact(test.db, (tx) => startCycle(tx, accountId, ending.expiresAt));
    const held = { total: 57n, held: 57n, expired: 0n, used: 0n, remaining: 0n };
    expect(await getBalance(test.db, accountId)).toMatchObject(held);
    await run(accountId, { kind: "expire" });
    expect(await getBalance(test.db, accountId)).toMatchObject(held);
    await run(accountId, { kind: "capture", holdId: first, credits: credits(20n) });
    await run(accountId, { kind: "release", holdId: second });
    expect(await getBalance(test.db, accountId)).toMatchObject({
      total: 57n,
      held: 0n,
      expired: 37n,
      used: 20n,
    });
  });

  it("have what is frozen in the total, and apart from what remains", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    const given = grant(1_000n);
    await run(accountId, given.command, spend(300n), { kind: "freeze", grantId: given.id });
    expect(await getBalance(test.db, accountId)).toMatchObject({
      total: 1_000n,
      used: 300n,
      frozen: 700n,
      remaining: 0n,
    });
  });

  it("leave out what is revoked, and keep as used what was spent of it before", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    const [given, other] = [grant(1_000n), grant(500n)];
    await run(accountId, given.command, spend(300n), other.command);
    await run(accountId, { kind: "revoke", grantId: given.id, credits: credits(800n) });
    // Of the 800 there were 700 left; 100 had been spent, and are paid back out of the other at once.
    expect(await getBalance(test.db, accountId)).toMatchObject({
      total: 800n,
      used: 300n,
      paidBack: 100n,
      remaining: 400n,
      owed: 0n,
    });
  });

  it("are after a restoration what they were before the revocation (I25)", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    const given = grant(1_000n);
    await run(accountId, given.command, spend(300n));
    const before = await getBalance(test.db, accountId);
    await run(accountId, { kind: "revoke", grantId: given.id, credits: credits(1_000n) });
    expect(await getBalance(test.db, accountId)).toMatchObject({ total: 300n, used: 300n, owed: 300n });
    const back = { used: credits(300n), unused: credits(700n), expired: credits(0n) };
    await run(accountId, { kind: "restore", grantId: given.id, ...back });
    const after = await getBalance(test.db, accountId);
    expect({ ...after, lastSeq: before.lastSeq }).toEqual(before);
  });
});
