import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres, { type Sql } from "postgres";
import { connect, type Database } from "../../db/client";
import { migrateDatabase } from "../../db/migrate";
import { createCycleOpener } from "../../lib/billing/plans/cycle-opener";
import { openCycle } from "../../lib/billing/plans/open-cycle";
import { openDueCycles } from "../../lib/billing/plans/sweep-plans";
import { newId } from "../../lib/ids";
import { createBatcher } from "../../lib/ledger/batcher";
import { getBalance } from "../../lib/ledger/queries";
import { findDrift } from "../../lib/ledger/reconcile";
import { plainArray } from "../../lib/ledger/set-sql";
import { credits } from "../../lib/money/credits";
import { startPostgres } from "../postgres";
import { always, atMost, median, percentile, type Report } from "./report";
import { type Bench, runBench } from "./run";

const ROLE = { name: "refill_app", password: "bench" };
const SPENDERS = 16;
const READERS = 2;
const LANES = 4;
const IDLE_RUNS = 200;
const PURPOSE = { category: "ai_processing", resource: "sonata-large", reference: null } as const;
const log = { info: () => {}, warn: console.error, error: console.error };

type Scene = {
  readonly owner: Sql;
  readonly db: Database;
  readonly accounts: readonly string[];
  /** The instant at which every account's cycle ends. */
  readonly end: Date;
};

/** Long enough to write ten thousand next cycles down before the boundary comes. */
const UNTIL_BOUNDARY_MS = 150_000;

async function open(bench: Bench, count: number): Promise<Scene> {
  bench.progress("Starting Postgres …");
  const dataDir = join(bench.dataDir("renewals"), "postgres");
  const { ownerUrl, stop } = await startPostgres({ dataDir, databaseUrl: "" });
  bench.onEnd(stop);
  await migrateDatabase(ownerUrl, ROLE);
  const owner = postgres(ownerUrl, { max: 8, onnotice: () => {} });
  bench.onEnd(() => owner.end({ timeout: 5 }));
  const appUrl = new URL(ownerUrl);
  appUrl.username = ROLE.name;
  appUrl.password = ROLE.password;
  const db = connect(appUrl.href, { max: 10 });
  bench.onEnd(() => db.pool.end({ timeout: 5 }));
  bench.progress(`Opening ${count} accounts whose cycle ends at one instant …`);
  const accounts = Array.from({ length: count }, newId);
  const end = new Date(Math.ceil((Date.now() + UNTIL_BOUNDARY_MS) / 1_000) * 1_000);
  await openAccounts(owner, accounts, end);
  return { owner, db, accounts, end };
}

