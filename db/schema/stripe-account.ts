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
  },
  () => [check("stripe_account_is_one", sql`one`), check("stripe_account_is_named", sql`id ~ '^acct_'`)],
);
