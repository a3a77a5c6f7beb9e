import { afterEach, describe, expect, it } from "vitest";
import { expectBooksBalance } from "@/dev/testing/books";
import { openTestDatabase } from "@/dev/testing/database";
import { makeAccount } from "@/dev/testing/factories";
import { transact } from "../../db/transact";
import { newId } from "../ids";
import { commit } from "../ledger/commit";
import type { SpendingCommand } from "../ledger/decide";
import { credits } from "../money/credits";
import { allLedgerLines, type LedgerLine, listLedger, NO_FILTER } from "./ledger";

const database = openTestDatabase();
afterEach(() => expectBooksBalance(database.db));

const ask = (accountId: string, ...commands: SpendingCommand[]) =>
  transact(database.db, async (tx) => {
    const keyed = commands.map((command) => ({ key: newId(), command }));
    const outcomes = await commit(tx, accountId, keyed);
    expect(outcomes.map(({ kind }) => kind)).toEqual(commands.map(() => "done"));
  });
const spend = (amount: bigint, reference: string | null = null): SpendingCommand => ({
  kind: "spend",
  credits: credits(amount),
  purpose: { category: "ai_processing", resource: null, reference },
});

/** An account with its plan's credits, ten spends, a hold and what was given back of it. */
async function makeSpender() {
  const { accountId } = await makeAccount(database.db);
  for (let number = 1n; number <= 10n; number += 1n)
    await ask(accountId, spend(number * 100n, `job-${number}`));
  const holdId = newId();
  const purpose = { category: "ai_processing", resource: "opus", reference: "held" };
  await ask(accountId, { kind: "hold", holdId, credits: credits(5_000n), ttlMs: 60_000, purpose });
  await ask(accountId, { kind: "capture", holdId, credits: credits(2_000n) });
  const [sums] = await database.owner<{ number: string; total: string }[]>`
    select count(*)::text as number, sum(credits)::text as total from entries where account_id = ${accountId}`;
  return { accountId, holdId, number: Number(sums?.number), total: BigInt(sums?.total ?? "0") };
}

const all = async (accountId: string, filter = NO_FILTER) => {
  const lines: LedgerLine[] = [];
  for await (const batch of allLedgerLines(database.db, accountId, filter)) lines.push(...batch);
  return lines;
};

describe("an account's ledger at the desk", () => {
  it("has every entry once, newest first, in pages of any size, and adds up to what is stored", async () => {
    const { accountId, number, total } = await makeSpender();
    await makeSpender();
    const whole = await all(accountId);
    expect(whole).toHaveLength(number);
    expect(whole.reduce((sum, each) => sum + each.credits, 0n)).toBe(total);
    const paged: bigint[] = [];
    for (let before: bigint | null | undefined; before !== null; ) {
      const page = await listLedger(database.db, accountId, NO_FILTER, { before: before ?? null, most: 3 });
      expect(page.lookedThrough).toBeNull();
      paged.push(...page.lines.map(({ seq }) => seq));
      before = page.nextCursor;
    }
    expect(paged).toEqual(whole.map(({ seq }) => seq));
    expect([...paged].sort((a, b) => Number(b - a))).toEqual(paged);
  });

  it("says of each entry its grant, and which command of ours asked for it", async () => {
    const { accountId } = await makeSpender();
    const whole = await all(accountId);
    const [first] = whole.slice(-1);
    expect(first).toMatchObject({ from: "issued", to: "available", grant: { kind: "plan" } });
    expect(first?.command?.kind).toBe("grant");
    expect(first?.actor).toMatchObject({ kind: "system" });
    expect(first?.reason).toBeTruthy();
    const spends = whole.filter(({ to }) => to === "spent");
    expect(spends.every(({ command, grant }) => command === null && grant?.kind === "plan")).toBe(true);
  });

  it("is narrowed to a grant, a bucket, a kind, a reference and a time", async () => {
    const { accountId, holdId } = await makeSpender();
    const whole = await all(accountId);
    const grantId = whole[0]?.grant?.id ?? "";
    expect(await all(accountId, { ...NO_FILTER, grantId })).toHaveLength(whole.length);
    expect(await all(accountId, { ...NO_FILTER, grantId: newId() })).toEqual([]);
    const held = await all(accountId, { ...NO_FILTER, bucket: "held" });
    expect(held.length).toBeGreaterThan(1);
    expect(held.every((each) => each.holdId === holdId)).toBe(true);
    expect((await all(accountId, { ...NO_FILTER, kind: "given" })).map(({ from }) => from)).toEqual([
      "issued",
    ]);
    expect(await all(accountId, { ...NO_FILTER, kind: "used" })).toHaveLength(11);
    expect(await all(accountId, { ...NO_FILTER, kind: "given_back" })).toHaveLength(1);
    expect(await all(accountId, { ...NO_FILTER, kind: "debt" })).toEqual([]);
    expect((await all(accountId, { ...NO_FILTER, reference: "job-7" })).map(({ credits: of }) => of)).toEqual(
      [700n],
    );
    expect(await all(accountId, { ...NO_FILTER, reference: "job-" })).toEqual([]);
    const past = { start: new Date(0), end: new Date("2000-01-01T00:00:00Z") };
    expect(await all(accountId, { ...NO_FILTER, within: past })).toEqual([]);
    const ever = { start: new Date(0), end: new Date("2999-01-01T00:00:00Z") };
    expect(await all(accountId, { ...NO_FILTER, within: ever })).toHaveLength(whole.length);
  });

  it("looks through so many entries a page, says so, and finds what is further back all the same", async () => {
    const { accountId } = await makeSpender();
    const filter = { ...NO_FILTER, reference: "job-1" };
    const found: bigint[] = [];
    let pages = 0;
    for (let before: bigint | null | undefined; before !== null; pages += 1) {
      const page = await listLedger(database.db, accountId, filter, {
        before: before ?? null,
        mostLookedThrough: 4,
      });
      if (page.nextCursor !== null) expect(page.lookedThrough).toBe(4);
      found.push(...page.lines.map(({ credits: of }) => of));
      before = page.nextCursor;
    }
    expect(pages).toBeGreaterThan(2);
    expect(found).toEqual([100n]);
  });
});
