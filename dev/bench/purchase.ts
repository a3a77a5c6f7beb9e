import { join } from "node:path";
import { migrateDatabase } from "../../db/migrate";
import type { BillingDeps } from "../../lib/billing/deps";
import { toPublicId } from "../../lib/ids";
import { findDrift } from "../../lib/ledger/reconcile";
import { startPostgres } from "../postgres";
import { type Buyer, confirmDirectly, makeBuyer, place } from "./buying";
import { startDatabaseProxy, type Traffic } from "./database-proxy";
import { always, atMost, median, percentile, type Report } from "./report";
import { type Bench, runBench } from "./run";
import { startSimulatorProcess } from "./simulator-process";
import { type LoggedRequest, StripeLog } from "./stripe-log";
import { formHolding, openVisitor } from "./visitor";
import { openDeps, startMeasuredWeb } from "./web";

const MAX_OWN_MS = 25;
const BUYERS = 20;
const WARM_UP = 60;
/** Purchases between two looks at the simulator's log, which forgets. */
const SLICE = 50;
const COUNTED = 20;
const ROLE = { name: "refill_app", password: "bench" };

type Purchase = { readonly orderId: string; readonly totalMs: number };

/** One way to confirm an order. Milliseconds from the call to the answer; throws unless it was paid. */
type Confirm = (orderId: string, buyer: Buyer) => Promise<number>;

type PurchaseFigures = {
  readonly purchases: number;
  readonly totalMs: Spread;
  /** Total minus what the simulator says it took itself. */
  readonly ownMs: Spread;
  readonly stripeMs: Spread;
  readonly fewestStripeCalls: number;
  readonly mostStripeCalls: number;
  /** Calls that belong to no purchase's attempt: none are expected. */
  readonly otherStripeCalls: number;
};

type Spread = { readonly p50: number; readonly p90: number; readonly p99: number };

const spread = (values: readonly number[]): Spread => ({
  p50: percentile(values, 50),
  p90: percentile(values, 90),
  p99: percentile(values, 99),
});

/** `confirmOrder` in this process, against durable Postgres and the simulator as processes of their own. */
async function measureFlow(bench: Bench, count: number) {
  bench.progress("Starting Postgres and the simulator …");
  const dataDir = bench.dataDir("flow");
  const postgres = await startPostgres({ dataDir: join(dataDir, "postgres"), databaseUrl: "" });
  bench.onEnd(() => postgres.stop());
  await migrateDatabase(postgres.ownerUrl, ROLE);
  const simulator = await startSimulatorProcess(join(dataDir, "stripe.jsonl"));
  bench.onEnd(() => simulator.stop());
  const appDatabaseUrl = asRole(postgres.ownerUrl);
  const deps = openBenchDeps(bench, appDatabaseUrl, simulator.url);
  const buyers: Buyer[] = [];
  while (buyers.length < BUYERS) buyers.push(await makeBuyer(deps, simulator.url));

  bench.progress(`Confirming ${count} orders …`);
  const figures = await measurePurchases(
    { deps, buyers, count, log: new StripeLog(simulator.url) },
    (id, buyer) => confirmDirectly(deps, id, buyer),
  );

  const proxy = await startDatabaseProxy(appDatabaseUrl);
  bench.onEnd(() => proxy.stop());
  const counted = openBenchDeps(bench, proxy.url, simulator.url);
  const database = await countTraffic(counted, buyers, proxy.take);
  const drift = await findDrift(deps.db);
  if (drift.length > 0) throw new Error(`the books do not balance: ${JSON.stringify(drift.slice(0, 3))}`);
  return { figures, database };
}

function openBenchDeps(bench: Bench, databaseUrl: string, simulatorUrl: string): BillingDeps {
  const deps = openDeps(databaseUrl, simulatorUrl, "http://localhost:3000");
  bench.onEnd(() => deps.db.pool.end({ timeout: 5 }));
  return deps;
}

function asRole(ownerUrl: string): string {
  const url = new URL(ownerUrl);
  url.username = ROLE.name;
  url.password = ROLE.password;
  return url.href;
}

type Scene = {
  readonly deps: BillingDeps;
  readonly buyers: readonly Buyer[];
  readonly count: number;
  readonly log: StripeLog;
};

/** Places and confirms one order after the other, the buyers taking turns; only confirming is timed. */
async function measurePurchases(scene: Scene, confirm: Confirm): Promise<PurchaseFigures> {
  const { deps, buyers, count, log } = scene;
  const purchases: Purchase[] = [];
  const calls: LoggedRequest[] = [];
  for (let number = 0; number < WARM_UP + count; number += 1) {
    if (number === WARM_UP || number % SLICE === 0) {
      const taken = await log.take();
      if (number > WARM_UP) calls.push(...taken);
    }
    const buyer = buyers[number % buyers.length];
    if (!buyer) throw new Error("nobody buys");
    const orderId = await place(deps, buyer);
    const totalMs = await confirm(orderId, buyer);
    if (number >= WARM_UP) purchases.push({ orderId, totalMs });
  }
  calls.push(...(await log.take()));
  return summarize(purchases, calls);
}

