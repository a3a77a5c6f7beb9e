import "../catalog";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { refundOrder } from "../../lib/billing/orders/returns/refund";
import { newId } from "../../lib/ids";
import { cents } from "../../lib/money/credits";
import { openDeps } from "../bench/web";

// A process of its own: an operator who refunds one order after the other, whole or in part, until somebody kills it.
const PAUSE_MS = 2_500;
const { DATABASE_URL = "", STRIPE_API_BASE = "", APP_URL = "" } = process.env;
const deps = { ...openDeps(DATABASE_URL, STRIPE_API_BASE, APP_URL), log: silent() };
const operator = { as: "operator", userId: newId() } as const;
process.once("SIGTERM", () => process.exit(0));
let rests = false;
process.on("message", (told) => {
  rests = told === "rest";
});

for (;;) {
  await sleep(PAUSE_MS);
  if (rests) continue;
  // What fails, by a database that is away or a payment under way, is another's turn.
  await refundAny().catch(() => null);
}

async function refundAny(): Promise<void> {
  const [order] = await deps.db.execute<{ account_id: string; id: string; amount_cents: string }>(sql`
    select account_id, id, amount_cents from orders
    where status in ('paid', 'partially_refunded') order by random() limit 1`);
  if (!order) return;
  const isWhole = Math.random() < 0.5;
  // In part it is so much that it does not come out even in credits.
  const amountCents = isWhole ? null : cents(1n + BigInt(order.amount_cents) / 3n);
  const ref = { accountId: order.account_id, orderId: order.id };
  await refundOrder(deps, ref, { amountCents, by: operator, why: "killed at random" });
}

function silent() {
  return { info: () => {}, warn: () => {}, error: () => {} };
}
