import { sql } from "drizzle-orm";
import { check, foreignKey, index, pgTable, primaryKey, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { accounts, instant } from "./accounts";

/** Somebody of an account wants a plan by agreement. Kept, and mailed to whoever sells. */
export const contactRequests = pgTable(
  "contact_requests",
  {
    accountId: uuid("account_id").notNull(),
    id: uuid("id").notNull(),
    /** The form's request id and what was written: a double submit is one request, a corrected one another. */
    requestKey: text("request_key").notNull(),
    requestedBy: uuid("requested_by").notNull(),
    /** Where the answer goes: the address the person signs in with. */
    email: text("email").notNull(),
    name: text("name").notNull(),
    company: text("company"),
    message: text("message").notNull(),
    createdAt: instant("created_at").notNull(),
    /** Null: not mailed yet, or nobody heard that it was. */
    mailedAt: instant("mailed_at"),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    foreignKey({ columns: [t.accountId], foreignColumns: [accounts.id] }),
    uniqueIndex("contact_requests_one_per_request").on(t.accountId, t.requestKey),
    check(
      "contact_requests_say_who",
      sql`char_length(email) between 3 and 254 and char_length(name) between 1 and 100`,
    ),
    check("contact_requests_company_is_named", sql`char_length(company) between 1 and 100`),
    check("contact_requests_say_something", sql`char_length(message) between 10 and 2000`),
    index("contact_requests_newest_first").on(t.accountId, t.createdAt), // serves the limit a day
    // Serves the sweep: what has not been mailed.
    index("contact_requests_to_mail").on(t.createdAt).where(sql`mailed_at is null`),
  ],
);
