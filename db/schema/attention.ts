import { sql } from "drizzle-orm";
import {
  check,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  smallint,
  text,
  unique,
  uuid,
} from "drizzle-orm/pg-core";
import { instant } from "./accounts";

/** `acknowledged`: an operator knows of it. Either way it is resolved once the facts are right. */
export const attentionState = pgEnum("attention_state", ["open", "acknowledged", "resolved"]);

/**
 * What Stripe says and nobody understands, what contradicts itself, and what belongs to nobody, for an operator to look
 * at. One row for each account (or none), object and reason, however often it comes and goes. Local on a cluster: an
 * operator reads the items of all accounts, and of none, in one list.
 */
export const attentionItems = pgTable(
  "attention_items",
  {
    id: uuid("id").primaryKey(),
    /** Null: of no account we know. */
    accountId: uuid("account_id"),
    /** What kind of object Stripe's id names: `subscription`, `invoice`, … */
    objectKind: text("object_kind").notNull(),
    /** Stripe's id. */
    objectId: text("object_id").notNull(),
    /** One of `ATTENTION_REASONS` (lib/billing/attention/reasons.ts). */
    reason: text("reason").notNull(),
    /** What to know beside the object, a few names and values. Where they change, it is another matter. */
    details: jsonb("details").$type<Record<string, string | number | boolean | null>>().notNull(),
    state: attentionState("state").notNull().default("open"),
    /** When it was found, the last time it was opened. */
    since: instant("since").notNull(),
    /** When it was last found still so. */
    lastSeen: instant("last_seen").notNull(),
    resolvedAt: instant("resolved_at"),
    acknowledgedAt: instant("acknowledged_at"),
    /** What the operator who acknowledged it wrote. */
    note: text("note"),
    timesOpened: integer("times_opened").notNull().default(1),
    timesLogged: integer("times_logged").notNull().default(1),
    loggedAt: instant("logged_at").notNull(),
    /** When Stripe is asked again by itself, and how often it was asked for this since it was opened. */
    nextLookAt: instant("next_look_at").notNull(),
    looks: smallint("looks").notNull().default(0),
  },
  (t) => [
    unique("attention_items_once").on(t.accountId, t.objectKind, t.objectId, t.reason).nullsNotDistinct(),
    check("attention_items_resolved_once_over", sql`(state = 'resolved') = (resolved_at is not null)`),
    check(
      "attention_items_acknowledged_by_somebody",
      sql`(state = 'acknowledged') = (acknowledged_at is not null) and (acknowledged_at is null or note is not null)`,
    ),
    check("attention_items_run_forward", sql`since <= last_seen`),
    check("attention_items_count", sql`times_opened > 0 and times_logged >= 0 and looks >= 0`),
    index("attention_items_to_look_at").on(t.nextLookAt).where(sql`state <> 'resolved'`), // serves the sweep
    index("attention_items_of_account").on(t.accountId, t.since), // serves the account's page at the desk
    index("attention_items_unresolved").on(t.since, t.id).where(sql`state <> 'resolved'`), // serves the list and health
  ],
);
