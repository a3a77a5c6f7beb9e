import { join } from "node:path";
import postgres, { type Sql } from "postgres";
import { connect } from "../../db/client";
import { migrateDatabase } from "../../db/migrate";
import { newId } from "../../lib/ids";
import { createBatcher } from "../../lib/ledger/batcher";
import { credits } from "../../lib/money/credits";
import { createStripe } from "../../lib/stripe/client";
import { startPostgres } from "../postgres";
import { openBenchAccounts } from "./accounts";
import { confirmDirectly, makeBuyer, place } from "./buying";
import type { Report, Table } from "./report";
import { type Bench, runBench } from "./run";
import { startSimulatorProcess } from "./simulator-process";
import { openDeps } from "./web";

// `npm run bench:growth [-- --purchases 1000 --spends 1000000]`: by how much the database grows, tables with their indexes.
const ROLE = { name: "refill_app", password: "bench" };
const BUYERS = 50;
const ACCOUNTS = 1_000;
const CALLERS = 256;
const PURPOSE = { category: "ai_processing", resource: "sonata-large", reference: null } as const;

type Sizes = ReadonlyMap<string, number>;
type Growth = { readonly table: string; readonly bytes: number };

/** Bytes of each table of ours with its indexes, after a vacuum, as a database has them that has one now and then. */
async function readSizes(owner: Sql): Promise<Sizes> {
  await owner.unsafe("vacuum");
  const rows = await owner<{ name: string; bytes: string }[]>`
    select oid::regclass::text as name, pg_total_relation_size(oid)::text as bytes from pg_class
    where relkind = 'r' and relnamespace in ('public'::regnamespace, 'graphile_worker'::regnamespace)`;
  return new Map(rows.map(({ name, bytes }) => [name, Number(bytes)]));
}

const growth = (before: Sizes, after: Sizes): Growth[] =>
  [...after]
    .map(([table, bytes]) => ({ table, bytes: bytes - (before.get(table) ?? 0) }))
    .filter(({ bytes }) => bytes > 0)
    .toSorted((a, b) => b.bytes - a.bytes);

/** Purchases one after the other, then what Stripe told of them, stored and handled. */
async function measurePurchases(bench: Bench, owner: Sql, appUrl: string, count: number): Promise<Growth[]> {
  const simulator = await startSimulatorProcess(join(bench.dataDir("growth"), "stripe.jsonl"));
  bench.onEnd(() => simulator.stop());
  const deps = openDeps(appUrl, simulator.url, "http://localhost:3000");
  bench.onEnd(() => deps.db.pool.end({ timeout: 5 }));
  const buyers = [];
  while (buyers.length < BUYERS) buyers.push(await makeBuyer(deps, simulator.url));
  for (const buyer of buyers) await confirmDirectly(deps, await place(deps, buyer), buyer);
  const stripe = createStripe({ secretKey: "sk_test_bench", apiBase: simulator.url });
  const [newest] = (await stripe.events.list({ limit: 1 })).data;
  const before = await readSizes(owner);
  bench.progress(`Buying ${count} times ...`);
  for (let number = 0; number < count; number += 1) {
    const buyer = buyers[number % buyers.length];
    if (buyer) await confirmDirectly(deps, await place(deps, buyer), buyer);
    if (number % 50 === 49) await storeEvents(owner, stripe, newest?.id);
  }
  return growth(before, await readSizes(owner));
}

/** As the webhook keeps them once they were handled. */
async function storeEvents(owner: Sql, stripe: ReturnType<typeof createStripe>, since: string | undefined) {
  const types = [
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.requires_action",
  ];
  const told = stripe.events.list({ limit: 100, types, ...(since ? { ending_before: since } : {}) });
  for (const event of (await told).data) {
    await owner`insert into stripe_events (id, type, payload, created_at, handled_at)
      values (${event.id}, ${event.type}, ${owner.json(event as never)}, now(), now()) on conflict do nothing`;
  }
}

/** Spends of many callers at once, as the API sends them: each with a key and what it was for. */
async function measureSpends(bench: Bench, owner: Sql, ownerUrl: string, appUrl: string, count: number) {
  const accounts = await openBenchAccounts(ownerUrl, ACCOUNTS);
  const db = connect(appUrl, { max: 10 });
  bench.onEnd(() => db.pool.end({ timeout: 5 }));
  const batcher = createBatcher(db);
  bench.onEnd(() => batcher.close());
  const before = await readSizes(owner);
  bench.progress(`Spending ${count} times ...`);
  let left = count;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      if (left % 100_000 === 0) bench.progress(`  ${left} left`);
      const accountId = accounts[left % accounts.length] ?? "";
      const spent = await batcher.submit(accountId, {
        key: newId(),
        command: { kind: "spend", credits: credits(1_200n), purpose: PURPOSE },
        apiKey: 1,
      });
      if (spent.kind === "refused") throw new Error(`a spend was refused: ${spent.refusal.code}`);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return growth(before, await readSizes(owner));
}

const MB = 1_000_000;

function tableOf(title: string, all: readonly Growth[], times: number): Table {
  const total = all.reduce((sum, { bytes }) => sum + bytes, 0);
  const rows = [...all.slice(0, 6), { table: "all tables", bytes: total }];
  return {
    title,
    columns: [{ title: "table" }, { title: "MB", decimals: 1 }, { title: "bytes each" }],
    rows: rows.map(({ table, bytes }) => [table, bytes / MB, Math.round(bytes / times)]),
  };
}

async function measure(bench: Bench): Promise<Report> {
  const [purchases, spends] = [bench.number("purchases", 1_000), bench.number("spends", 1_000_000)];
  const dataDir = join(bench.dataDir("growth"), "postgres");
  const { ownerUrl, stop } = await startPostgres({ dataDir, databaseUrl: "", durable: false });
  bench.onEnd(stop);
  await migrateDatabase(ownerUrl, ROLE);
  const owner = postgres(ownerUrl, { max: 1, onnotice: () => {} });
  bench.onEnd(() => owner.end({ timeout: 5 }));
  const appUrl = Object.assign(new URL(ownerUrl), { username: ROLE.name, password: ROLE.password }).href;
  const bought = await measurePurchases(bench, owner, appUrl, purchases);
  const spent = await measureSpends(bench, owner, ownerUrl, appUrl, spends);
  return {
    bench: "growth",
    tables: [
      tableOf(`${purchases} purchases`, bought, purchases),
      tableOf(`${spends} spends`, spent, spends),
    ],
    goals: [],
    figures: { purchases, bought, spends, spent },
  };
}

await runBench(["purchases", "spends"], measure);
