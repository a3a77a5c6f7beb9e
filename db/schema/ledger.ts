import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  customType,
  foreignKey,
  index,
  jsonb,
  numeric,
  pgEnum,
  pgTable,
  pgView,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { Credits } from "../../lib/money/credits";
import { accounts, instant } from "./accounts";

const creditsColumn = (name: string) => bigint(name, { mode: "bigint" }).$type<Credits>();
/** Of many amounts: may pass an int64. */
export const creditsSum = (name: string) =>
  numeric(name, { mode: "bigint", precision: 38, scale: 0 }).$type<Credits>();
export const bytes = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => "bytea" });

export const grantKind = pgEnum("grant_kind", ["plan", "purchase", "promotional", "adjustment"]);
export const bucket = pgEnum("bucket", [
  "issued",
  "available",
  "held",
  "spent",
  "expired",
  "revoked",
  "owed",
]);

/** What credits were used for, before the catalog said what there is. */
export const spendCategory = pgEnum("spend_category", ["ai_processing", "infrastructure", "platform"]);
/** Who causes a movement of credits. */
export const actorKind = pgEnum("actor_kind", ["customer", "operator", "api_key", "system"]);
export const holdStatus = pgEnum("hold_status", ["open", "captured", "released", "expired"]);

/**
 * One row per account: the lock under which its credits move, and the live remainder of the *active* grant, the
 * one that is being spent from. An ordinary spend changes this row alone and adds one entry.
 */
export const balances = pgTable(
  "balances",
  {
    accountId: uuid("account_id").primaryKey(),
    lastSeq: bigint("last_seq", { mode: "bigint" }).notNull(),
    /** Debt: credits used and never paid for. */
    owedCredits: creditsSum("owed_credits").notNull().default(sql`0`),
    activeGrantId: uuid("active_grant_id"),
    /** What is left of the active grant; its own row says what was left when it became the active one. */
    activeCredits: creditsColumn("active_credits").notNull().default(sql`0`),
    /** Before this instant nothing changes by time alone: no grant begins or ends, no hold falls due. Null: not known. */
    stableUntil: instant("stable_until"),
    /**
     * From this instant on somebody has to be asked before the assistant's commands are decided and a balance is read:
     * billing opens the next cycle. Never before `stable_until`, so that ordinary spends compare one instant. Null: nobody.
     */
    opensAt: instant("opens_at"),
    /** From this instant on `cycle_…` of the grants count: the running cycle's start. Of books without cycles, the first of all instants. */
    cycleStart: instant("cycle_start").notNull().default(sql`'1970-01-01 00:00:00+00'`),
  },
  (t) => [
    foreignKey({ columns: [t.accountId], foreignColumns: [accounts.id] }),
    check("balances_never_negative", sql`owed_credits >= 0 and active_credits >= 0 and last_seq >= 0`),
    check("balances_count_one_active_grant", sql`active_grant_id is not null or active_credits = 0`),
    check("balances_are_stable_until_they_open", sql`stable_until <= opens_at`),
    check("balances_spend_nothing_in_debt", sql`owed_credits = 0 or active_grant_id is null`),
  ],
);

