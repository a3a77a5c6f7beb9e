import { and, asc, eq, inArray, isNull, ne, sql } from "drizzle-orm";
import { z } from "zod";
import type { Tx } from "../../db/client";
import { accounts, orders, stripeEvents } from "../../db/schema";
import { findAccountOfInvoice, type InvoiceRef } from "./allowances/returns/rows";
import { settleInvoiceReturns } from "./allowances/returns/settle";
import { forgetIfDeleted } from "./cards/customer";
import { syncPaymentMethods } from "./cards/sync";
import type { BillingDeps } from "./deps";
import {
  concernsCards,
  concernsPlan,
  concernsReturns,
  creditedInvoiceOf,
  customerOf,
  eventShape,
  planCustomerOf,
  type StripeEventShape,
  toldBy,
} from "./event-shape";
import { settleReturns } from "./orders/returns/settle";
import { settleOrder } from "./orders/settle";
import { findOpenCheckout, settleCheckout } from "./subscriptions/checkouts";
import { syncSubscription } from "./subscriptions/sync";
import { lookAtUnknownCustomer, wasToldOf } from "./subscriptions/unknown-customer";
import { tell } from "./told";

const uuid = z.uuid();

/** So many events of one customer are handled together; what is left over comes with the next try. */
const MAX_TOGETHER = 200;

/** Thrown so that the job is tried again later: Stripe could not be asked, so the event is not handled. */
export class EventNotHandled extends Error {
  override name = "EventNotHandled";
}

/**
 * Handles a stored event: a hint to go and look. It counts as handled only in the transaction that commits its
 * effect; events that concern nothing of ours are handled by doing nothing. Throws `EventNotHandled` to be called
 * again; an event that cannot be understood is parked with the reason.
 */
export async function handleEvent(deps: BillingDeps, eventId: string): Promise<void> {
  const [stored] = await deps.db
    .select({ payload: stripeEvents.payload, body: stripeEvents.body })
    .from(stripeEvents)
    .where(
      and(eq(stripeEvents.id, eventId), isNull(stripeEvents.handledAt), isNull(stripeEvents.parkedReason)),
    );
  if (!stored) return;
  const handled: Handled = (tx, accountId) => markHandled(tx, [eventId], accountId);
  const parsed = eventShape.safeParse(stored.payload ?? parseBody(stored.body));
  if (!parsed.success) {
    await deps.db
      .update(stripeEvents)
      .set({ parkedReason: "not an event we understand" })
      .where(and(eq(stripeEvents.id, eventId), isNull(stripeEvents.handledAt)));
    return;
  }
  const event = parsed.data;
  if (event.type.startsWith("payment_intent.")) return handlePayment(deps, event, handled);
  if (concernsReturns(event)) return handleReturns(deps, event, handled);
  if (concernsPlan(event)) return handlePlan(deps, await findSamePlan(deps, { ...event, id: eventId }));
  if (concernsCards(event)) return handleCards(deps, event, handled);
  await handled(deps.db, null);
}

/** What could not be kept as JSON may still be read as such. */
function parseBody(body: Buffer | null): unknown {
  try {
    return JSON.parse(body?.toString("utf8") ?? "");
  } catch {
    return null;
  }
}

/** Whose it was found to be, or null. */
type Handled = (tx: Pick<Tx, "update">, accountId: string | null) => Promise<void>;

async function handlePayment(deps: BillingDeps, event: StripeEventShape, handled: Handled): Promise<void> {
  const { id, metadata } = event.data.object;
  const order = await findNamedOrder(deps, metadata);
  if (!order) return handled(deps.db, null);
  // The usual case: whoever charged settled it long ago, and there is nothing left to lock or to ask.
  const { accountId } = order;
  if (order.paidAt && order.paymentIntentId === id) return handled(deps.db, accountId);
  const ref = { accountId, orderId: order.id };
  const settled = await settleOrder(deps, ref, {
    paymentIntentId: id,
    also: (tx) => handled(tx, accountId),
  });
  if (settled.unknown) throw new EventNotHandled(`payment ${id} could not be looked up`);
}

/** A charge that no PaymentIntent made is none of ours. */
async function handleReturns(deps: BillingDeps, event: StripeEventShape, handled: Handled): Promise<void> {
  const { payment_intent: paymentIntentId } = event.data.object;
  if (!paymentIntentId) return handled(deps.db, null);
  const settled = await settleReturns(deps, { paymentIntentId }, { also: handled });
  if (settled.unknown)
    throw new EventNotHandled(`what became of payment ${paymentIntentId} could not be read`);
}

async function findNamedOrder(deps: BillingDeps, metadata: Record<string, string> | null | undefined) {
  const accountId = uuid.safeParse(metadata?.account_id);
  const orderId = uuid.safeParse(metadata?.order_id);
  if (!accountId.success || !orderId.success) return null;
  const [order] = await deps.db
    .select({
      accountId: orders.accountId,
      id: orders.id,
      paidAt: orders.paidAt,
      paymentIntentId: orders.paymentIntentId,
    })
    .from(orders)
    .where(and(eq(orders.accountId, accountId.data), eq(orders.id, orderId.data)));
  return order ?? null;
}

async function handleCards(deps: BillingDeps, event: StripeEventShape, handled: Handled): Promise<void> {
  const found = await findNamedAccount(deps, event);
  if (!found) return handled(deps.db, null);
  const also = (tx: Tx) => handled(tx, found.accountId);
  const synced = await syncPaymentMethods(deps, found, also);
  if (synced.ok) return;
  // Nothing can be listed of one that was deleted, and the event that told of that may be lost.
  if ((await forgetIfDeleted(deps, found, also)) !== "forgotten")
    throw new EventNotHandled(`cards of ${found.customerId} could not be listed`);
}

