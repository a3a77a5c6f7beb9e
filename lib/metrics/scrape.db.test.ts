import { get } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { connect } from "../../db/client";
import { workers } from "../../db/schema";
import { tellNothing, tellWhenCommitted, transact } from "../../db/transact";
import { openTestDatabase } from "../../dev/testing/database";
import { newId } from "../ids";
import { err } from "../result";
import { answerScrape } from "./answer";
import { DATABASE_GAUGES } from "./database-gauges";
import { renderMetrics } from "./render";
import { serveMetrics } from "./serve";

const test = openTestDatabase({ max: 4 });
const access = { state: () => ({ pausedFor: null, notAllowed: [] }) };
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const TOKEN = "t".repeat(32);
/** Read anew: another handle of the same database has nothing of late. */
const fresh = () => ({ db: connect(test.appUrl, { max: 2 }), access });

afterEach(async () => {
  vi.useRealTimers();
  await test.owner`truncate workers, stripe_events`;
});

describe("a scrape", () => {
  it("tells what the database says, each gauge but those of what there is none", async () => {
    await test.db.insert(workers).values({ id: newId(), name: "here:1", mode: "inline" });
    await test.owner`
      insert into stripe_events (id, type, payload, created_at, received_at)
      values ('evt_1', 'x', '{}', now(), now() - interval '90 seconds')`;
    const { db } = fresh();
    const scraped = (await renderMetrics({ db, access })).text;
    expect(scraped).toContain("\nrefill_database_up 1\n");
    expect(scraped).toContain("\nrefill_workers 1\n");
    expect(scraped).toContain('\nrefill_events{state="waiting"} 1\n');
    expect(scraped).toMatch(/\nrefill_event_oldest_waiting_seconds 9\d\n/);
    expect(scraped).toContain('refill_unsettled_payments{kind="order",age="over_15m"} 0');
    expect(scraped).toMatch(/\nrefill_pool_connections_max 2\n/);
    expect(scraped).toContain("nodejs_eventloop_lag_seconds");
    const absent = Object.keys(DATABASE_GAUGES).filter((name) => !scraped.includes(`\n${name}`));
    expect(absent.sort()).toEqual([
      "refill_dispute_evidence_due_seconds",
      "refill_reconciliation_age_seconds",
      "refill_reconciliation_drift",
      "refill_task_failures",
    ]);
    await db.pool.end();
  });

  it("tells of Stripe what all compared days have, and not what the last run found", async () => {
    await test.owner`insert into reconciled_days (day, finished_at, drift, result)
      values ('2020-02-03', now(), 2, '{}'), ('2020-02-04', now(), 0, '{}')`;
    await test.owner`insert into reconciliations (id, kind, started_at, finished_at, drift, result)
      values (${newId()}, 'stripe', now(), now(), 0, '{}'), (${newId()}, 'books_full', now(), now(), 1, '{}')`;
    const { db } = fresh();
    const { text: scraped } = await renderMetrics({ db, access });
    expect(scraped).toContain('\nrefill_reconciliation_drift{kind="stripe"} 2\n');
    expect(scraped).toContain('\nrefill_reconciliation_drift{kind="books_full"} 1\n');
    expect(scraped).toMatch(/\nrefill_reconciliation_age_seconds{kind="stripe"} \d/);
    await db.pool.end();
    await test.owner`truncate reconciliations, reconciled_days`;
  });

  it("counts the refund of a plan's invoice that nobody has heard of, as an order's", async () => {
    const id = newId();
    await test.owner`
      insert into accounts (id, name, plan, cycle_anchor, period_start, period_end)
      values (${id}, 'A', 'free', now(), now(), now() + interval '30 days')`;
    await test.owner`
      insert into invoices (account_id, id, status, total_cents, due_cents, paid_cents, currency, attempts, created_at, paid_at)
      values (${id}, 'in_1', 'paid', 900, 0, 900, 'usd', 1, now(), now())`;
    await test.owner`
      insert into invoice_refund_requests
        (account_id, id, invoice_id, amount_cents, status, idempotency_key, requested_by, why, created_at, updated_at)
      values (${id}, ${newId()}, 'in_1', 900, 'requested', 'k', ${newId()}, 'asked', now() - interval '20 minutes', now())`;
    const { db } = fresh();
    const { text: scraped } = await renderMetrics({ db, access });
    expect(scraped).toContain('refill_unsettled_payments{kind="refund",age="over_15m"} 1');
    expect(scraped).toMatch(/refill_unsettled_payment_oldest_seconds{kind="refund"} 12\d\d/);
    await db.pool.end();
  });

  it("reads the database once in 15 s however often it is asked", async () => {
    const { db } = fresh();
    await Promise.all(Array.from({ length: 5 }, () => renderMetrics({ db, access })));
    await test.db.insert(workers).values({ id: newId(), name: "here:1", mode: "inline" });
    expect((await renderMetrics({ db, access })).text).toContain("\nrefill_workers 0\n");
    await db.pool.end();
  });

  it("is answered without a database, of which nothing stale is told", async () => {
    const { db } = fresh();
    expect((await renderMetrics({ db, access })).text).toContain("\nrefill_workers 0\n");
    await db.pool.end();
    const away = connect("postgres://nobody@127.0.0.1:9/nowhere");
    const scraped = (await renderMetrics({ db: away, access })).text;
    expect(scraped).toContain("\nrefill_database_up 0\n");
    for (const name of Object.keys(DATABASE_GAUGES)) expect(scraped).not.toContain(`\n${name}`);
    await away.pool.end({ timeout: 0 });
  });

  it("waits for no query that does not end", async () => {
    const { db } = fresh();
    const locked = test.owner.begin(async (tx) => {
      await tx`lock table workers in access exclusive mode`;
      return (await renderMetrics({ db, access })).text;
    });
    expect(await locked).toContain("\nrefill_database_up 0\n");
    await db.pool.end({ timeout: 5 });
  });

  it("waits no longer than its deadline for a database that never says anything", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { db } = fresh();
    const tx = { execute: () => new Promise(() => {}) };
    const silent = Object.assign(Object.create(db) as typeof db, {
      transaction: (step: (on: typeof tx) => Promise<unknown>) => step(tx),
    });
    let scraped: string | null = null;
    void renderMetrics({ db: silent, access }).then(({ text: said }) => {
      scraped = said;
    });
    await vi.advanceTimersByTimeAsync(3_999);
    expect(scraped).toBeNull();
    await vi.advanceTimersByTimeAsync(1);
    expect(scraped).toContain("\nrefill_database_up 0\n");
    vi.useRealTimers();
    await db.pool.end();
  });

  it("is for whoever names the token", async () => {
    const asked = async (authorization: string | null, token: string | null) =>
      (await answerScrape({ db: test.db, access }, authorization, token)).status;
    expect(await asked(`Bearer ${TOKEN}`, TOKEN)).toBe(200);
    expect(await asked(null, null)).toBe(200);
    for (const wrong of [null, "", "Bearer", `Bearer ${TOKEN}x`, `Basic ${TOKEN}`, TOKEN])
      expect([wrong, await asked(wrong, TOKEN)]).toEqual([wrong, 401]);
  });

  it("of the worker has a port of its own, with nothing else on it", async () => {
    const server = serveMetrics({ db: test.db, access, log }, { port: 0, host: "127.0.0.1", token: TOKEN });
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const ask = (path: string, method = "GET", headers = {}) =>
      new Promise<{ status: number; body: string }>((resolve, reject) => {
        get({ port, path, method, headers, agent: false }, async (answer) =>
          resolve({ status: answer.statusCode ?? 0, body: await text(answer) }),
        ).once("error", reject);
      });
    expect((await ask("/metrics")).status).toBe(401);
    const scraped = await ask("/metrics?x=1", "GET", { authorization: `Bearer ${TOKEN}` });
    expect([scraped.status, scraped.body.includes("refill_database_up 1")]).toEqual([200, true]);
    expect((await ask("/")).status).toBe(404);
    expect((await ask("/metrics", "POST")).status).toBe(405);
    server.close();
  });
});

describe("what a transaction tells", () => {
  it("is told once it has committed, and never where it was rolled back or gone back from", async () => {
    const db = connect(test.appUrl, { max: 1 });
    const told: unknown[] = [];
    db.onCommitted = (event) => told.push(event);
    await transact(db, async (tx) => {
      tellWhenCommitted(tx, "committed");
      expect(told).toEqual([]);
    });
    await transact(db, async (tx) => {
      tellWhenCommitted(tx, "refused");
      return err({ code: "no" });
    });
    await transact(db, async (tx) => {
      tellWhenCommitted(tx, "thrown");
      throw new Error("thrown");
    }).catch(() => {});
    await transact(db, async (tx) => {
      tellWhenCommitted(tx, "gone back");
      tellNothing(tx);
    });
    tellWhenCommitted(db, "at once");
    expect(told).toEqual(["committed", "at once"]);
    db.onCommitted = () => {
      throw new Error("deaf");
    };
    const kept = transact(db, async (tx) => {
      tellWhenCommitted(tx, "heard by nobody");
      return "committed";
    });
    expect(await kept).toBe("committed");
    await db.pool.end();
  });
});