/** Half are Free and in use, half subscribe to Starter: both ways a cycle can go on. */
async function openAccounts(owner: Sql, ids: readonly string[], end: Date): Promise<void> {
  const all = plainArray(ids);
  const start = new Date(end);
  start.setUTCMonth(start.getUTCMonth() - 1);
  const [from, to] = [start.toISOString(), end.toISOString()];
  const plans = "select id, n % 2 = 0 as pays from unnest($1::uuid[]) with ordinality as a(id, n)";
  await owner.unsafe(
    `insert into accounts (id, name, plan, cycle_anchor, period_start, period_end, cycle_due_at, stripe_customer_id, created_at)
     select id, 'bench', case when pays then 'starter' else 'free' end, $2::text::timestamptz, $2::text::timestamptz, $3::text::timestamptz, $3::text::timestamptz - interval '1 hour',
       case when pays then 'cus_' || id end, $2::text::timestamptz from (${plans}) as a`,
    [all, from, to],
  );
  await owner.unsafe(
    "insert into balances (account_id, last_seq) select id, 2 from unnest($1::uuid[]) as a(id)",
    [all],
  );
  await owner.unsafe(
    `insert into grants (account_id, id, kind, source, credits, remaining_credits, held_credits, spent_credits,
       expired_credits, revoked_credits, starts_at, expires_at, created_at)
     select id, gen_random_uuid(), 'plan', case when pays then 'plan:sub_' || id || ':starter:' || $2::text else 'plan:' || $2::text end,
       case when pays then 24000000 else 1000000 end, case when pays then 23999900 else 999900 end, 0, 100, 0, 0, $2::text::timestamptz, $3::text::timestamptz, $2::text::timestamptz
     from (${plans}) as a`,
    [all, from, to],
  );
  await owner.unsafe(
    `insert into entries (account_id, seq, grant_id, from_bucket, to_bucket, credits, at)
     select account_id, 1, id, 'issued'::bucket, 'available'::bucket, credits, created_at from grants where account_id = any($1::uuid[])
     union all
     select account_id, 2, id, 'available', 'spent', 100, created_at from grants where account_id = any($1::uuid[])`,
    [all],
  );
  await owner.unsafe(
    `insert into subscriptions (account_id, id, status, is_primary, plan, interval, price_id, price_cents, credits_per_cycle,
       item_id, anchor, period_start, period_end, created_at)
     select id, 'sub_' || id, 'active', true, 'starter', 'month', 'price_1', 29900, 24000000, 'si_' || id, $2::text::timestamptz, $2::text::timestamptz, $3::text::timestamptz, $2::text::timestamptz
     from (${plans}) as a where pays`,
    [all, from, to],
  );
  await owner.unsafe(
    `insert into invoices (account_id, id, subscription_id, status, reason, plan, credits_per_cycle, period_start, period_end,
       total_cents, due_cents, paid_cents, currency, attempts, created_at, paid_at)
     select id, 'in_' || id, 'sub_' || id, 'paid', 'subscription_create', 'starter', 24000000, $2::text::timestamptz, $3::text::timestamptz, 29900, 29900, 29900, 'usd', 1, $2::text::timestamptz, $2::text::timestamptz
     from (${plans}) as a where pays`,
    [all, from, to],
  );
  await owner.unsafe(
    `insert into plan_periods (account_id, source, plan, subscription_id, starts_at, ends_at, credits, grant_id, payment, invoice_id, opened_at)
     select g.account_id, g.source, a.plan, case when a.plan = 'starter' then 'sub_' || a.id end, $2::text::timestamptz, $3::text::timestamptz, g.credits, g.id,
       case when a.plan = 'starter' then 'paid' else 'none' end::period_payment, case when a.plan = 'starter' then 'in_' || a.id end, $2::text::timestamptz
     from grants g join accounts a on a.id = g.account_id where g.account_id = any($1::uuid[])`,
    [all, from, to],
  );
  await owner.unsafe("analyze");
}

const anyOf = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;

type Life = { spends: number; refused: number; readings: number; zeros: number; readonly spendMs: number[] };

/** Spending and looking go on all the while; a refusal or a balance of zero is what must never be seen. */
function startLife({ db, accounts }: Scene): { life: Life; stop(): Promise<void> } {
  const life: Life = { spends: 0, refused: 0, readings: 0, zeros: 0, spendMs: [] };
  const batcher = createBatcher(db, { open: createCycleOpener(db, log) });
  let going = true;
  const spender = async () => {
    while (going) {
      const began = performance.now();
      const command = { kind: "spend", credits: credits(1n), purpose: PURPOSE } as const;
      const outcome = await batcher.submit(anyOf(accounts), { key: newId(), command });
      life.spendMs.push(performance.now() - began);
      life.spends += 1;
      if (outcome.kind === "refused") life.refused += 1;
      await sleep(2);
    }
  };
  const reader = async () => {
    while (going) {
      const accountId = anyOf(accounts);
      await openCycle(db, accountId); // As every page and the API do before they read.
      const { remaining } = await getBalance(db, accountId);
      life.readings += 1;
      if (remaining === 0n) life.zeros += 1;
      await sleep(2);
    }
  };
  const lives = [...Array.from({ length: SPENDERS }, spender), ...Array.from({ length: READERS }, reader)];
  return {
    life,
    async stop() {
      going = false;
      await Promise.all(lives);
      await batcher.close();
    },
  };
}

/** Accounts with nothing to spend at this instant, all of them looked at in one statement. */
async function countZeros(owner: Sql): Promise<number> {
  const [row] = await owner<{ zeros: number }[]>`
    select count(*)::int as zeros from accounts a where not exists (
      select from current_grants g where g.account_id = a.id and g.starts_at <= now() and g.expires_at > now()
        and g.remaining_credits > 0 and g.frozen_at is null)`;
  return row?.zeros ?? Number.NaN;
}

/** Looks again and again around the boundary, and returns the most that was seen. */
async function watchBoundary({ owner, end }: Scene): Promise<{ most: number; looks: number }> {
  await sleep(Math.max(0, end.getTime() - Date.now() - 1_500));
  let [most, looks] = [0, 0];
  while (Date.now() < end.getTime() + 3_000) {
    most = Math.max(most, await countZeros(owner));
    looks += 1;
    await sleep(50);
  }
  return { most, looks };
}

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const began = performance.now();
  const value = await work();
  return { ms: performance.now() - began, value };
}

