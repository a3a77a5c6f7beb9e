import { afterAll, describe, expect, it } from "vitest";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { newId } from "../ids";
import { credits } from "../money/credits";
import { type Batcher, createBatcher } from "./batcher";
import type { Keyed } from "./commit";
import type { SpendingCommand } from "./decide";
import { type LedgerLimits, USUAL_LIMITS } from "./limits";
import { getBalance } from "./queries";

const test = openTestDatabase();
const PURPOSE = { category: "platform", resource: null, reference: null } as const;
const STARTER = 24_000_000n;
const INT64_MAX = 9_223_372_036_854_775_807n;
const LOW: LedgerLimits = { mostPerCall: credits(100n), captureTimesHold: 2n, captureFloor: credits(10n) };
const TOO_LARGE = { kind: "refused", refusal: { code: "amount_too_large", most: 100n } };

const opened: Batcher[] = [];
const batcherWith = (limits: LedgerLimits): Batcher => {
  const batcher = createBatcher(test.db, { limits });
  opened.push(batcher);
  return batcher;
};
afterAll(() => Promise.all(opened.map((each) => each.close())));

const makeId = async () => (await makeAccount(test.db)).accountId;
const spend = (amount: bigint, key: string = newId()): Keyed<SpendingCommand> => ({
  key,
  command: { kind: "spend", credits: credits(amount), purpose: PURPOSE },
});
const hold = (holdId: string, amount: bigint, key: string = newId()): Keyed<SpendingCommand> => ({
  key,
  command: { kind: "hold", holdId, credits: credits(amount), ttlMs: 60_000, purpose: PURPOSE },
});
const capture = (holdId: string, amount: bigint, key: string = newId()): Keyed<SpendingCommand> => ({
  key,
  command: { kind: "capture", holdId, credits: credits(amount) },
});

describe("how much a call may move", () => {
  it("I7: is asked after the key: what was accepted once is answered as it was", async () => {
    const accountId = await makeId();
    const [holdId, captured] = [newId(), newId()];
    const usual = batcherWith(USUAL_LIMITS);
    await usual.submit(accountId, hold(captured, 400n));
    const accepted = [spend(5_000n), hold(holdId, 5_000n), capture(captured, 4_000n)];
    const before = [];
    for (const each of accepted) before.push(await usual.submit(accountId, each));
    const low = batcherWith(LOW);
    expect(await low.submit(accountId, spend(1n))).toMatchObject({ kind: "done" });
    // What this process remembers of the account now is another way to the same answers.
    const [beside, again] = await Promise.all([
      low.submit(accountId, spend(1n)),
      low.submit(accountId, spend(5_000n, accepted[0]?.key)),
    ]);
    expect(beside).toMatchObject({ kind: "done" });
    expect(again).toEqual({ ...before[0], kind: "replayed" });
    for (const [index, each] of accepted.entries()) {
      expect(await low.submit(accountId, each)).toEqual({ ...before[index], kind: "replayed" });
    }
    const asked = accepted.map((each) => low.submit(accountId, each));
    expect(await Promise.all(asked)).toEqual(before.map((each) => ({ ...each, kind: "replayed" })));
    expect(await low.submit(accountId, spend(5_000n))).toEqual(TOO_LARGE);
    expect((await getBalance(test.db, accountId)).remaining).toBe(STARTER - 5_000n - 4_000n - 2n - 5_000n);
  });

  it("whole: refuses what is more and nothing beside it, and the key may be tried again", async () => {
    const [accountId, other] = [await makeId(), await makeId()];
    const low = batcherWith(LOW);
    const key = newId();
    for (const round of ["read anew", "remembered"]) {
      const outcomes = await Promise.all([
        low.submit(accountId, spend(1n)),
        low.submit(accountId, spend(101n, key)),
        low.submit(accountId, hold(newId(), 101n)),
        low.submit(other, spend(100n)),
        low.submit(accountId, spend(1n)),
      ]);
      expect(outcomes, round).toMatchObject([
        { kind: "done" },
        TOO_LARGE,
        TOO_LARGE,
        { kind: "done" },
        { kind: "done" },
      ]);
    }
    expect(await low.submit(accountId, spend(101n, key))).toEqual(TOO_LARGE);
    expect(await batcherWith(USUAL_LIMITS).submit(accountId, spend(101n, key))).toMatchObject({
      kind: "done",
    });
    expect((await getBalance(test.db, accountId)).remaining).toBe(STARTER - 4n - 101n);
  });

  it("I12: leaves a hold open whose capture is refused, to be captured for less with the same key", async () => {
    const accountId = await makeId();
    const low = batcherWith(LOW);
    const [holdId, key] = [newId(), newId()];
    await low.submit(accountId, hold(holdId, 40n));
    const before = await getBalance(test.db, accountId);
    expect(await low.submit(accountId, capture(holdId, 81n, key))).toEqual({
      kind: "refused",
      refusal: { code: "capture_too_large", most: 80n },
    });
    expect(await getBalance(test.db, accountId)).toEqual(before);
    expect(await low.submit(accountId, capture(holdId, 80n, key))).toMatchObject({ kind: "done" });
    expect(await low.submit(accountId, capture(holdId, 80n, key))).toMatchObject({ kind: "replayed" });
  });
});

describe("whole: a write beyond a column", () => {
  const NOTHING_FITS = { kind: "refused", refusal: { code: "amount_too_large", most: 0n } };
  const balanceOf = async (accountId: string) => {
    const [row] = await test.owner`select * from balances where account_id = ${accountId}`;
    return row as { last_seq: string; active_credits: string };
  };

  it("is refused alone, with nothing done, whether the account is read anew or remembered", async () => {
    const [full, other] = [await makeId(), await makeId()];
    const batcher = batcherWith(USUAL_LIMITS);
    await Promise.all([batcher.submit(full, spend(1n)), batcher.submit(other, spend(1n))]);
    const usual = await balanceOf(full);
    // No account gets here in the life of a universe; but then, of a number nobody thought of, the answer is the same.
    await test.owner`update balances set last_seq = ${String(INT64_MAX - 1n)} where account_id = ${full}`;
    expect(await batcher.submit(full, spend(1n))).toMatchObject({ kind: "done", seq: INT64_MAX });
    const last = await balanceOf(full);
    for (const round of ["remembered", "read anew"]) {
      const outcomes = await Promise.all([
        batcher.submit(other, spend(1n)),
        batcher.submit(full, spend(1n)),
        batcher.submit(other, spend(2n)),
      ]);
      expect(outcomes, round).toMatchObject([{ kind: "done" }, NOTHING_FITS, { kind: "done" }]);
      expect(await balanceOf(full)).toEqual(last);
    }
    const { last_seq, active_credits } = usual;
    await test.owner`delete from entries where account_id = ${full} and seq = ${String(INT64_MAX)}`;
    await test.owner`update balances set last_seq = ${last_seq}, active_credits = ${active_credits} where account_id = ${full}`;
  });
});