function summarize(purchases: readonly Purchase[], calls: readonly LoggedRequest[]): PurchaseFigures {
  const measured = purchases.map(({ orderId, totalMs }) => {
    const own = calls.filter((call) => call.idempotencyKey?.startsWith(`order:${orderId}:attempt:`));
    const stripeMs = own.reduce((sum, each) => sum + each.ms, 0);
    return { totalMs, stripeMs, ownMs: totalMs - stripeMs, calls: own.length };
  });
  const attributed = measured.reduce((sum, each) => sum + each.calls, 0);
  return {
    purchases: purchases.length,
    totalMs: spread(measured.map((each) => each.totalMs)),
    ownMs: spread(measured.map((each) => each.ownMs)),
    stripeMs: spread(measured.map((each) => each.stripeMs)),
    fewestStripeCalls: Math.min(...measured.map((each) => each.calls)),
    mostStripeCalls: Math.max(...measured.map((each) => each.calls)),
    otherStripeCalls: calls.length - attributed,
  };
}

/** What one confirmation asks of the database, statements prepared: the median of a few. */
async function countTraffic(
  deps: BillingDeps,
  buyers: readonly Buyer[],
  take: () => Traffic,
): Promise<Traffic> {
  const seen: Traffic[] = [];
  for (let number = 0; number < WARM_UP + COUNTED; number += 1) {
    const buyer = buyers[number % buyers.length];
    if (!buyer) throw new Error("nobody buys");
    const orderId = await place(deps, buyer);
    take();
    await confirmDirectly(deps, orderId, buyer);
    if (number >= WARM_UP) seen.push(take());
  }
  const middle = (figure: keyof Traffic) => median(seen.map((each) => each[figure]));
  return { statements: middle("statements"), roundTrips: middle("roundTrips"), inARow: middle("inARow") };
}

/** The same through the running application: the review page's form, submitted as without JavaScript. */
async function measureWeb(bench: Bench, count: number): Promise<PurchaseFigures> {
  const { stack, url, cookie, customer, deps } = await startMeasuredWeb(bench);
  const visitor = openVisitor(url, { connections: 1, cookie });
  bench.onEnd(async () => visitor.close());
  bench.progress(`Confirming ${count} orders through the web …`);
  const confirm: Confirm = async (orderId) => {
    const path = `/settings/billing/buy-credit/${toPublicId("order", orderId)}`;
    const page = await visitor.get(path);
    const fields = formHolding(page.body, "data-pays");
    const started = performance.now();
    const answer = await visitor.post(path, fields);
    const totalMs = performance.now() - started;
    if (answer.status !== 303) throw new Error(`confirming answered ${answer.status}`);
    return totalMs;
  };
  const figures = await measurePurchases(
    { deps, buyers: [customer], count, log: new StripeLog(stack.simulator.url) },
    confirm,
  );
  const drift = await findDrift(deps.db);
  if (drift.length > 0) throw new Error(`the books do not balance: ${JSON.stringify(drift.slice(0, 3))}`);
  return figures;
}

function report(flow: PurchaseFigures, web: PurchaseFigures, database: Traffic): Report {
  const ways = [
    ["confirmOrder, in process", flow],
    ["the form, through the web", web],
  ] as const;
  const ms = (title: string) => ({ title: `${title}, ms`, decimals: 1 });
  return {
    bench: "purchase",
    tables: [
      {
        title: "From Confirm to the answer, one at a time",
        columns: [
          { title: "" },
          { title: "purchases" },
          ms("total p50"),
          ms("p90"),
          ms("p99"),
          ms("own share p50"),
          ms("p90"),
          ms("p99"),
          ms("simulator p50"),
          { title: "Stripe calls each" },
        ],
        rows: ways.map(([name, each]) => [
          name,
          each.purchases,
          each.totalMs.p50,
          each.totalMs.p90,
          each.totalMs.p99,
          each.ownMs.p50,
          each.ownMs.p90,
          each.ownMs.p99,
          each.stripeMs.p50,
          each.mostStripeCalls,
        ]),
      },
      {
        title: "Database per confirmOrder (median, statements prepared)",
        columns: [{ title: "statements" }, { title: "round trips" }],
        rows: [[database.statements, database.roundTrips]],
      },
    ],
    goals: ways.flatMap(([name, each]) => [
      atMost(`own share, p50: ${name}`, each.ownMs.p50, MAX_OWN_MS, "ms"),
      always(
        `calls to Stripe: ${name}`,
        [each.fewestStripeCalls, each.mostStripeCalls, 1 + each.otherStripeCalls],
        1,
        "per purchase",
      ),
    ]),
    figures: { inProcess: flow, web, databasePerConfirm: database },
  };
}

await runBench(["purchases"], async (bench) => {
  const purchases = bench.number("purchases", 500);
  const { figures, database } = await measureFlow(bench, purchases);
  const web = await measureWeb(bench, purchases);
  return report(figures, web, database);
});
