import { subscribe } from "node:diagnostics_channel";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { drizzle } from "drizzle-orm/postgres-js";
import postgres, { type Sql } from "postgres";
import { connect, type Database } from "../../db/client";
import { migrateDatabase } from "../../db/migrate";
import { openDueCycles } from "../../lib/billing/subscriptions/sweep";
import { newId } from "../../lib/ids";
import { findDrift } from "../../lib/ledger/reconcile";
import { plainArray } from "../../lib/ledger/set-sql";
import { startPostgres } from "../postgres";
import { CAPTURERS, type Life, log, READERS, SPENDERS, startLife } from "./renewals-life";
import { always, atMost, median, percentile, type Report } from "./report";
import { type Bench, runBench } from "./run";

const ROLE = { name: "refill_app", password: "bench" };
const LANES = 4;
const IDLE_RUNS = 200;

/** Every request that this process makes of anybody by HTTP, Stripe among them. */
const asked = { requests: 0 };
for (const channel of ["http.client.request.start", "undici:request:create"])
  subscribe(channel, () => {
    asked.requests += 1;
  });

type Scene = {
  readonly owner: Sql;
  readonly db: Database;
  readonly accounts: readonly string[];
  /** The instant at which every account's cycle ends. */
  readonly end: Date;
};

/** Long enough for the comparison, and for some life before the boundary. */
const untilBoundaryMs = (accounts: number) => 40_000 + 15 * accounts;
/** What counts as at the boundary. */
const BOUNDARY_MS = 10_000;
/** Of each account, alive beyond the boundary: not to be touched while there are plan credits. */
const ADD_ON = 1_000_000;

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
  const end = new Date(Math.ceil((Date.now() + untilBoundaryMs(count)) / 1_000) * 1_000);
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
     select id, 'bench', case when pays then 'starter' else 'free' end, $2::text::timestamptz, $2::text::timestamptz, $3::text::timestamptz, $3::text::timestamptz,
       case when pays then 'cus_' || id end, $2::text::timestamptz from (${plans}) as a`,
    [all, from, to],
  );
  await owner.unsafe(
    "insert into balances (account_id, last_seq, opens_at, cycle_start) select id, 3, $2::text::timestamptz, $3::text::timestamptz from unnest($1::uuid[]) as a(id)",
    [all, to, from],
  );
  await owner.unsafe(
    `insert into grants (account_id, id, kind, source, credits, remaining_credits, held_credits, spent_credits,
       expired_credits, revoked_credits, starts_at, expires_at, created_at, cycle_from, cycle_used_credits)
     select id, gen_random_uuid(), 'plan', case when pays then 'plan:si_' || id || ':' || $2::text || ':0:0' else 'plan:' || $2::text end,
       case when pays then 24000000 else 1000000 end, case when pays then 23999900 else 999900 end, 0, 100, 0, 0, $2::text::timestamptz, $3::text::timestamptz, $2::text::timestamptz, $2::text::timestamptz, 100
     from (${plans}) as a`,
    [all, from, to],
  );
  await owner.unsafe(
    `insert into grants (account_id, id, kind, source, credits, remaining_credits, held_credits, spent_credits,
       expired_credits, revoked_credits, starts_at, expires_at, created_at, cycle_from)
     select id, gen_random_uuid(), 'promotional', 'bench', ${ADD_ON}, ${ADD_ON}, 0, 0, 0, 0, $2::text::timestamptz,
       $3::text::timestamptz + interval '1 day', $2::text::timestamptz, $2::text::timestamptz from unnest($1::uuid[]) as a(id)`,
    [all, from, to],
  );
  await owner.unsafe(
    `insert into entries (account_id, seq, grant_id, from_bucket, to_bucket, credits, at)
     select account_id, case kind when 'plan' then 1 else 3 end, id, 'issued'::bucket, 'available'::bucket, credits, created_at from grants where account_id = any($1::uuid[])
     union all
     select account_id, 2, id, 'available', 'spent', 100, created_at from grants where account_id = any($1::uuid[]) and kind = 'plan'`,
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
       total_cents, due_cents, paid_cents, remaining_cents, credit_notes_cents, currency, attempts, created_at, paid_at, paid_seen_at)
     select id, 'in_' || id, 'sub_' || id, 'paid', 'subscription_create', 'starter', 24000000, $2::text::timestamptz, $3::text::timestamptz, 29900, 29900, 29900, 0, 0, 'usd', 1, $2::text::timestamptz, $2::text::timestamptz, $2::text::timestamptz
     from (${plans}) as a where pays`,
    [all, from, to],
  );
  await addWhatWasPaid(owner, all, from, to);
  await owner.unsafe("analyze");
}

