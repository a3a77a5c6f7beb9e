import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { mailOptOuts } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { deliverAll, mailsOf } from "../../../dev/testing/outbox";
import { DAY, HOUR, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { newId } from "../../ids";
import { commit } from "../../ledger/commit";
import { credits } from "../../money/credits";
import { getAccountView } from "../account-view";
import { noticeExpiringCards } from "./expiring-cards";
import { noticeExpiringCredits } from "./expiring-credits";
import { levelOf, noticeLowCredits } from "./low-credits";

const shop = openPlanShop();
const deps = () => ({ db: shop.db, log: { error: () => {} } });
const FREE = 1_000_000n;

const kindsOf = async (who: Subscriber) => (await mailsOf(shop.db, who)).map(({ kind }) => kind);
const levels = async (who: Subscriber) =>
  (await mailsOf(shop.db, who, "low_credits")).map(({ facts }) => facts.level);
/** Two workers at once, twice. */
async function notice(run: () => Promise<void>): Promise<void> {
  for (const _ of [1, 2]) await Promise.all([run(), run()]);
}
const look = () => notice(() => noticeLowCredits(deps()));

async function give(who: Subscriber, amount: bigint, ms: number): Promise<void> {
  const [clock] = await shop.db.execute<{ now: string }>(sql`select now() as now`);
  const now = new Date(clock?.now ?? 0);
  const grant = {
    id: newId(),
    kind: "purchase",
    source: `test:${newId()}`,
    credits: credits(amount),
    startsAt: now,
    expiresAt: new Date(now.getTime() + ms),
  } as const;
  await transact(shop.db, (tx) =>
    commit(tx, who.accountId, [{ key: newId(), command: { kind: "grant", grant } }]),
  );
}

describe("credits that run low", () => {
  it("are told of at 15, 5 and 0 % of the total, once each", async () => {
    const who = await shop.makeFree();
    await shop.spend(who, FREE - 150_001n);
    await look();
    expect(await levels(who)).toEqual([]);
    await shop.spend(who, 1n);
    await look();
    expect(await levels(who)).toEqual([15]);
    await shop.spend(who, 50_000n);
    await look();
    expect(await levels(who)).toEqual([15]);
    await shop.spend(who, 50_000n);
    await look();
    await shop.spend(who, 50_000n);
    await look();
    expect(await levels(who)).toEqual([15, 5, 0]);
    const text = (await deliverAll(shop.db, who)).map((each) => `${each.subject}\n${each.text}`).join("\n");
    expect(text).toContain("150,000 credits are left, 15% of this billing cycle's");
    expect(text).toContain("No credits are left");
  });

  it("that fell at once are told of for the lowest level alone, and again in the next cycle", async () => {
    const who = await shop.makeFree();
    await shop.spend(who, FREE);
    await look();
    expect(await levels(who)).toEqual([0]);
    await shop.passes(32 * DAY);
    await shop.stateOf(who);
    await look();
    expect(await levels(who)).toEqual([0]);
    await shop.spend(who, 960_000n);
    await look();
    expect(await levels(who)).toEqual([0, 5]);
  });

  it("are told of to nobody who switched that off; what one click does stops what waits, too", async () => {
    const who = await shop.makeFree();
    await shop.spend(who, 900_000n);
    await look();
    expect(await levels(who)).toEqual([15]);
    await shop.db.insert(mailOptOuts).values({ userId: who.userId, topic: "low_credits" });
    expect(await deliverAll(shop.db, who)).toEqual([]);
    await shop.spend(who, 100_000n);
    await look();
    expect(await levels(who)).toEqual([15]);
  });

  it("are judged by the exact share", () => {
    const of = (remaining: bigint, total: bigint) =>
      levelOf({ remaining: credits(remaining), total: credits(total) });
    expect([of(16n, 100n), of(15n, 100n), of(6n, 100n), of(5n, 100n), of(1n, 100n)]).toEqual([
      null,
      15,
      15,
      5,
      5,
    ]);
    expect([of(0n, 100n), of(0n, 0n), of(151n, 1_000n)]).toEqual([0, null, null]);
  });
});

describe("add-on credits that expire", () => {
  const lookAt = () => notice(() => noticeExpiringCredits(deps()));

  it("are told of 72 hours before, together and once, with how many", async () => {
    const who = await shop.makeFree();
    await give(who, 5_000n, 5 * DAY);
    await lookAt();
    expect(await kindsOf(who)).toEqual([]);
    await shop.passes(2 * DAY + HOUR);
    await lookAt();
    expect(await kindsOf(who)).toEqual(["add_ons_expiring"]);
    const [message] = await deliverAll(shop.db, who);
    expect(message?.subject).toContain("5,000 add-on credits expire on");
    expect(message?.unsubscribeUrl).toContain("/api/mail/unsubscribe?who=usr_");
  });

  it("are not told of where they were bought that late, nor plan credits", async () => {
    const who = await shop.makeFree();
    await give(who, 5_000n, 2 * DAY);
    await shop.passes(29 * DAY + 12 * HOUR);
    await lookAt();
    expect(await kindsOf(who)).toEqual([]);
  });
});

describe("a card that ends", () => {
  it("is told of once where the plan is charged to it", async () => {
    const who = await shop.makeSubscriber();
    await shop.owner`delete from account_mails where account_id = ${who.accountId}`;
    const run = () => notice(() => noticeExpiringCards(deps()));
    await run();
    expect(await kindsOf(who)).toEqual([]);
    const endsWith = (at: Date) =>
      shop.owner`update payment_methods set exp_month = ${at.getUTCMonth() + 1}, exp_year = ${at.getUTCFullYear()} where account_id = ${who.accountId}`;
    const { subscription } = await getAccountView(shop.db, who.accountId);
    // Good to the end of the month in which the plan renews.
    await endsWith(subscription?.renewsAt ?? new Date(0));
    await run();
    expect(await kindsOf(who)).toEqual([]);
    await endsWith(shop.clock.now());
    await run();
    expect(await kindsOf(who)).toEqual(["card_expiring"]);
    const [message] = await deliverAll(shop.db, who);
    expect(message?.text).toContain("It pays for your Starter plan");
  });
});
