import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connect, type Database } from "../../db/client";
import { transact } from "../../db/transact";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { newId, toPublicId } from "../ids";
import { credits } from "../money/credits";
import { commit, type Keyed } from "./commit";
import { expireDue } from "./expire-due";
import { getBalance, listGrants, type PastGrantView } from "./queries";

const test = openTestDatabase();
const silent = { error: () => {} };
const PURPOSE = { category: "platform", resource: null, reference: null } as const;
const HOUR_MS = 3_600_000;

const run = (accountId: string, ...list: Keyed[]) => transact(test.db, (tx) => commit(tx, accountId, list));

function give(amount: bigint, lifetime: { startsInMs?: number; expiresInMs?: number } = {}) {
  const grant = {
    id: newId(),
    kind: "promotional",
    source: `test:${newId()}`,
    credits: credits(amount),
    startsAt: new Date(Date.now() + (lifetime.startsInMs ?? -2 * HOUR_MS)),
    expiresAt: new Date(Date.now() + (lifetime.expiresInMs ?? HOUR_MS)),
  } as const;
  return { id: grant.id, keyed: { key: grant.source, command: { kind: "grant", grant } } as Keyed };
}

async function listAll(accountId: string): Promise<PastGrantView[]> {
  const all: PastGrantView[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listGrants>> = await listGrants(test.db, accountId, cursor);
    expect(page.grants.length).toBeLessThanOrEqual(20);
    all.push(...page.grants);
    cursor = page.nextCursor;
  } while (cursor);
  return all;
}

describe("the credits ever given", () => {
  it("are listed newest first, each once, and end with a full page", async () => {
    const { accountId } = await makeAccount(test.db);
    const given = Array.from({ length: 39 }, (_, n) => give(BigInt(n + 1)));
    await run(accountId, ...given.map((each) => each.keyed));
    const all = await listAll(accountId);
    expect(all).toHaveLength(40);
    expect(all.slice(0, 39).map((each) => each.id)).toEqual(given.map((each) => each.id).toReversed());
    expect(all[39]).toMatchObject({ kind: "plan", credits: 24_000_000n });
  });

  it("start from the newest with a cursor that is none", async () => {
    const { accountId } = await makeAccount(test.db);
    const { id, keyed } = give(1n);
    await run(accountId, keyed);
    for (const madeUp of ["", "x", "grt_", id, toPublicId("order", id), "1;drop table grants", "\u0000"]) {
      expect((await listGrants(test.db, accountId, madeUp)).grants[0]?.id).toBe(id);
    }
  });

  it("are this account's only, with another's cursor too (I17)", async () => {
    const [mine, theirs] = [await makeAccount(test.db), await makeAccount(test.db)];
    const { id, keyed } = give(5n);
    await run(theirs.accountId, keyed);
    for (const cursor of [null, toPublicId("grant", id)]) {
      const { grants } = await listGrants(test.db, mine.accountId, cursor);
      expect(grants.map((each) => each.kind)).toEqual(["plan"]);
    }
    expect((await listAll(theirs.accountId)).map((each) => each.id)[0]).toBe(id);
  });

  it("say what became of them, the same before and after the sweep", async () => {
    const { accountId } = await makeAccount(test.db);
    const { id, keyed } = give(1_000n, { expiresInMs: -HOUR_MS });
    await run(accountId, keyed, {
      key: newId(),
      command: { kind: "spend", credits: credits(700n), purpose: PURPOSE },
    });
    const [before] = await listAll(accountId);
    expect(before).toMatchObject({ id, remaining: 0n, held: 0n, spent: 0n, expired: 1_000n, revoked: 0n });
    await expireDue({ db: test.db, log: silent });
    expect((await listAll(accountId))[0]).toEqual(before);
    expect((await listAll(accountId))[1]).toMatchObject({
      kind: "plan",
      remaining: 23_999_300n,
      spent: 700n,
      expired: 0n,
    });
  });
});

describe("the balance at the instants of a grant", () => {
  // The application may not move a grant's start.
  let owner: Database;
  beforeAll(() => {
    owner = connect(test.ownerUrl, { max: 1 });
  });
  afterAll(() => owner.pool.end({ timeout: 5 }));

  it.each([
    ["counts from the instant it starts", sql`starts_at`, 0, 500n],
    ["counts for nothing before", sql`starts_at`, 1, 0n],
    ["counts until just before it expires", sql`expires_at`, 1, 500n],
    ["counts for nothing at the instant it expires", sql`expires_at`, 0, 0n],
  ])("%s", async (_, column, ms, expected) => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    const { id, keyed } = give(500n);
    await run(accountId, keyed);
    const [balance, listed] = await transact(owner, async (tx) => {
      // Inside one transaction `now()` stands still, so that an instant can be met to the millisecond, as the columns keep
      // it. Read from the account's row: a cluster evaluates it where the account lies for a read, but not for a write.
      const [clock] = await tx.execute<{ now: string }>(
        sql`select date_trunc('milliseconds', now()) as now from balances where account_id = ${accountId}`,
      );
      const at = new Date(new Date(clock?.now ?? 0).getTime() + ms).toISOString();
      await tx.execute(
        sql`update grants set ${column} = ${at} where account_id = ${accountId} and id = ${id}`,
      );
      return Promise.all([getBalance(tx, accountId), listGrants(tx, accountId, null)]);
    });
    expect([balance.remaining, balance.total - balance.expired]).toEqual([expected, expected]);
    expect(balance.grants).toHaveLength(expected === 0n ? 0 : 1);
    const [grant] = listed.grants;
    expect((grant?.remaining ?? 0n) + (grant?.expired ?? 0n)).toBe(500n);
  });
});

describe("a balance in debt", () => {
  it("counts a hold that gave back while its grant was live as having paid, though the grant has expired since (I2)", async () => {
    const { accountId } = await makeAccount(test.db, { plan: "custom" });
    const { id: grantId, keyed } = give(11n);
    const hold = (amount: bigint) =>
      ({
        kind: "hold",
        holdId: newId(),
        credits: credits(amount),
        ttlMs: HOUR_MS,
        purpose: PURPOSE,
      }) as const;
    const [idle, work] = [hold(10n), hold(1n)];
    const capture = { kind: "capture", holdId: work.holdId, credits: credits(7n) } as const;
    await run(accountId, keyed, ...[idle, work, capture].map((command) => ({ key: newId(), command })));
    expect(await getBalance(test.db, accountId)).toMatchObject({ owed: 6n, remaining: 0n });
    const owner = connect(test.ownerUrl, { max: 1 });
    await transact(owner, async (tx) => {
      await tx.execute(
        sql`update holds set placed_at = now() - interval '3 minutes', expires_at = now() - interval '2 minutes' where account_id = ${accountId} and id = ${idle.holdId}`,
      );
      await tx.execute(
        sql`update grants set expires_at = now() - interval '1 minute' where account_id = ${accountId} and id = ${grantId}`,
      );
      await tx.execute(sql`update balances set stable_until = null where account_id = ${accountId}`);
    });
    await owner.pool.end({ timeout: 5 });
    const read = await getBalance(test.db, accountId);
    expect(read).toMatchObject({ owed: 0n, remaining: 0n });
    // The same as once it is written down.
    await expireDue({ db: test.db, log: silent });
    expect(await getBalance(test.db, accountId)).toEqual({ ...read, lastSeq: expect.any(BigInt) });
  });
});