/** What the running cycle was given for: with its paid line, the next one is provisional. */
async function addWhatWasPaid(owner: Sql, all: string, from: string, to: string): Promise<void> {
  const plans = `select id, 29900 as cents, 24000000 as credits from unnest($1::uuid[]) with ordinality as a(id, n) where n % 2 = 0`;
  await owner.unsafe(
    `insert into subscription_items (account_id, subscription_id, id, price_id, quantity, unit_cents, currency, period_start, period_end,
       plan, interval, credits_per_month)
     select id, 'sub_' || id, 'si_' || id, 'price_1', 1, cents, 'usd', $2::text::timestamptz, $3::text::timestamptz, 'starter', 'month', credits
     from (${plans}) as a`,
    [all, from, to],
  );
  await owner.unsafe(
    `insert into invoice_lines (account_id, invoice_id, id, position, subscription_id, item_id, price_id, quantity, unit_cents, currency,
       period_start, period_end, amount_cents, is_proration, plan, interval, credits_per_month, decided_at)
     select id, 'in_' || id, 'il_' || id, 0, 'sub_' || id, 'si_' || id, 'price_1', 1, cents, 'usd',
       $2::text::timestamptz, $3::text::timestamptz, cents, false, 'starter', 'month', credits, $2::text::timestamptz
     from (${plans}) as a`,
    [all, from, to],
  );
  await owner.unsafe(
    `insert into allowances (account_id, source, origin, plan, subscription_id, item_id, period_start, month, part, line_id, invoice_id,
       starts_at, ends_at, credits, grant_id, is_cycle, payment, opened_at)
     select a.id, g.source, case when pays then 'line' else 'internal' end::allowance_origin, a.plan, case when pays then 'sub_' || a.id end,
       case when pays then 'si_' || a.id end, $2::text::timestamptz, 0, 0, case when pays then 'il_' || a.id end, case when pays then 'in_' || a.id end,
       $2::text::timestamptz, $3::text::timestamptz, g.credits, g.id, true, case when pays then 'paid' else 'none' end::allowance_payment, $2::text::timestamptz
     from grants g join (select *, plan = 'starter' as pays from accounts) a on a.id = g.account_id
     where g.account_id = any($1::uuid[]) and g.kind = 'plan'`,
    [all, from, to],
  );
}

