import { eq, sql } from "drizzle-orm";
import { afterEach, describe, expect, it } from "vitest";
import { connect } from "../db/client";
import { accounts, stripeEvents } from "../db/schema";
import { transact } from "../db/transact";
import { enqueueEvent } from "../lib/jobs/enqueue";
import { runWorker } from "../lib/jobs/worker";
import { getBalance } from "../lib/ledger/queries";
import { installRehearsalClock, removeRehearsalClock } from "./rehearsal-clock";
import { openTestDatabase } from "./testing/database";
import { makeAccount } from "./testing/factories";
import { noMail } from "./testing/mail";
import { openShop } from "./testing/shop";

const DAY_MS = 86_400_000;
const MONTH_MS = 31 * DAY_MS;

const shop = openShop({ clock: true });
afterEach(() => shop.clock.moveTo(new Date()));

const inDays = (days: number) => new Date(Date.now() + days * DAY_MS);
const daysAhead = (at: Date | string) => (new Date(at).getTime() - Date.now()) / DAY_MS;
const APP_TIME = sql`select now() as now, clock_timestamp() as clock`;

async function appTime() {
  const [row] = await shop.db.execute<{ now: string; clock: string }>(APP_TIME);
  return { now: daysAhead(row?.now ?? ""), clock: daysAhead(row?.clock ?? "") };
}

describe("a moved clock", () => {
  it.each([40, -40])("is what the application reads, %i days from real time", async (days) => {
    await shop.clock.moveTo(inDays(days));
    const { now, clock } = await appTime();
    expect(now).toBeCloseTo(days, 2);
    expect(clock).toBeCloseTo(days, 2);
    expect(daysAhead(shop.clock.now())).toBeCloseTo(days, 2);
  });

  it("goes on running, and stands still within a transaction", async () => {
    await shop.clock.moveTo(inDays(7));
    await transact(shop.db, async (tx) => {
      const read = async () => (await tx.execute<{ now: string; clock: string }>(APP_TIME))[0];
      const first = await read();
      await tx.execute(sql`select pg_sleep(0.02)`);
      const second = await read();
      expect(second?.now).toBe(first?.now);
      expect(new Date(second?.clock ?? 0).getTime()).toBeGreaterThan(new Date(first?.clock ?? 0).getTime());
    });
  });

  it("is the simulator's as well", async () => {
    await shop.clock.moveTo(inDays(12));
    const customer = await shop.stripe.customers.create({});
    expect(daysAhead(new Date(customer.created * 1000))).toBeCloseTo(12, 2);
    await shop.simulator.clock.moveTo(inDays(15).getTime());
    expect((await appTime()).now).toBeCloseTo(15, 2);
  });

  it("is in what a column says by default, too", async () => {
    await shop.clock.moveTo(inDays(-33));
    const { accountId } = await makeAccount(shop.db);
    const [account] = await shop.db.select().from(accounts).where(eq(accounts.id, accountId));
    expect(daysAhead(account?.createdAt ?? "")).toBeCloseTo(-33, 2);
    const left = await shop.owner`
      select table_name, column_name from information_schema.columns
      where table_schema = 'public' and column_default like '%now()%' and column_default not like 'rehearsal.%'`;
    expect([...left]).toEqual([]);
  });

  it("lets credits expire when it passes their end", async () => {
    const { accountId, periodEnd } = await makeAccount(shop.db, { plan: "starter" });
    await shop.clock.moveTo(new Date(periodEnd.getTime() - 60_000));
    expect((await getBalance(shop.db, accountId)).remaining).toBe(24_000_000n);
    await shop.clock.moveTo(periodEnd);
    expect((await getBalance(shop.db, accountId)).remaining).toBe(0n);
  });

  it("leaves the owner of the tables, and everybody else, in real time", async () => {
    await shop.clock.moveTo(inDays(40));
    const [row] = await shop.owner<{ now: Date }[]>`select now() as now`;
    expect(daysAhead(row?.now ?? "")).toBeCloseTo(0, 2);
  });

  it("keeps its offset when it is installed again", async () => {
    const again = await installRehearsalClock(shop.ownerUrl, new URL(shop.appUrl).username);
    await again.setOffset(MONTH_MS);
    const third = await installRehearsalClock(shop.ownerUrl, new URL(shop.appUrl).username);
    expect(await third.offset()).toBe(MONTH_MS);
    const db = connect(shop.appUrl, { max: 1 });
    const [row] = await db.execute<{ now: string }>(APP_TIME);
    await db.pool.end({ timeout: 5 });
    expect(daysAhead(row?.now ?? "")).toBeCloseTo(31, 2);
  });
});