type StoredEvent = StripeEventShape & { readonly id: string };

/**
 * An event about a plan with all others about the same customer's plan that are stored and not handled: whoever reads the
 * plan from now on has seen what each of them tells of. One that is stored later is not among them, and has its own read.
 */
async function findSamePlan({ db }: BillingDeps, event: StoredEvent): Promise<readonly StoredEvent[]> {
  const customer = planCustomerOf(event);
  if (!customer) return [event];
  const rows = await db
    .select({ id: stripeEvents.id, payload: stripeEvents.payload })
    .from(stripeEvents)
    .where(
      and(
        eq(stripeEvents.planCustomer, customer),
        isNull(stripeEvents.handledAt),
        isNull(stripeEvents.parkedReason),
        ne(stripeEvents.id, event.id),
      ),
    )
    .orderBy(asc(stripeEvents.receivedAt))
    .limit(MAX_TOGETHER);
  return [
    event,
    ...rows.flatMap(({ id, payload }) => {
      const { data } = eventShape.safeParse(payload);
      return data ? [{ ...data, id }] : [];
    }),
  ];
}

/** Whatever events say of a plan, it is asked anew: so their order does not matter, and one read serves all. */
async function handlePlan(deps: BillingDeps, events: readonly StoredEvent[]): Promise<void> {
  const handled: Handled = (tx, whose) =>
    markHandled(
      tx,
      events.map(({ id }) => id),
      whose,
    );
  const [first] = events;
  const found = first ? await findNamedAccount(deps, first) : null;
  if (!found) return handleUnknownCustomer(deps, events, handled);
  const { accountId } = found;
  const also = (tx: Tx) => handled(tx, accountId);
  if (events.some(tellsOfCheckout)) {
    const checkout = await findOpenCheckout(deps.db, accountId);
    const settled = checkout ? await settleCheckout(deps, checkout) : "ended";
    // One whose address nobody ever heard was not paid: it ends by itself, and no event of another waits for it.
    if (settled === "unknown" && checkout?.sessionId)
      throw new EventNotHandled("the visit to Checkout could not be looked up");
  }
  if (events.some(({ type }) => type === "customer.deleted")) {
    const customer = await forgetIfDeleted(deps, found, also);
    if (customer === "unknown")
      throw new EventNotHandled(`customer ${found.customerId} could not be looked up`);
    if (customer === "forgotten") return;
  }
  for (const invoiceId of creditedBy(events)) await settleCredited(deps, { accountId, invoiceId });
  const { facts } = await syncSubscription(deps, { accountId }, { also, told: toldBy(events) });
  if (!facts) throw new EventNotHandled(`the plan of ${found.customerId} could not be read`);
}

const creditedBy = (events: readonly StoredEvent[]): ReadonlySet<string> =>
  new Set(events.flatMap((each) => creditedInvoiceOf(each) ?? []));

async function settleCredited(deps: BillingDeps, ref: InvoiceRef): Promise<void> {
  if ((await settleInvoiceReturns(deps, ref)) === "unknown")
    throw new EventNotHandled(`what became of ${ref.invoiceId} could not be read`);
}

/**
 * Of a customer of no account only what was paid is a matter of ours, and what becomes of it. One that was deleted had an account, which
 * still has what its invoices gave.
 */
async function handleUnknownCustomer(
  deps: BillingDeps,
  events: readonly StoredEvent[],
  handled: Handled,
): Promise<void> {
  let whose: string | null = null;
  for (const invoiceId of creditedBy(events)) {
    const accountId = await findAccountOfInvoice(deps.db, invoiceId);
    if (accountId) await settleCredited(deps, { accountId, invoiceId });
    whose = accountId ?? whose;
  }
  const customerId = events[0] && customerOf(events[0]);
  if (!customerId) return handled(deps.db, whose);
  const isOurs = events.some(({ type }) => type === "invoice.paid") || (await wasToldOf(deps.db, customerId));
  if (!isOurs) return handled(deps.db, whose);
  const also = (tx: Tx) => handled(tx, whose);
  if (!(await lookAtUnknownCustomer(deps, customerId, { also })))
    throw new EventNotHandled(`what ${customerId}, a customer of no account, pays for could not be read`);
}

const tellsOfCheckout = ({ type, data }: StripeEventShape): boolean =>
  data.object.object === "checkout.session" || type === "customer.subscription.created";

async function findNamedAccount(
  deps: BillingDeps,
  event: StripeEventShape,
): Promise<{ accountId: string; customerId: string } | null> {
  const customerId = customerOf(event);
  if (!customerId) return null;
  const [account] = await deps.db
    .select({ id: accounts.id })
    .from(accounts)
    .where(eq(accounts.stripeCustomerId, customerId));
  return account ? { accountId: account.id, customerId } : null;
}

async function markHandled(
  tx: Pick<Tx, "update">,
  eventIds: readonly string[],
  accountId: string | null,
): Promise<void> {
  // Parked meanwhile by whoever thought this try lost: its effect is here, and counts.
  const handled = await tx
    .update(stripeEvents)
    .set({ handledAt: sql`now()`, parkedReason: null, ...(accountId && { foundAccountId: accountId }) })
    .where(and(inArray(stripeEvents.id, [...eventIds]), isNull(stripeEvents.handledAt)))
    .returning({
      eventId: stripeEvents.id,
      type: stripeEvents.type,
      ageSeconds: sql<number>`extract(epoch from clock_timestamp() - received_at)::double precision`,
    });
  for (const each of handled) tell(tx, { kind: "event_handled", ...each });
}
