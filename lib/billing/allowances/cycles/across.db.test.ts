import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { accounts, balances, orders } from "../../../../db/schema";
import { transact } from "../../../../db/transact";
import { DAY, HOUR, MINUTE, openPlanShop, type Subscriber } from "../../../../dev/testing/plans";
import { newId } from "../../../ids";
import { createBatcher } from "../../../ledger/batcher";
import { commit } from "../../../ledger/commit";
import type { SpendingCommand } from "../../../ledger/decide";
import { credits } from "../../../money/credits";
import { confirmOrder } from "../../orders/confirm";
import { placeOrder } from "../../orders/place";
import { sourceOf } from "../apply/sources";
import { createCycleOpener, readBalance } from "./opener";

const shop = openPlanShop();
const MIGRATIONS = fileURLToPath(new URL("../../../../db/migrations", import.meta.url));
const ALLOWANCE = 24_000_000n;
const purpose = { category: "platform", resource: null, reference: null } as const;

/** A subscriber just after the end of the paid period. No job has run, and Stripe has not been asked. */
async function makeOver(): Promise<{ who: Subscriber; end: Date }> {
  const who = await shop.makeSubscriber("starter");
  const { items } = await shop.subscriptionOf(who);
  const end = new Date((items.data[0]?.current_period_end ?? 0) * 1_000);
  await shop.clock.moveTo(new Date(end.getTime() + 5_000));
  return { who, end };
}

/** Add-on credits that outlive the cycle. */
const giveAddOn = ({ accountId }: Subscriber, amount: bigint, lastsMs = 40 * DAY) => {
  const id = newId();
  const now = shop.clock.now().getTime();
  const life = { startsAt: new Date(now - MINUTE), expiresAt: new Date(now + lastsMs) };
  const grant = { id, kind: "promotional", source: id, credits: credits(amount), ...life } as const;
  return transact(shop.db, (tx) => commit(tx, accountId, [{ key: id, command: { kind: "grant", grant } }]));
};

const submit = ({ accountId }: Subscriber, command: SpendingCommand) =>
  createBatcher(shop.db, { open: shop.deps.openRunningCycle }).submit(accountId, { key: newId(), command });
const spend = (who: Subscriber, amount: bigint) =>
  submit(who, { kind: "spend", credits: credits(amount), purpose });

const opensAtOf = async ({ accountId }: Subscriber) => {
  const [row] = await shop.db.select().from(balances).where(eq(balances.accountId, accountId));
  return row?.opensAt?.getTime() ?? Number.NaN;
};

/** Under which the credits of the period that begins then are granted. */
const sourceOfNext = async (who: Subscriber, end: Date) => {
  const [item] = (await shop.subscriptionOf(who)).items.data;
  return sourceOf({ itemId: item?.id ?? "", periodStart: end, month: 0, part: 0 });
};

describe("at the end of a cycle that nobody has looked at", () => {
  it("I6: a spend takes of the new plan credits, and no add-on credits before them", async () => {
    const { who } = await makeOver();
    await giveAddOn(who, 1_000n);
    expect(await spend(who, 600n)).toMatchObject({ kind: "done" });
    expect(await readBalance(shop.deps, who.accountId)).toMatchObject({
      remainingPlan: ALLOWANCE - 600n,
      remainingAddOn: 1_000n,
    });
  });

  it("a capture of more than was held makes no debt", async () => {
    const { who, end } = await makeOver();
    await shop.clock.moveTo(new Date(end.getTime() + 10_000));
    const holdId = newId();
    // Held before anybody looked, as a hold from before the end is.
    await giveAddOn(who, 100n);
    const hold = { kind: "hold", holdId, credits: credits(100n), ttlMs: HOUR, purpose } as const;
    await transact(shop.db, (tx) => commit(tx, who.accountId, [{ key: newId(), command: hold }]));
    const captured = await submit(who, { kind: "capture", holdId, credits: credits(5_000n) });
    expect(captured).toMatchObject({ kind: "done", answer: { owed: 0n } });
  });

  it("a balance is that of the new cycle for each of many who read it first", async () => {
    const { who } = await makeOver();
    const read = await Promise.all(Array.from({ length: 8 }, () => readBalance(shop.deps, who.accountId)));
    expect(read.map((each) => each?.remaining)).toEqual(Array.from({ length: 8 }, () => ALLOWANCE));
    expect(await readBalance(shop.deps, newId())).toBeNull();
  });

  it("an order is placed in the new cycle, and one of the old cycle is out of date and not charged", async () => {
    const who = await shop.makeSubscriber("starter");
    const order = { ...who, choice: { kind: "bundle", bundleId: "usd500" } } as const;
    const old = await placeOrder(shop.deps, { ...order, requestId: newId() });
    const { items } = await shop.subscriptionOf(who);
    await shop.clock.moveTo(new Date((items.data[0]?.current_period_end ?? 0) * 1_000 + 1_000));
    if (!old.ok) throw new Error(old.error.code);
    const confirmed = await confirmOrder(shop.deps, {
      accountId: who.accountId,
      orderId: old.value.orderId,
      paymentMethodId: null,
      expiryAcknowledged: true,
    });
    expect(confirmed).toMatchObject({ error: { code: "order_out_of_date" } });
    await shop.passes(31 * DAY);
    await shop.sync(who);
    await shop.passes(HOUR);
    const placed = await placeOrder(shop.deps, { ...order, requestId: newId() });
    if (!placed.ok) throw new Error(placed.error.code);
    const [row] = await shop.db.select().from(orders).where(eq(orders.id, placed.value.orderId));
    const [account] = await shop.db.select().from(accounts).where(eq(accounts.id, who.accountId));
    expect(row?.expiresAt).toEqual(account?.periodEnd);
    expect(account?.periodEnd.getTime()).toBeGreaterThan(shop.clock.now().getTime());
  });
});

