import { describe, expect, it } from "vitest";
import { transact } from "../../db/transact";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { newId } from "../ids";
import { credits } from "../money/credits";
import { commit } from "./commit";
import { getCycleFigures } from "./cycle-figures";
import type { Command } from "./decide";

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
function grant(amount: bigint): { readonly id: string; readonly command: Command } {
  const id = newId();
  const span = { startsAt: new Date(Date.now() - HOUR_MS), expiresAt: new Date(Date.now() + HOUR_MS) };
  return {
    id,
    command: {
      kind: "grant",
      grant: { id, kind: "purchase", source: id, credits: credits(amount), ...span },
    },
  };
}

describe("the figures of the running cycle", () => {
  it("say what was used, is held and remains of what was given", async () => {
    const { accountId, periodStart } = await makeAccount(test.db);
    await run(accountId, spend(1_000n), hold(newId(), 500n), grant(100n).command);
    expect(await getCycleFigures(test.db, accountId)).toEqual({
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
    expect(await getCycleFigures(test.db, accountId)).toMatchObject({
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
    expect(await getCycleFigures(test.db, accountId)).toMatchObject({ total: 700n, used: 700n, owed: 700n });
    await run(accountId, second.command);
    expect(await getCycleFigures(test.db, accountId)).toMatchObject({
      total: 5_700n,
      used: 700n,
      paidBack: 700n,
      remaining: 4_300n,
      owed: 0n,
    });
  });
});
