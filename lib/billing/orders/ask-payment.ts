import { askAgain } from "../ask-again";
import type { BillingDeps } from "../deps";
import { type Payment, type PaymentGateway, type ProviderAnswer, refusedIsUnknown } from "../gateway";
import { chargeOf } from "./charge";
import {
  type AttemptRow,
  findOrderState,
  isOpen,
  type OrderRef,
  type OrderRow,
  type OrderState,
} from "./rows";

/** An answer about an order's payment, and the attempt that was the newest when the question was put. */
export type Asking = { readonly asked: ProviderAnswer<Payment>; readonly attemptNumber: number | null };

const MINUTE_MS = 60_000;

/**
 * Asks the provider what became of an order's payment, in the way that gives a definite answer: an attempt whose
 * answer was never heard is asked again with its stored key, anything else is looked up by its id. Null when there
 * is nothing to ask.
 */
export async function askAboutOrder(
  deps: BillingDeps,
  ref: OrderRef,
  hintedId?: string,
): Promise<Asking | null> {
  const state = await findOrderState(deps.db, ref);
  if (!state || state.order.paidAt) return null;
  if (state.order.status === "canceled" && !mayStillBePaid(state.order) && !hintedId) return null;
  const asked = await ask(deps.gateway, state, hintedId);
  return asked && { asked, attemptNumber: state.attempt?.number ?? null };
}

/** A canceled order's payment was canceled first; a closed one's only afterwards. */
const mayStillBePaid = ({ nextClosedReadAt }: OrderRow): boolean => nextClosedReadAt !== null;

async function ask(
  gateway: PaymentGateway,
  state: OrderState,
  hintedId?: string,
): Promise<ProviderAnswer<Payment> | null> {
  const { order, attempt } = state;
  // Of an order that is over its own payment is known: what may be news is the one that somebody told of.
  const id =
    order.status === "canceled" ? (hintedId ?? order.paymentIntentId) : (order.paymentIntentId ?? hintedId);
  const unheard = isOpen(attempt) && attempt.status === "started";
  if (unheard && !hintedId) return sendAgain(gateway, order, attempt, state.now);
  if (!id) return null;
  const found = refusedIsUnknown(await gateway.findPayment(id));
  // While an attempt is unheard, its payment may still show the attempt before: only success is certain then.
  if (unheard && !(found.kind === "answered" && found.value.status === "succeeded"))
    return sendAgain(gateway, order, attempt, state.now);
  return found;
}

async function sendAgain(
  gateway: PaymentGateway,
  order: OrderRow,
  attempt: AttemptRow,
  now: Date,
): Promise<ProviderAnswer<Payment>> {
  const again = await askAgain({ storedAt: attempt.createdAt, now }, () =>
    gateway.charge(chargeOf(order, attempt)),
  );
  return again ?? look(gateway, attempt);
}

/** Looks for the payment instead of asking for it: what Stripe does not list by now was never made. */
async function look(gateway: PaymentGateway, attempt: AttemptRow): Promise<ProviderAnswer<Payment>> {
  if (attempt.paymentIntentId) return refusedIsUnknown(await gateway.findPayment(attempt.paymentIntentId));
  const since = new Date(attempt.createdAt.getTime() - MINUTE_MS);
  const listed = await gateway.listPaymentsOfOrder({
    customerId: attempt.customerId,
    orderId: attempt.orderId,
    since,
  });
  if (listed.kind !== "answered") return refusedIsUnknown(listed);
  const [payment] = listed.value.filter((each) => each.status !== "canceled");
  return payment ? { kind: "answered", value: payment } : { kind: "refused", code: "never_charged" };
}
