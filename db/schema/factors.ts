import { sql } from "drizzle-orm";
import { bigint, check, pgTable, primaryKey, text, uuid } from "drizzle-orm/pg-core";
import { instant } from "./accounts";
import { users } from "./auth";

/** Who may open an account of their own by coming through a provider. */
export const invitations = pgTable(
  "invitations",
  {
    email: text("email").primaryKey(),
    createdAt: instant("created_at").notNull().defaultNow(),
    /** When the account was opened. */
    usedAt: instant("used_at"),
  },
  () => [check("invitations_email_is_lower_case", sql`email = lower(email)`)],
);

/** A person's second factor: the secret that an authenticator app makes codes from. */
export const secondFactors = pgTable(
  "second_factors",
  {
    userId: uuid("user_id")
      .primaryKey()
      .references(() => users.id),
    /** Encrypted with a key derived from AUTH_SECRET, for this person alone. */
    sealedSecret: text("sealed_secret").notNull(),
    /** Until a first code was right it is only being set up: nobody is asked for it. */
    confirmedAt: instant("confirmed_at"),
    /** In which session it is being set up; the secret is shown there only. */
    sessionId: uuid("session_id").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    /** The 30 seconds since 1970 whose code was used last: that one and older ones count no more. */
    lastStep: bigint("last_step", { mode: "number" }),
  },
  () => [check("second_factors_steps_are_counted", sql`last_step >= 0`)],
);

/** What somebody who lost their authenticator app signs in with, each of them once. */
export const recoveryCodes = pgTable(
  "recovery_codes",
  {
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    /** SHA-256 of the code, which is 80 random bits: nothing to guess, so nothing to slow down. */
    codeHash: text("code_hash").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
    usedAt: instant("used_at"),
  },
  (t) => [primaryKey({ columns: [t.userId, t.codeHash] })],
);