/** Accounts of whose add-on credits anything was used. */
async function countTouched(owner: Sql): Promise<number> {
  const [row] = await owner<{ count: number }[]>`
    select count(*)::int as count from current_grants where kind = 'promotional' and remaining_credits < credits`;
  return row?.count ?? Number.NaN;
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

type Measured = {
  readonly count: number;
  readonly leastMs: number;
  readonly opened: { readonly ms: number; readonly value: number };
  /** What was asked by HTTP to open them: what Stripe says of renewals is read afterwards, when it tells of them. */
  readonly requests: number;
  readonly life: Life;
  /** Milliseconds of every spend before the boundary, and of those at it. */
  readonly before: readonly number[];
  readonly at: readonly number[];
  readonly moved: number;
  readonly provisional: number;
  readonly touched: number;
  readonly idle: readonly number[];
};

/** Lets the boundary pass under running spends. Throws where it came too early to be watched, or the books differ. */
async function measure(bench: Bench, count: number): Promise<Measured> {
  const scene = await open(bench, count);
  const { owner, db, end } = scene;
  bench.progress("Locking and changing every account once, for comparison …");
  const leastMs = await baseline(scene);
  const { life, stop } = startLife(scene);
  bench.progress("Waiting for the boundary …");
  const left = end.getTime() - Date.now();
  if (left < 2_000) throw new Error(`the boundary came too early to be watched: ${left} ms are left`);
  await sleep(left);
  bench.progress("Opening every cycle, while spending goes on …");
  asked.requests = 0;
  const opened = await timed(() => openDueCycles(db, log));
  const { requests } = asked;
  const watchedUntil = end.getTime() + BOUNDARY_MS;
  await sleep(Math.max(0, watchedUntil - Date.now()));
  await stop();
  const found = await look(scene);
  const idle: number[] = [];
  for (let run = 0; run < IDLE_RUNS; run += 1) idle.push((await timed(() => openDueCycles(db, log))).ms);
  const drift = await findDrift(drizzle(owner));
  if (drift.length > 0) throw new Error(`the books do not balance: ${JSON.stringify(drift.slice(0, 3))}`);
  const spendsBetween = (from: number, to: number) =>
    life.spends.filter((each) => each.at >= from && each.at < to).map((each) => each.ms);
  const [before, at] = [spendsBetween(0, end.getTime()), spendsBetween(end.getTime(), watchedUntil)];
  return { count, leastMs, opened, requests, life, before, at, ...found, idle };
}

/** What became of the accounts. */
async function look({ owner, end }: Scene) {
  const touched = await countTouched(owner);
  const [moved] = await owner<{ count: number }[]>`
    select count(*)::int as count from accounts where period_start = ${end}`;
  const [provisional] = await owner<{ count: number }[]>`
    select count(*)::int as count from allowances
    where period_start = ${end} and payment = 'provisional' and closed is null and not frozen and credits = 24000000`;
  return { touched, moved: moved?.count ?? 0, provisional: provisional?.count ?? 0 };
}

const tablesOf = ({ count, leastMs, opened, before, at }: Measured): Report["tables"] => [
  {
    title: `${count} accounts whose cycle ends at the same second; beside it ${SPENDERS} spend, ${CAPTURERS} hold and capture, ${READERS} read`,
    columns: [{ title: "" }, { title: "accounts" }, { title: "seconds", decimals: 1 }, { title: "a second" }],
    rows: [
      ["lock and change, nobody beside", count, leastMs / 1_000, (count / leastMs) * 1_000],
      ["opened by the schedule", opened.value, opened.ms / 1_000, (opened.value / opened.ms) * 1_000],
    ],
  },
  {
    title: `Meanwhile; at the boundary: within ${BOUNDARY_MS / 1_000} s of it`,
    columns: [{ title: "" }, { title: "before" }, { title: "at the boundary", decimals: 1 }],
    rows: [
      ["spends", before.length, at.length],
      ["spend p50 (ms)", median(before), median(at)],
      ["spend p99 (ms)", percentile(before, 99), percentile(at, 99)],
    ],
  },
];

const goalsOf = ({ count, leastMs, opened, requests, life, ...found }: Measured): Report["goals"] => [
  atMost("all cycles opened", opened.ms / 1_000, 45, "s"),
  atMost("all cycles opened / locked and changed once", opened.ms / leastMs, 20, "×"),
  always("requests of Stripe to open them", [requests], 0, "requests"),
  always("accounts that moved on", [found.moved], count, "accounts"),
  always("renewals given before they are paid", [found.provisional], Math.floor(count / 2), "accounts"),
  always("balances read without plan credits", [life.zeros], 0, "balances"),
  always("spends, holds and captures refused", [life.refused], 0, "commands"),
  always("captures that made debt", [life.debts], 0, "captures"),
  always("accounts whose add-on credits were touched", [found.touched], 0, "accounts"),
  atMost("a look with nothing due, p50", median(found.idle), 5, "ms"),
];

await runBench(["accounts"], async (bench): Promise<Report> => {
  const measured = await measure(bench, bench.number("accounts", 10_000));
  const { leastMs, opened, life, before, at } = measured;
  return {
    bench: "renewals",
    tables: tablesOf(measured),
    goals: goalsOf(measured),
    figures: {
      accounts: measured.count,
      lockAndChangeMs: leastMs,
      openedMs: opened.ms,
      spendP99BeforeMs: percentile(before, 99),
      spendP50AtBoundaryMs: median(at),
      spendP99AtBoundaryMs: percentile(at, 99),
      spendsAtBoundary: at.length,
      captures: life.captures,
      readings: life.readings,
      idleP50Ms: median(measured.idle),
    },
  };
});
