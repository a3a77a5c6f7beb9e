import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import Stripe from "stripe";
import { connect, type Database } from "../../db/client";
import type { Stack } from "../stack";
import { findContradictions } from "./books";

/** The sweeper looks every minute at what has been open for half of one. */
const SETTLED_WITHIN_MS = 110_000;

/** After all tests: books that do not balance, and orders or events that came to no end. */
export async function findLooseEnds({ ownerUrl, simulator }: Stack): Promise<string[]> {
  const stripe = new Stripe("sk_test_demo", {
    host: "127.0.0.1",
    port: simulator.port,
    protocol: "http",
    telemetry: false,
  });
  simulator.faults.clear();
  const db = connect(ownerUrl, { max: 2 });
  try {
    const deadline = Date.now() + SETTLED_WITHIN_MS;
    let stuck = await findStuck(db);
    while (stuck.length > 0 && Date.now() < deadline) {
      await sleep(500);
      stuck = await findStuck(db);
    }
    return [...stuck, ...(await findContradictions(db, stripe))];
  } finally {
    await db.pool.end({ timeout: 5 });
  }
}

async function findStuck(db: Database): Promise<string[]> {
  const rows = await db.execute<{ what: string }>(sql`
    select 'order ' || reference || ' is still ' || status as what from orders
    where status = 'processing' or (cancel_requested_at is not null and paid_at is null and status <> 'canceled')
    union all
    select 'event ' || id || ' (' || type || ') was not handled' from stripe_events where handled_at is null`);
  return rows.map(({ what }) => what);
}
