import type Stripe from "stripe";
import { CANCEL_METADATA, cancelMarkOf, isMarkOf } from "../billing/subscriptions/cancellations";
import { newId } from "../ids";
import { freshKey } from "./ask";

const endsOf = ({ items }: Stripe.Subscription): readonly number[] =>
  items.data.map((each) => each.current_period_end);

/** When it ends, in seconds, by somebody's cancellation. `cancel_at` may still be the end of an earlier period. */
const endOf = (subscription: Stripe.Subscription): readonly number[] => {
  const { cancel_at, cancel_at_period_end } = subscription;
  if (cancel_at_period_end) return endsOf(subscription);
  return cancel_at === null ? [] : [cancel_at];
};

/** Whether it ends with its period at the latest: then there is nothing to cancel, and nobody's end is put off. */
export const endsByPeriodEnd = (subscription: Stripe.Subscription): boolean => {
  const { cancel_at, cancel_at_period_end } = subscription;
  return cancel_at_period_end || (cancel_at !== null && cancel_at <= Math.max(...endsOf(subscription)));
};

/**
 * Whether an operator had it end: on a day that is not its period's end, or with its period, and no mark of ours says that the
 * customer chose that.
 */
export const isOperatorsEnd = (subscription: Stripe.Subscription): boolean => {
  const ends = endOf(subscription);
  if (ends.length === 0) return false;
  const mark = subscription.metadata[CANCEL_METADATA];
  return !ends.some((end) => endsOf(subscription).includes(end) && isMarkOf(mark, end));
};

/** Ends it with its period, marked as the customer's choice; not where that cuts short what an operator set for later. */
export const cancelAtPeriodEnd = (
  stripe: Stripe,
  subscription: Stripe.Subscription,
): Promise<Stripe.Subscription> =>
  stripe.subscriptions.update(
    subscription.id,
    {
      cancel_at_period_end: true,
      ...(isOperatorsEnd(subscription) ? {} : { metadata: { [CANCEL_METADATA]: newMark(subscription) } }),
    },
    freshKey(),
  );

const newMark = (subscription: Stripe.Subscription): string => cancelMarkOf(endsOf(subscription), newId());

/** Stripe knows two ways to end, and each is undone in its own; the mark goes with it. */
export async function goOnAtPeriodEnd(stripe: Stripe, subscription: Stripe.Subscription): Promise<void> {
  const { id, cancel_at, cancel_at_period_end } = subscription;
  const metadata = { [CANCEL_METADATA]: "" };
  if (cancel_at_period_end)
    await stripe.subscriptions.update(id, { cancel_at_period_end: false, metadata }, freshKey());
  else if (cancel_at !== null) await stripe.subscriptions.update(id, { cancel_at: "", metadata }, freshKey());
}

/** See `PlanGateway.claimCancellation`. */
export async function claimCancellation(stripe: Stripe, id: string): Promise<{ readonly mark: string }> {
  const mark = newMark(await stripe.subscriptions.retrieve(id));
  await stripe.subscriptions.update(id, { metadata: { [CANCEL_METADATA]: mark } }, freshKey());
  return { mark };
}
