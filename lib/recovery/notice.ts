import { and, eq, inArray, or, sql } from "drizzle-orm";
import { z } from "zod";
import type { Database, Reader } from "../../db/client";
import { attempts, orders, stripeAccount } from "../../db/schema";
import type { MadeWithin, PaymentRecord, ProviderRecords } from "../billing/provider-records";
import { beginRecovery, findRecovery } from "./mode";

export type NoticeDeps = {
  readonly db: Database;
  readonly records: Pick<ProviderRecords, "listPayments">;
  readonly log: Record<"warn" | "error", (facts: object, message: string) => void>;
};

const named = z.object({ account_id: z.uuid(), order_id: z.uuid(), reference: z.string().regex(/^CR-/) });

/** The order that our metadata on a payment names; null where somebody else made the payment. */
export function namedOrder({ metadata }: Pick<PaymentRecord, "metadata">) {
  const { data } = named.safeParse(metadata);
  return data ? { accountId: data.account_id, orderId: data.order_id, reference: data.reference } : null;
}

/** So many payments of ours are looked at; those of plans and of other products in between do not count. */
const MAX_OURS = 100;
const MAX_PAGES = 20;

/**
 * Whether this database is an older one that was restored: Stripe's newest payments name an order that is not here, or that was
 * never tried to be paid here, though every attempt is stored before Stripe is asked. Then recovery begins, for all processes,
 * and the log says what to do. `unknown` where Stripe did not say.
 */
export async function noticeRestore({
  db,
  records,
  log,
}: NoticeDeps): Promise<"fine" | "recovering" | "unknown"> {
  if (await findRecovery(db)) return "recovering";
  const [row] = await db.select({ until: stripeAccount.recoveredUntil }).from(stripeAccount);
  if (!row) return "unknown"; // Nobody knows whose Stripe account it is.
  const lost = await findLost({ db, records }, { from: row.until, to: null });
  if (lost === "unknown") {
    log.warn({}, "Stripe did not say whether it has payments that this database does not know");
    return "unknown";
  }
  if (lost === null) return "fine";
  await beginRecovery(db, lost.id);
  log.error(
    { paymentIntentId: lost.id, createdAt: lost.createdAt, newestHere: await newestInstant(db) },
    "Stripe has a payment for an order that this database does not know, so it is an older one: nothing is sold, swept or " +
      "renewed until npm run recover -- --since <a day before the backup> is done",
  );
  return "recovering";
}

/** The newest payment of ours of that time whose order, or whose attempts, are not here, as far back as is looked. */
export async function findLost(
  { db, records }: Pick<NoticeDeps, "db" | "records">,
  within: MadeWithin,
): Promise<PaymentRecord | null | "unknown"> {
  let ours = 0;
  let after: string | null = null;
  for (let page = 0; page < MAX_PAGES && ours < MAX_OURS; page += 1) {
    const asked: Awaited<ReturnType<typeof records.listPayments>> = await records.listPayments(within, after);
    if (asked.kind !== "answered") return "unknown";
    const lost = await findUnknown(db, asked.value.records);
    if (lost) return lost;
    ours += asked.value.records.filter(namedOrder).length;
    after = asked.value.next;
    if (after === null) break;
  }
  return null;
}

/** The newest payment of ours whose order, or whose attempts, are not here; null where there is none. */
async function findUnknown(db: Reader, payments: readonly PaymentRecord[]): Promise<PaymentRecord | null> {
  const ours = payments.flatMap((payment) => {
    const order = namedOrder(payment);
    return order ? [{ payment, ...order }] : [];
  });
  if (ours.length === 0) return null;
  const known = await db
    .select({ accountId: orders.accountId, orderId: orders.id })
    .from(orders)
    .innerJoin(attempts, and(eq(attempts.accountId, orders.accountId), eq(attempts.orderId, orders.id)))
    .where(
      and(
        inArray(
          orders.accountId,
          ours.map(({ accountId }) => accountId),
        ),
        or(
          ...ours.map(({ accountId, orderId }) =>
            and(eq(orders.accountId, accountId), eq(orders.id, orderId)),
          ),
        ),
      ),
    );
  const here = new Set(known.map(({ accountId, orderId }) => `${accountId}/${orderId}`));
  return ours.find(({ accountId, orderId }) => !here.has(`${accountId}/${orderId}`))?.payment ?? null;
}

/** When anything was last heard or sold here: about when the backup was made. */
export async function newestInstant(db: Reader): Promise<Date | null> {
  const [row] = await db.execute<{ at: string | null }>(sql`
    select greatest(
      (select max(received_at) from stripe_events), (select max(seen_at) from workers),
      (select max(updated_at) from orders), (select max(created_at) from accounts))::text as at`);
  return row?.at ? new Date(row.at) : null;
}
