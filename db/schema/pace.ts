import { pgTable, text } from "drizzle-orm/pg-core";
import { instant } from "./accounts";

/** Of the calls to Stripe that nobody waits for, when the next one to a path may go out: for all processes together. */
export const providerPace = pgTable("provider_pace", {
  /** Method and path with ids left out, as Stripe limits them: `GET /v1/invoices/:id`. */
  path: text("path").primaryKey(),
  freeAt: instant("free_at").notNull(),
});
