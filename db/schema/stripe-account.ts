import { sql } from "drizzle-orm";
import { boolean, check, pgTable, text } from "drizzle-orm/pg-core";
import { instant } from "./accounts";

/**
 * The Stripe account and mode whose ids this database holds: one row, written at first contact. With another account's or
 * mode's key nothing of it could be charged, changed or cancelled, so no process starts with one. `npm run stripe:forget`.
 */
export const stripeAccount = pgTable(
  "stripe_account",
  {
    one: boolean("one").primaryKey().default(true),
    /** `acct_…`; null while no key was allowed to read it, and the mode alone is compared. */
    id: text("id"),
    live: boolean("live").notNull(),
    boundAt: instant("bound_at").notNull().defaultNow(),
    /** `stripe:forget` has begun and not ended: until it has, half of what is here is of no account. */
    forgettingSince: instant("forgetting_since"),
    /** Since when this database is known to be older than what Stripe took: nothing is sold until `npm run recover` is done. */
    recoveringSince: instant("recovering_since"),
    /** Stripe's id of what told of it. */
    recoveringBecause: text("recovering_because"),
    /** Payments made until then were looked at: those that nobody here knows are told of, and start nothing again. */
    recoveredUntil: instant("recovered_until"),
  },
  () => [check("stripe_account_is_one", sql`one`), check("stripe_account_is_named", sql`id ~ '^acct_'`)],
);