describe("where the running cycle cannot be opened", () => {
  it("because Stripe is silent, a spend goes by what is there, and nobody looks again before it is time", async () => {
    const { who, end } = await makeOver();
    await spend(who, 1n);
    // The one provisional period is over as well, and nobody has heard of either.
    await shop.clock.moveTo(new Date(end.getTime() + 33 * DAY));
    await giveAddOn(who, 1_000n);
    const now = shop.clock.now().getTime();
    expect(await spend(who, 600n)).toMatchObject({ kind: "done" });
    const again = await opensAtOf(who);
    expect(again).toBeGreaterThan(now);
    expect(again).toBeLessThanOrEqual(now + 6 * MINUTE);
    expect(await spend(who, 1_000n)).toMatchObject({ refusal: { code: "insufficient_credits" } });
    expect(await opensAtOf(who)).toBe(again);
    // As soon as Stripe has told, everybody goes by that.
    await shop.sync(who);
    expect(await readBalance(shop.deps, who.accountId)).toMatchObject({ mustOpen: false });
    expect(await opensAtOf(who)).toBeGreaterThan(again);
  });

  it("because of the account itself, that is said once, and a spend goes by what is there", async () => {
    const { who, end } = await makeOver();
    await giveAddOn(who, 1_000n);
    // What the next period gives is there already, and under another id.
    await shop.owner`
      insert into grants (account_id, id, kind, source, credits, remaining_credits, held_credits, spent_credits,
        expired_credits, revoked_credits, starts_at, expires_at, created_at)
      values (${who.accountId}, ${newId()}, 'plan', ${await sourceOfNext(who, end)}, 1, 0, 0, 0, 0, 1,
        ${end}, ${new Date(end.getTime() + DAY)}, ${end})`;
    const said: object[] = [];
    const log = { ...shop.deps.log, error: (facts: object) => void said.push(facts) };
    const batcher = createBatcher(shop.db, { open: createCycleOpener(shop.db, log) });
    const take = () =>
      batcher.submit(who.accountId, {
        key: newId(),
        command: { kind: "spend", credits: credits(10n), purpose },
      });
    expect(await take()).toMatchObject({ kind: "done" });
    expect(await take()).toMatchObject({ kind: "done" });
    expect(said).toMatchObject([{ accountId: who.accountId }]);
    await shop.owner`delete from grants where account_id = ${who.accountId} and revoked_credits = 1`;
  });

  it("because of one account, those it was opened together with are opened", async () => {
    const { who: broken, end } = await makeOver();
    await shop.owner`
      insert into grants (account_id, id, kind, source, credits, remaining_credits, held_credits, spent_credits,
        expired_credits, revoked_credits, starts_at, expires_at, created_at)
      values (${broken.accountId}, ${newId()}, 'plan', ${await sourceOfNext(broken, end)}, 1, 0, 0, 0, 0, 1,
        ${end}, ${new Date(end.getTime() + DAY)}, ${end})`;
    const fine = await shop.makeFree();
    await shop.passes(32 * DAY);
    const open = createCycleOpener(shop.db, shop.deps.log);
    await Promise.all([broken, fine, broken].map((each) => open(each.accountId)));
    expect(await readBalance(shop.deps, fine.accountId)).toMatchObject({ remaining: 1_000_000n });
    await shop.owner`delete from grants where account_id = ${broken.accountId} and revoked_credits = 1`;
  });
});

it("accounts from before there was such an instant open at the end of their cycle, or when they are looked at again", async () => {
  const [one, stale] = [await shop.makeFree(), await shop.makeFree()];
  const migration = readdirSync(MIGRATIONS).find((each) => each.endsWith("_opens_at.sql")) ?? "";
  const again = new Date(shop.clock.now().getTime() + 60 * DAY);
  const found = await shop.owner
    .begin(async (sql) => {
      await sql`alter table balances drop column opens_at`;
      await sql`alter table balances rename column stable_until to quiet_until`; // Its name then.
      await sql`update accounts set cycle_due_at = ${again} where id = ${stale.accountId}`;
      // Stable for longer than until then.
      await sql`update balances set quiet_until = ${again} where account_id = ${one.accountId}`;
      await sql.unsafe(readFileSync(join(MIGRATIONS, migration), "utf8"));
      const rows = await sql<{ id: string; opens: Date; stable: Date | null; ends: Date }[]>`
      select a.id, b.opens_at as opens, b.quiet_until as stable, a.period_end as ends
      from balances b join accounts a on a.id = b.account_id where a.id in ${sql([one.accountId, stale.accountId])}`;
      throw Object.assign(new Error("undone"), { rows });
    })
    .catch((error: Error & { rows?: never[] }) => {
      if (!error.rows) throw error;
      return error.rows as { id: string; opens: Date; stable: Date | null; ends: Date }[];
    });
  const of = (who: Subscriber) => found.find((each) => each.id === who.accountId);
  expect(of(one)?.opens).toEqual(of(one)?.ends);
  expect(of(one)?.stable).toEqual(of(one)?.ends);
  expect(of(stale)?.opens).toEqual(again);
});
