import type { BillingDeps } from "../deps";
import {
  type Payment,
  type PaymentGateway,
  type ProviderAnswer,
  refusedIsUnknown,
  unavailableIsUnknown,
} from "../gateway";
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
/** After this nobody who confirmed is still waiting: an attempt that never reached Stripe is not sent any more. */
const REPEAT_FOR_MS = 60 * MINUTE_MS;
/** A stored server error is repeated for a day. By now no call of ours can still be on its way. */
const TRUST_LIST_AFTER_MS = 3 * MINUTE_MS;

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
  if (state.order.status === "canceled" && !hintedId) return null;
  const asked = await ask(deps.gateway, state, hintedId);
  return asked && { asked, attemptNumber: state.attempt?.number ?? null };
}

async function ask(
  gateway: PaymentGateway,
  state: OrderState,
  hintedId?: string,
): Promise<ProviderAnswer<Payment> | null> {
  const { order, attempt } = state;
  const id = order.paymentIntentId ?? hintedId;
  const unheard = isOpen(attempt) && attempt.status === "started";
  if (unheard && !hintedId) return askAgain(gateway, order, attempt, state.now);
  if (!id) return null;
  const found = refusedIsUnknown(await gateway.findPayment(id));
  // While an attempt is unheard, its payment may still show the attempt before: only success is certain then.
  if (unheard && !(found.kind === "answered" && found.value.status === "succeeded"))
    return askAgain(gateway, order, attempt, state.now);
  return found;
}

async function askAgain(
  gateway: PaymentGateway,
  order: OrderRow,
  attempt: AttemptRow,
  now: Date,
): Promise<ProviderAnswer<Payment>> {
  const ageMs = now.getTime() - attempt.createdAt.getTime();
  if (ageMs > REPEAT_FOR_MS) return look(gateway, attempt);
  const again = unavailableIsUnknown(await gateway.charge(chargeOf(order, attempt)));
  const stuckOnServerError = again.kind === "unknown" && again.serverSaidNo && ageMs > TRUST_LIST_AFTER_MS;
  return stuckOnServerError ? look(gateway, attempt) : again;
}

/** Looks for the payment instead of asking for it: what Stripe does not list after minutes was never made. */
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
