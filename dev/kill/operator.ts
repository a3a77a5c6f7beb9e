import "../catalog";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import type { ActDeps, Request } from "../../lib/desk/acts/act";
import { performAct } from "../../lib/desk/acts/perform";
import { previewAct } from "../../lib/desk/acts/run-act";
import { newId, toPublicId } from "../../lib/ids";
import { openDeps } from "../bench/web";

// A process of its own: an operator at the desk who refunds orders and invoices, whole or in part, until somebody kills it.
const PAUSE_MS = 1_500;
const { DATABASE_URL = "", STRIPE_API_BASE = "", APP_URL = "" } = process.env;
const deps: ActDeps = {
  ...openDeps(DATABASE_URL, STRIPE_API_BASE, APP_URL),
  log: { info: () => {}, warn: () => {}, error: () => {} },
  seller: null,
  approvals: { credits: null, cents: null },
};
const operatorId = newId();
process.once("SIGTERM", () => process.exit(0));
let rests = false;
process.on("message", (told) => {
  rests = told === "rest";
});

for (;;) {
  await sleep(PAUSE_MS);
  if (rests) continue;
  // What fails, by a database that is away or a payment under way, is another's turn.
  await (Math.random() < 0.6 ? refundOrder() : refundInvoice()).catch(() => null);
}

type Paid = { readonly account_id: string; readonly id: string; readonly cents: string };

/** So much that it does not come out even in credits. */
function partOf({ cents }: Paid): string {
  return String(1n + BigInt(cents) / 3n);
}

async function refundOrder(): Promise<void> {
  const [order] = await deps.db.execute<Paid>(sql`
    select account_id, id, amount_cents as cents from orders
    where status in ('paid', 'partially_refunded') order by random() limit 1`);
  if (!order) return;
  const cents = Math.random() < 0.5 ? "" : partOf(order);
  await act({
    kind: "refund_order",
    accountId: order.account_id,
    fields: { order: toPublicId("order", order.id), cents },
  });
}

/** Always a little of it, so that there is something left however long this goes on. */
async function refundInvoice(): Promise<void> {
  const [invoice] = await deps.db.execute<Paid>(sql`
    select account_id, id, paid_cents as cents from invoices
    where status = 'paid' and paid_cents > 0 order by random() limit 1`);
  if (!invoice) return;
  const cents = String(1 + Math.floor(Math.random() * 20));
  await act({
    kind: "refund_invoice",
    accountId: invoice.account_id,
    fields: { invoice: invoice.id, cents },
  });
}

async function act(request: Request): Promise<void> {
  const seen = await previewAct(deps, request, operatorId);
  if (!seen.ok) return;
  const { basis } = seen.value;
  await performAct(deps, { request, operatorId, reason: "Killed at random", basis });
}