/** Credits given, and where they are now. Read them through `currentGrants`: the active one's row is behind. */
export const grants = pgTable(
  "grants",
  {
    accountId: uuid("account_id").notNull(),
    id: uuid("id").notNull(),
    kind: grantKind("kind").notNull(),
    /** What it was given for: `order:<id>`, `plan:<period start>`. One grant each, whatever arrives twice. */
    source: text("source").notNull(),
    credits: creditsColumn("credits").notNull(),
    remainingCredits: creditsColumn("remaining_credits").notNull(),
    heldCredits: creditsColumn("held_credits").notNull(),
    spentCredits: creditsColumn("spent_credits").notNull(),
    expiredCredits: creditsColumn("expired_credits").notNull(),
    revokedCredits: creditsColumn("revoked_credits").notNull(),
    startsAt: instant("starts_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
    createdAt: instant("created_at").notNull(),
    /** Set while it may not be spent from: its renewal is not paid. */
    frozenAt: instant("frozen_at"),
    /** Of what was spent of it, what paid debts; not less when it is revoked. */
    paidBackCredits: creditsColumn("paid_back_credits").notNull().default(sql`0`),
    /**
     * The start of the cycle from which the next three count. Where it is the account's running one, the grant is part of
     * that cycle's figures; an earlier one, it was over before; null, it was over before cycles were counted.
     */
    cycleFrom: instant("cycle_from"),
    /** Spends and captures. */
    cycleUsedCredits: creditsColumn("cycle_used_credits").notNull().default(sql`0`),
    cyclePaidBackCredits: creditsColumn("cycle_paid_back_credits").notNull().default(sql`0`),
    cycleExpiredCredits: creditsColumn("cycle_expired_credits").notNull().default(sql`0`),
    /** Stands still while amounts change, so that an index on it lets updates stay on their page. */
    open: boolean("open").generatedAlwaysAs(sql`(remaining_credits > 0 or held_credits > 0)`),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    foreignKey({ columns: [t.accountId], foreignColumns: [balances.accountId] }),
    uniqueIndex("grants_one_per_source").on(t.accountId, t.source),
    check(
      "grants_add_up",
      sql`credits = remaining_credits + held_credits + spent_credits + expired_credits + revoked_credits`,
    ),
    check(
      "grants_no_part_negative",
      sql`credits > 0 and remaining_credits >= 0 and held_credits >= 0 and spent_credits >= 0 and expired_credits >= 0 and revoked_credits >= 0`,
    ),
    check("grants_live_forward", sql`starts_at < expires_at`),
    check(
      "grants_count_what_they_gave",
      sql`cycle_used_credits >= 0 and cycle_paid_back_credits between 0 and paid_back_credits and paid_back_credits <= credits and cycle_expired_credits between 0 and expired_credits and cycle_used_credits + cycle_paid_back_credits + cycle_expired_credits + remaining_credits + held_credits <= credits`,
    ),
    // Serves the writer's load and the expiry sweep: only grants that still hold something.
    index("grants_open").on(t.accountId, t.expiresAt).where(sql`open`),
    // Serves the panels, which also show grants of the running cycle that are used up.
    index("grants_by_expiry").on(t.accountId, t.expiresAt),
    index("grants_by_id").on(t.id), // serves the desk's Find
    // Serves the balance: the running cycle's grants, used up or not.
    index("grants_of_cycle").on(t.accountId, t.cycleFrom),
  ],
);

/** Every grant as it is now, the active one corrected by its live remainder. */
export const currentGrants = pgView("current_grants", {
  accountId: uuid("account_id").notNull(),
  id: uuid("id").notNull(),
  kind: grantKind("kind").notNull(),
  source: text("source").notNull(),
  credits: creditsColumn("credits").notNull(),
  remainingCredits: creditsColumn("remaining_credits").notNull(),
  heldCredits: creditsColumn("held_credits").notNull(),
  spentCredits: creditsColumn("spent_credits").notNull(),
  expiredCredits: creditsColumn("expired_credits").notNull(),
  revokedCredits: creditsColumn("revoked_credits").notNull(),
  startsAt: instant("starts_at").notNull(),
  expiresAt: instant("expires_at").notNull(),
  createdAt: instant("created_at").notNull(),
  frozenAt: instant("frozen_at"),
  open: boolean("open").notNull(),
  paidBackCredits: creditsColumn("paid_back_credits").notNull(),
  cycleFrom: instant("cycle_from"),
  cycleUsedCredits: creditsColumn("cycle_used_credits").notNull(),
  cyclePaidBackCredits: creditsColumn("cycle_paid_back_credits").notNull(),
  cycleExpiredCredits: creditsColumn("cycle_expired_credits").notNull(),
}).as(sql`
  select g.account_id, g.id, g.kind, g.source, g.credits,
    case when b.active_grant_id = g.id then b.active_credits else g.remaining_credits end as remaining_credits,
    g.held_credits,
    case when b.active_grant_id = g.id then g.spent_credits + g.remaining_credits - b.active_credits else g.spent_credits end as spent_credits,
    g.expired_credits, g.revoked_credits, g.starts_at, g.expires_at, g.created_at, g.frozen_at, g.open,
    g.paid_back_credits, g.cycle_from,
    case when b.active_grant_id = g.id then g.cycle_used_credits + g.remaining_credits - b.active_credits else g.cycle_used_credits end as cycle_used_credits,
    g.cycle_paid_back_credits, g.cycle_expired_credits
  from grants as g join balances as b on b.account_id = g.account_id`);

/** Credits set aside for work of unknown cost. A hold ends exactly once. */
export const holds = pgTable(
  "holds",
  {
    accountId: uuid("account_id").notNull(),
    id: uuid("id").notNull(),
    credits: creditsColumn("credits").notNull(),
    capturedCredits: creditsColumn("captured_credits").notNull().default(sql`0`),
    status: holdStatus("status").notNull(),
    /** Which grants the credits came from and go back to: `[[grant id, credits], …]`, credits as decimal strings. */
    shares: jsonb("shares").notNull(),
    /** The number of the catalog's category. */
    category: smallint("category").notNull(),
    resource: text("resource"),
    reference: text("reference"),
    placedAt: instant("placed_at").notNull(),
    expiresAt: instant("expires_at").notNull(),
    endedAt: instant("ended_at"),
    /**
     * The key of the capture or release that ended it. It answers a repetition of an end that moved no credits, because
     * a revocation had taken all the hold had; any other key is found on its entries.
     */
    endedKey: uuid("ended_key"),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.id] }),
    foreignKey({ columns: [t.accountId], foreignColumns: [balances.accountId] }),
    check("holds_set_something_aside", sql`credits > 0 and captured_credits >= 0`),
    check("holds_live_forward", sql`placed_at < expires_at`),
    check("holds_end_once", sql`(status = 'open') = (ended_at is null)`),
    check("holds_only_captures_take", sql`status = 'captured' or captured_credits = 0`),
    // Serves the writer and the sweep: what falls due next.
    index("holds_open").on(t.accountId, t.expiresAt).where(sql`status = 'open'`),
  ],
);

