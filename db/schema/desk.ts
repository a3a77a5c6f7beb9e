import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  index,
  jsonb,
  pgEnum,
  pgTable,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { instant } from "./accounts";

/** What an operator asked for, as text: numbers are decimal strings. Never a secret. */
export type ActRequest = Readonly<Record<string, string>>;
/** A number an act changes: its name, and what it is before and after. */
export type ActLine = {
  readonly name: string;
  readonly unit: "credits" | "cents" | "instant" | "text";
  readonly before: string;
  readonly after: string;
};

/** What operators did, written in the transaction of what it did. Only ever added to. */
export const operatorActs = pgTable(
  "operator_acts",
  {
    id: uuid("id").primaryKey(),
    at: instant("at").notNull(),
    /** Without foreign keys: what was done outlives whom it was done to. */
    operatorId: uuid("operator_id").notNull(),
    /** The second operator, where one had to agree. */
    approvedBy: uuid("approved_by"),
    /** One of `KEPT_KINDS` (lib/desk/acts/kinds). */
    kind: text("kind").notNull(),
    accountId: uuid("account_id"),
    /** The one thing it is about, as it is named outside the database: `ord_…`, `grt_…`. */
    subject: text("subject"),
    reason: text("reason").notNull(),
    request: jsonb("request").$type<ActRequest>().notNull(),
    /** What it changed, in numbers. */
    lines: jsonb("lines").$type<readonly ActLine[]>().notNull(),
    /** The act it takes back. */
    undoes: uuid("undoes"),
    /** What it counts toward the amounts from which a second operator has to agree. */
    weighsCredits: bigint("weighs_credits", { mode: "bigint" }).notNull().default(sql`0`),
    weighsCents: bigint("weighs_cents", { mode: "bigint" }).notNull().default(sql`0`),
  },
  (t) => [
    index("operator_acts_by_time").on(t.at, t.id), // serves the audit list
    index("operator_acts_of_account").on(t.accountId, t.at).where(sql`account_id is not null`), // serves its timeline
    uniqueIndex("operator_acts_undo_once").on(t.undoes).where(sql`undoes is not null`),
    check("operator_acts_give_a_reason", sql`reason <> ''`),
    check("operator_acts_have_two_people", sql`approved_by <> operator_id`),
  ],
);

export const approvalEnd = pgEnum("approval_end", ["approved", "refused", "withdrawn"]);

/** Acts beyond the amount from which a second operator has to agree. Nothing has happened yet. */
export const waitingActs = pgTable(
  "waiting_acts",
  {
    id: uuid("id").primaryKey(),
    kind: text("kind").notNull(),
    accountId: uuid("account_id"),
    request: jsonb("request").$type<ActRequest>().notNull(),
    /** What the act depended on when it was asked for. */
    basis: text("basis").notNull(),
    lines: jsonb("lines").$type<readonly ActLine[]>().notNull(),
    reason: text("reason").notNull(),
    undoes: uuid("undoes"),
    askedBy: uuid("asked_by").notNull(),
    askedAt: instant("asked_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
    end: approvalEnd("ended_as"),
    endedAt: instant("ended_at"),
    endedBy: uuid("ended_by"),
    /** What it became, where it was approved. */
    actId: uuid("act_id"),
  },
  (t) => [
    index("waiting_acts_open").on(t.askedAt).where(sql`ended_at is null`), // serves the list of what waits
    check("waiting_acts_give_a_reason", sql`reason <> ''`),
    check("waiting_acts_live_forward", sql`asked_at < expires_at`),
    check(
      "waiting_acts_end_once",
      sql`(ended_at is null) = (ended_as is null) and (ended_at is null) = (ended_by is null) and (act_id is not null) = coalesce(ended_as = 'approved', false)`,
    ),
    check("waiting_acts_have_two_people", sql`ended_as <> 'approved' or ended_by <> asked_by`),
  ],
);

/** Whether anybody may buy: one row, which there is from the beginning. */
export const purchasesSwitch = pgTable(
  "purchases_switch",
  {
    one: boolean("one").primaryKey().default(true),
    pausedAt: instant("paused_at"),
    /** What customers are told. */
    sentence: text("sentence"),
  },
  () => [
    check("purchases_switch_is_one", sql`one`),
    check("purchases_switch_says_why", sql`(paused_at is null) = (sentence is null) and sentence <> ''`),
  ],
);