/** The least a roll could cost: one transaction per account that locks its row and writes one of its own. */
async function baseline({ db, accounts }: Scene): Promise<number> {
  const queue = accounts.values();
  const { ms } = await timed(() =>
    Promise.all(
      Array.from({ length: LANES }, async () => {
        for (const id of queue) {
          await db.pool.begin(async (sql) => {
            await sql.unsafe("select id from accounts where id = $1 for no key update", [id]);
            await sql.unsafe("update accounts set plan_status = 'active' where id = $1", [id]);
          });
        }
      }),
    ),
  );
  return ms;
}

await runBench(["accounts"], async (bench): Promise<Report> => {
  const count = bench.number("accounts", 10_000);
  const scene = await open(bench, count);
  bench.progress("Locking and changing every account once, for comparison …");
  const leastMs = await baseline(scene);
  const { life, stop } = startLife(scene);
  bench.progress("Writing the next cycles down ahead of the boundary, while spending goes on …");
  const ahead = await timed(() => openDueCycles(scene.db, log));
  if (Date.now() > scene.end.getTime() - 2_000) {
    await stop();
    throw new Error(
      `the boundary came too early to be watched: ${ahead.value} cycles took ${Math.round(ahead.ms)} ms`,
    );
  }
  bench.progress("Waiting for the boundary …");
  const seen = await watchBoundary(scene);
  bench.progress("Moving every account on …");
  const rolled = await timed(() => openDueCycles(scene.db, log));
  await stop();
  const zerosAfter = await countZeros(scene.owner);
  const [moved] = await scene.owner<{ count: number }[]>`
    select count(*)::int as count from accounts where period_start = ${scene.end}`;
  const idle: number[] = [];
  for (let run = 0; run < IDLE_RUNS; run += 1)
    idle.push((await timed(() => openDueCycles(scene.db, log))).ms);
  const drift = await findDrift(drizzle(scene.owner));
  if (drift.length > 0) throw new Error(`the books do not balance: ${JSON.stringify(drift.slice(0, 3))}`);

  const seconds = (ahead.ms + rolled.ms) / 1_000;
  return {
    bench: "renewals",
    tables: [
      {
        title: `${count} accounts whose cycle ends at the same second, ${SPENDERS} spenders and ${READERS} readers beside`,
        columns: [
          { title: "" },
          { title: "accounts" },
          { title: "seconds", decimals: 1 },
          { title: "a second" },
        ],
        rows: [
          ["lock and change, nobody beside", count, leastMs / 1_000, (count / leastMs) * 1_000],
          ["next cycle written ahead", ahead.value, ahead.ms / 1_000, (ahead.value / ahead.ms) * 1_000],
          ["moved on at the boundary", rolled.value, rolled.ms / 1_000, (rolled.value / rolled.ms) * 1_000],
        ],
      },
      {
        title: "Meanwhile",
        columns: [{ title: "" }, { title: "value", decimals: 2 }],
        rows: [
          ["spends", life.spends],
          ["spend p50 (ms)", median(life.spendMs)],
          ["spend p99 (ms)", percentile(life.spendMs, 99)],
          ["balances read", life.readings],
          ["looks at all accounts around the boundary", seen.looks],
          ["a look at the schedule with nothing due, p50 (ms)", median(idle)],
        ],
      },
    ],
    goals: [
      atMost("all accounts rolled", seconds, 60, "s"),
      atMost("all accounts rolled / locked and changed once", (ahead.ms + rolled.ms) / leastMs, 20, "×"),
      always("accounts that moved on", [moved?.count ?? 0], count, "accounts"),
      always("accounts seen with nothing to spend", [seen.most, life.zeros, zerosAfter], 0, "accounts"),
      always("spends refused", [life.refused], 0, "spends"),
      atMost("a look with nothing due, p50", median(idle), 5, "ms"),
    ],
    figures: {
      accounts: count,
      lockAndChangeMs: leastMs,
      aheadMs: ahead.ms,
      rolledMs: rolled.ms,
      spends: life.spends,
      spendP50Ms: median(life.spendMs),
      spendP99Ms: percentile(life.spendMs, 99),
      idleP50Ms: median(idle),
      seen,
    },
  };
});