/**
 * What this application itself asked of the ledger (grants, expiries, refunds) and what it answered: one key, one effect,
 * one answer. The assistant's spends and holds keep their keys on their entries instead, which is half the disk.
 */
export const commands = pgTable(
  "commands",
  {
    accountId: uuid("account_id").notNull(),
    key: text("key").notNull(),
    kind: text("kind").notNull(),
    /** SHA-256 of the command's body: the same key with another body is refused. */
    fingerprint: bytes("fingerprint").notNull(),
    answer: jsonb("answer").notNull(),
    firstSeq: bigint("first_seq", { mode: "bigint" }).notNull(),
    lastSeq: bigint("last_seq", { mode: "bigint" }).notNull(),
    committedAt: instant("committed_at").notNull(),
    /** Who caused it, and why. Null: an earlier release did not say. */
    actorKind: actorKind("actor_kind"),
    /** The person or the API key; null for the system. */
    actorId: uuid("actor_id"),
    reason: text("reason"),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.key] }),
    foreignKey({ columns: [t.accountId], foreignColumns: [balances.accountId] }),
    check(
      "commands_say_who_and_why",
      sql`(actor_kind is null) = (reason is null) and (actor_id is not null) = coalesce(actor_kind in ('customer', 'operator', 'api_key'), false)`,
    ),
    check("commands_name_their_entries", sql`first_seq > 0 and last_seq >= first_seq - 1`),
    index("commands_by_entries").on(t.accountId, t.firstSeq, t.lastSeq), // serves the desk: which asked for an entry
  ],
);

/** One immutable movement of credits of one grant from one bucket to another, and what asked for it. */
export const entries = pgTable(
  "entries",
  {
    accountId: uuid("account_id").notNull(),
    seq: bigint("seq", { mode: "bigint" }).notNull(),
    /** Null where credits that no grant had were used: that is what debt is made of. */
    grantId: uuid("grant_id"),
    fromBucket: bucket("from_bucket").notNull(),
    toBucket: bucket("to_bucket").notNull(),
    credits: creditsColumn("credits").notNull(),
    at: instant("at").notNull(),
    /** On a command's first line: the first 16 bytes of the SHA-256 of the caller's key. */
    key: uuid("key"),
    /** Beside the key: the first 8 bytes of the SHA-256 of the command's body. */
    fingerprint: bigint("fingerprint", { mode: "bigint" }),
    /** The place among its command's lines, from 0. */
    line: smallint("line").notNull().default(0),
    holdId: uuid("hold_id"),
    /** What it was used for, by the number of the catalog's category: on usage, and on nothing else. */
    category: smallint("category"),
    /** The same on entries from before the catalog, in place of it. */
    formerCategory: spendCategory("former_category"),
    /** The model or other resource, as the caller names it. */
    resource: text("resource"),
    reference: text("reference"),
    /** Beside the key: the number of the API key it was asked for with. Null: an earlier release did not say. */
    apiKey: smallint("api_key"),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.seq] }),
    // No foreign key to the grant: checking it row by row took a quarter of all spends a second. The application may
    // not delete grants, and the reconciliation finds entries of none.
    uniqueIndex("entries_one_effect_per_key").on(t.accountId, t.key).where(sql`key is not null`),
    check("entries_move_something", sql`credits > 0 and from_bucket <> to_bucket and seq > 0`),
    check("entries_name_their_grant", sql`(grant_id is null) = (from_bucket = 'owed')`),
    check("entries_key_their_first_line", sql`key is null or (line = 0 and fingerprint is not null)`),
    check("entries_say_what_usage_was_for", sql`former_category is null or to_bucket = 'spent'`),
    check(
      "entries_number_what_usage_was_for",
      sql`category is null or (category > 0 and to_bucket = 'spent' and former_category is null)`,
    ),
  ],
);
