import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { instant } from "./accounts";

/** People. No table of an account refers to these, so that accounts can be sharded without them. */
export const users = pgTable(
  "users",
  {
    id: uuid("id").primaryKey(),
    email: text("email").notNull(),
    name: text("name").notNull(),
    /** An argon2id hash; null for people who only come through an OAuth provider. */
    passwordHash: text("password_hash"),
    /** Every session row carries the version it was made under; raising it ends them all, those just beginning too. */
    sessionVersion: integer("session_version").notNull().default(1),
    isOperator: boolean("is_operator").notNull().default(false),
    locale: text("locale").notNull().default("en-US"),
    /** An IANA zone, where the person chose one; else the one of the browser they were last seen in, once it has told. */
    timeZone: text("time_zone"),
    browserTimeZone: text("browser_time_zone"),
    disabledAt: instant("disabled_at"),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [
    uniqueIndex("users_one_per_email").on(t.email),
    index("users_by_name").using("btree", sql`lower(name) text_pattern_ops`), // serves the desk's Find
    check("users_email_is_lower_case", sql`email = lower(email)`),
  ],
);

export const memberRole = pgEnum("member_role", ["owner", "billing", "member"]);

export const memberships = pgTable(
  "memberships",
  {
    accountId: uuid("account_id").notNull(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    role: memberRole("role").notNull(),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.userId] }),
    index("memberships_by_user").on(t.userId), // serves sign-in
  ],
);

/** A person as an OAuth provider knows them. */
export const identities = pgTable(
  "identities",
  {
    provider: text("provider").notNull(),
    providerUserId: text("provider_user_id").notNull(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.provider, t.providerUserId] })],
);

/**
 * One browser's stay, from signing in to signing out. Its instants are real time, `pg_catalog.now()`: a clock that
 * was moved for a rehearsal signs nobody out.
 */
export const sessions = pgTable(
  "sessions",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    /** The account the person acts for in it. */
    accountId: uuid("account_id").notNull(),
    /** The person's `session_version` when they proved who they are; once that was raised, this is over. */
    version: integer("version").notNull(),
    createdAt: instant("created_at").notNull(),
    /** To a few minutes. */
    lastSeenAt: instant("last_seen_at").notNull(),
    endedAt: instant("ended_at"),
    /** When the person last proved who they are in it, or in the session it was made anew from. */
    provenAt: instant("proven_at").notNull().default(sql`pg_catalog.now()`),
    /** When an operator last proved again who they are, for the desk; null until then. */
    steppedUpAt: instant("stepped_up_at"),
    /** When the desk was last used in it, to a minute. */
    deskUsedAt: instant("desk_used_at"),
    /** Where it was last seen (`callerOf`). */
    address: text("address").notNull(),
    browser: text("browser"),
    system: text("system"),
  },
  (t) => [
    index("sessions_by_user").on(t.userId, t.endedAt), // serves the list on Profile, and ending all of them
    index("sessions_by_time").on(t.createdAt), // serves the cleanup
  ],
);

/** Failed tries per subject (`email:…`, `address:…`, `browser:…`, `password:…`) and window. */
export const signInFailures = pgTable(
  "sign_in_failures",
  {
    subject: text("subject").notNull(),
    windowStart: instant("window_start").notNull(),
    failures: integer("failures").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.subject, t.windowStart] }),
    index("sign_in_failures_by_window").on(t.windowStart), // serves the cleanup
  ],
);

/** When the next try to sign in as somebody may be checked, where many guess. Real time, like sessions. */
export const signInTurns = pgTable(
  "sign_in_turns",
  { subject: text("subject").primaryKey(), freeAt: instant("free_at").notNull() },
  (t) => [index("sign_in_turns_by_time").on(t.freeAt)], // serves the cleanup
);

/** What a person made the payment provider do in the running minute, by kind. Real time, like sessions. */
export const providerWork = pgTable(
  "provider_work",
  {
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    kind: text("kind").notNull(),
    windowStart: instant("window_start").notNull(),
    done: integer("done").notNull(),
  },
  (t) => [primaryKey({ columns: [t.userId, t.kind] })],
);

export const apiScope = pgEnum("api_scope", ["read", "spend"]);

/** Keys with which backends call the API. They are the operator's, not an account's; the id is part of the key. */
export const apiKeys = pgTable(
  "api_keys",
  {
    id: uuid("id").primaryKey(),
    /** What entries name it by, in two bytes. Given by the database, so that a key which an earlier build makes has one too. */
    number: smallint("number").generatedByDefaultAsIdentity().unique(),
    name: text("name").notNull(),
    /** SHA-256 of the secret part, which is 32 random bytes: nothing to guess, so nothing to slow down. */
    secretHash: text("secret_hash").notNull(),
    scopes: apiScope("scopes").array().notNull(),
    /** The one account it may touch; null for every account. */
    onlyAccountId: uuid("only_account_id"),
    createdAt: instant("created_at").notNull().defaultNow(),
    /** To the minute. */
    lastUsedAt: instant("last_used_at"),
    revokedAt: instant("revoked_at"),
    /** From then on it is refused; null for a key without an end. */
    expiresAt: instant("expires_at"),
  },
  () => [
    check("api_keys_may_do_something", sql`cardinality(scopes) > 0`),
    check("api_keys_have_a_name", sql`name <> ''`),
    check("api_keys_end_after_they_begin", sql`expires_at > created_at`),
  ],
);

/** What happened at the doors: who came in, was refused, or changed what opens them. Only ever added to. */
export const securityEvents = pgTable(
  "security_events",
  {
    id: uuid("id").primaryKey(),
    at: instant("at").notNull().defaultNow(),
    /** One of `SECURITY_EVENT_KINDS` (lib/auth/security-events). */
    kind: text("kind").notNull(),
    /** How many it stands for: in a flood, what went beyond a minute's rows is one row. */
    times: integer("times").notNull().default(1),
    /** Without foreign keys: what happened outlives whom it happened to. */
    userId: uuid("user_id"),
    accountId: uuid("account_id"),
    /** As limits count it: an IPv4 address, an IPv6 network, or `unknown`; null where there was no request. */
    address: text("address"),
    browser: text("browser"),
    system: text("system"),
    /** Small, and never a secret. */
    details: jsonb("details").$type<Readonly<Record<string, string | number | boolean>>>(),
  },
  (t) => [
    index("security_events_by_time").on(t.at), // serves the operator's reading and the cleanup
    index("security_events_by_user").on(t.userId, t.at), // serves the question what happened to one person
    // Serves an account's timeline at the desk.
    index("security_events_views").on(t.accountId, t.at).where(sql`kind = 'account_viewed'`),
    check("security_events_stand_for_something", sql`times > 0`),
  ],
);
