import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  customType,
  foreignKey,
  index,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import type { Credits } from "../../lib/money/credits";
import { accounts, instant } from "./accounts";

const creditsColumn = (name: string) => bigint(name, { mode: "bigint" }).$type<Credits>();
const bytes = customType<{ data: Buffer; driverData: Buffer }>({ dataType: () => "bytea" });

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

/** One row per account: the lock under which its credits move, and what its entries add up to. */
export const balances = pgTable(
  "balances",
  {
    accountId: uuid("account_id").primaryKey(),
    lastSeq: bigint("last_seq", { mode: "bigint" }).notNull(),
    /** The `available` bucket. What is past its expiry counts until it is swept; readers go by expiry instants. */
    availableCredits: creditsColumn("available_credits").notNull(),
  },
  (t) => [
    foreignKey({ columns: [t.accountId], foreignColumns: [accounts.id] }),
    check("balances_never_negative", sql`available_credits >= 0 and last_seq >= 0`),
  ],
);

/** Credits given, and where they are now. */
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
    // Serves the balance, the writer's load and the expiry sweep: only grants that still hold something.
    index("grants_with_credits_left")
      .on(t.accountId, t.expiresAt)
      .where(sql`remaining_credits > 0 or held_credits > 0`),
    // Serves the panels, which also show grants of the running cycle that are used up.
    index("grants_by_expiry").on(t.accountId, t.expiresAt),
  ],
);

/** What was asked of the ledger and what it answered: one key, one effect, one answer. */
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
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.key] }),
    foreignKey({ columns: [t.accountId], foreignColumns: [balances.accountId] }),
    check("commands_name_their_entries", sql`first_seq > 0 and last_seq >= first_seq`),
  ],
);

/** One immutable movement of credits of one grant from one bucket to another. */
export const entries = pgTable(
  "entries",
  {
    accountId: uuid("account_id").notNull(),
    seq: bigint("seq", { mode: "bigint" }).notNull(),
    grantId: uuid("grant_id").notNull(),
    fromBucket: bucket("from_bucket").notNull(),
    toBucket: bucket("to_bucket").notNull(),
    credits: creditsColumn("credits").notNull(),
    at: instant("at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.accountId, t.seq] }),
    foreignKey({ columns: [t.accountId, t.grantId], foreignColumns: [grants.accountId, grants.id] }),
    check("entries_move_something", sql`credits > 0 and from_bucket <> to_bucket and seq > 0`),
  ],
);
