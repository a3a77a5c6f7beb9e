import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  foreignKey,
  index,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { accounts, instant } from "./accounts";
import { users } from "./auth";

/** `dropped`: not sent on purpose, for what `reason` says. `parked`: given up; `npm run mail` lists it. */
export const mailState = pgEnum("mail_state", ["waiting", "sent", "dropped", "parked"]);

/** A mail to one person, written in the transaction of what it tells of and sent afterwards (`lib/outbox`, `lib/mail`). */
const mailColumns = () => ({
  id: uuid("id").notNull(),
  /** What it tells of: told of again, by whomever, it is the same mail. */
  effect: text("effect").notNull(),
  /** A person's id, or the address of somebody who is nobody here yet. */
  recipient: text("recipient").notNull(),
  toAddress: text("to_address").notNull(),
  /** One of `KINDS` (lib/outbox/kinds). */
  kind: text("kind").notNull(),
  /** What its sentences are made of when it is sent; never a secret. */
  facts: jsonb("facts").$type<Readonly<Record<string, unknown>>>().notNull(),
  state: mailState("state").notNull().default("waiting"),
  createdAt: instant("created_at").notNull().defaultNow(),
  /** When it may be tried, for the first time or again. */
  dueAt: instant("due_at").notNull(),
  /** From then on what it says is of no use, and it is dropped. */
  uselessAt: instant("useless_at"),
  /** Until when the worker that is sending it has it for itself. */
  leaseUntil: instant("lease_until"),
  tries: smallint("tries").notNull().default(0),
  endedAt: instant("ended_at"),
  /** Why it was dropped or parked, or not sent the last time. */
  reason: text("reason"),
});

const mailChecks = (table: string) => [
  check(
    `${table}_end_once`,
    sql.raw(
      `(state = 'waiting') = (ended_at is null) and (state in ('waiting', 'sent') or reason is not null)`,
    ),
  ),
  check(`${table}_say_what`, sql.raw(`effect <> '' and recipient <> '' and kind <> '' and tries >= 0`)),
  check(`${table}_go_somewhere`, sql.raw("char_length(to_address) between 3 and 254")),
];

/** Mails about an account: to its owners and billing people, and to whom it invites. */
export const accountMails = pgTable(
  "account_mails",
  {
    accountId: uuid("account_id").notNull(),
    /** Null: the address is nobody's here. */
    userId: uuid("user_id"),
    ...mailColumns(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    foreignKey({ columns: [t.accountId], foreignColumns: [accounts.id] }),
    uniqueIndex("account_mails_once_each").on(t.accountId, t.effect, t.recipient),
    ...mailChecks("account_mails"),
    index("account_mails_waiting").on(t.dueAt).where(sql`state = 'waiting'`), // serves the sweep and health
    index("account_mails_parked").on(t.createdAt).where(sql`state = 'parked'`), // serves the list and health
    index("account_mails_ended").on(t.endedAt).where(sql`state <> 'waiting'`), // serves the cleanup
  ],
);

/** Mails about a person alone, whatever accounts they belong to: sign-ins, passwords, addresses. Local on a cluster, as people are. */
export const personMails = pgTable(
  "person_mails",
  {
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    ...mailColumns(),
  },
  (t) => [
    primaryKey({ columns: [t.userId, t.id] }),
    uniqueIndex("person_mails_once_each").on(t.userId, t.effect, t.recipient),
    ...mailChecks("person_mails"),
    index("person_mails_waiting").on(t.dueAt).where(sql`state = 'waiting'`), // serves the sweep and health
    index("person_mails_parked").on(t.createdAt).where(sql`state = 'parked'`), // serves the list and health
    index("person_mails_ended").on(t.endedAt).where(sql`state <> 'waiting'`), // serves the cleanup
  ],
);

export const mailTopic = pgEnum("mail_topic", ["low_credits", "expiring_credits", "expiring_cards"]);

/** What somebody does not want to be mailed about, of what can be switched off. */
export const mailOptOuts = pgTable(
  "mail_opt_outs",
  {
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    topic: mailTopic("topic").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.topic] })],
);

/** How far an account's movements were looked at for credits that run low. */
export const creditLooks = pgTable(
  "credit_looks",
  {
    accountId: uuid("account_id").primaryKey(),
    /** Of its last entry by then. */
    seq: bigint("seq", { mode: "bigint" }).notNull(),
  },
  (t) => [foreignKey({ columns: [t.accountId], foreignColumns: [accounts.id] })],
);