describe("a clock that was removed", () => {
  const measured = openTestDatabase({ clock: true });

  it("leaves real time and nothing else behind", async () => {
    await measured.clock.moveTo(inDays(9));
    await removeRehearsalClock(measured.ownerUrl, new URL(measured.appUrl).username);
    const db = connect(measured.appUrl, { max: 1 });
    const [row] = await db.execute<{ now: string; path: string }>(
      sql`select now() as now, current_setting('search_path') as path`,
    );
    const { accountId } = await makeAccount(db);
    const [account] = await db.select().from(accounts).where(eq(accounts.id, accountId));
    await db.pool.end({ timeout: 5 });
    expect(daysAhead(row?.now ?? "")).toBeCloseTo(0, 2);
    expect(daysAhead(account?.createdAt ?? "")).toBeCloseTo(0, 2);
    expect(row?.path).not.toContain("rehearsal");
    const left = await measured.owner`
      select 1 from pg_trigger where tgname like 'rehearsal%' union all select 1 from pg_namespace where nspname = 'rehearsal'`;
    expect(left).toHaveLength(0);
  });
});

describe("background work under a moved clock", () => {
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

  async function queue(id: string) {
    const event = { id, type: "tax_rate.created", data: { object: { id: "x", object: "tax_rate" } } };
    await transact(shop.db, async (tx) => {
      await tx.insert(stripeEvents).values({ id, type: event.type, payload: event, createdAt: new Date() });
      await enqueueEvent(tx, id);
    });
  }
  const isHandled = async (id: string) => {
    const [row] = await shop.db.select().from(stripeEvents).where(eq(stripeEvents.id, id));
    return row?.handledAt instanceof Date;
  };

  async function whileWorking(run: () => Promise<void>) {
    const stop = new AbortController();
    const working = runWorker({ ...shop.deps, ...noMail, log: silent }, shop.appUrl, stop.signal);
    await run().finally(() => stop.abort());
    await working;
  }

  it("runs what is queued, before and after a move forwards and back", async () => {
    await whileWorking(async () => {
      for (const [id, days] of [
        ["evt_real", 0],
        ["evt_ahead", 31],
        ["evt_behind", -31],
      ] as const) {
        await shop.clock.moveTo(inDays(days));
        await queue(id);
        await expect.poll(() => isHandled(id), { timeout: 10_000 }).toBe(true);
      }
    });
  });

  it("runs what was queued before the clock went back", async () => {
    await shop.clock.moveTo(inDays(31));
    await queue("evt_left");
    await shop.clock.moveTo(inDays(0));
    await whileWorking(() => expect.poll(() => isHandled("evt_left"), { timeout: 10_000 }).toBe(true));
  });

  it("goes on with the schedule behind real time", async () => {
    await shop.clock.moveTo(inDays(-31));
    await shop.db.execute(sql`
      select graphile_worker.add_job('sweep_orders'::text, ${'{"_cron":{"ts":"2030-01-01T00:00:00Z"}}'}::json,
        run_at := ${new Date().toISOString()}::timestamptz, job_key := 'scheduled'::text)`);
    const waiting = () => shop.owner`select 1 from graphile_worker.jobs where key = 'scheduled'`;
    await whileWorking(() => expect.poll(waiting, { timeout: 10_000 }).toHaveLength(0));
  });
});
