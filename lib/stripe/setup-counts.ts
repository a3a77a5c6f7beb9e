import type Stripe from "stripe";

/** How many subscriptions that have not ended have a price; at least so many where counting was given up. */
export type CountSubscriptions = (
  priceId: string,
) => Promise<{ readonly subscriptions: number; readonly orMore: boolean }>;

const MAX_COUNTED = 1_000;

/** For a setup without a database: a page of 100 at a time. Left out, `status` lists all that have not been canceled. */
export const countAtStripe =
  (stripe: Stripe): CountSubscriptions =>
  async (price) => {
    let subscriptions = 0;
    for await (const { status } of stripe.subscriptions.list({ price, limit: 100 })) {
      if (status === "incomplete_expired") continue;
      if (subscriptions === MAX_COUNTED) return { subscriptions, orMore: true };
      subscriptions += 1;
    }
    return { subscriptions, orMore: false };
  };
