import { sql } from "drizzle-orm";
import { check, index, integer, pgEnum, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { instant } from "./accounts";
import { memberRole, users } from "./auth";

/** What a mailed link does: set a new password, make an address the person's, or take that back. */
export const linkPurpose = pgEnum("link_purpose", ["reset_password", "confirm_email", "undo_email"]);

/** Links that were mailed to people; each does one thing once. Real time, like sessions. */
export const mailedLinks = pgTable(
  "mailed_links",
  {
    id: uuid("id").primaryKey(),
    /** SHA-256 of what the link says, which is 32 bytes nobody can guess and no table holds. */
    tokenHash: text("token_hash").notNull(),
    purpose: linkPurpose("purpose").notNull(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    /** The address it was mailed to: the person's; the one that is to be theirs; the one they had. */
    email: text("email").notNull(),
    /** `confirm_email` and `undo_email`: the other address of the change. */
    otherEmail: text("other_email"),
    /**
     * The person's `session_version` when it was made: what ends all their sessions makes it useless. Null for the way
     * back, which must outlast what a stranger does.
     */
    version: integer("version"),
    createdAt: instant("created_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
    usedAt: instant("used_at"),
  },
  (t) => [
    uniqueIndex("mailed_links_by_token").on(t.tokenHash), // serves the page behind a link
    index("mailed_links_by_expiry").on(t.expiresAt), // serves the cleanup
    check("mailed_links_expire", sql`expires_at > created_at`),
    check("mailed_links_change_something", sql`(purpose = 'reset_password') = (other_email is null)`),
    check("mailed_links_end_with_sessions", sql`(purpose = 'undo_email') = (version is null)`),
    check("mailed_links_are_lower_case", sql`email = lower(email) and other_email = lower(other_email)`),
  ],
);

/** Somebody was asked by mail to join an account: a membership to come. Real time, like sessions. */
export const accountInvitations = pgTable(
  "account_invitations",
  {
    id: uuid("id").primaryKey(),
    accountId: uuid("account_id").notNull(),
    email: text("email").notNull(),
    role: memberRole("role").notNull(),
    /** As in `mailed_links`. Sent again, the invitation has another, and the link of before is of no use. */
    tokenHash: text("token_hash").notNull(),
    /** How often it was sent. */
    sends: integer("sends").notNull().default(1),
    invitedBy: uuid("invited_by")
      .notNull()
      .references(() => users.id),
    createdAt: instant("created_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
    acceptedAt: instant("accepted_at"),
    acceptedBy: uuid("accepted_by").references(() => users.id),
    withdrawnAt: instant("withdrawn_at"),
  },
  (t) => [
    uniqueIndex("account_invitations_by_token").on(t.tokenHash), // serves the page behind a link
    // Serves the list, and lets nobody be invited twice at once.
    uniqueIndex("account_invitations_one_open_each")
      .on(t.accountId, t.email)
      .where(sql`accepted_at is null and withdrawn_at is null`),
    index("account_invitations_by_expiry").on(t.expiresAt), // serves the cleanup
    check("account_invitations_expire", sql`expires_at > created_at and sends > 0`),
    check("account_invitations_email_is_lower_case", sql`email = lower(email)`),
    check("account_invitations_end_once", sql`accepted_at is null or withdrawn_at is null`),
    check("account_invitations_are_accepted_by", sql`(accepted_at is null) = (accepted_by is null)`),
  ],
);
