CREATE TYPE "public"."api_scope" AS ENUM('read', 'spend');--> statement-breakpoint
CREATE TYPE "public"."hold_status" AS ENUM('open', 'captured', 'released', 'expired');--> statement-breakpoint
CREATE TYPE "public"."spend_category" AS ENUM('ai_processing', 'infrastructure', 'platform');--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"secret_hash" text NOT NULL,
	"scopes" "api_scope"[] NOT NULL,
	"only_account_id" uuid,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "api_keys_may_do_something" CHECK (cardinality(scopes) > 0),
	CONSTRAINT "api_keys_have_a_name" CHECK (name <> '')
);
--> statement-breakpoint
CREATE TABLE "holds" (
	"account_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"credits" bigint NOT NULL,
	"captured_credits" bigint DEFAULT 0 NOT NULL,
	"status" "hold_status" NOT NULL,
	"shares" jsonb NOT NULL,
	"category" "spend_category" NOT NULL,
	"resource" text,
	"reference" text,
	"placed_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"ended_key" uuid,
	CONSTRAINT "holds_account_id_id_pk" PRIMARY KEY("account_id","id"),
	CONSTRAINT "holds_set_something_aside" CHECK (credits > 0 and captured_credits >= 0),
	CONSTRAINT "holds_live_forward" CHECK (placed_at < expires_at),
	CONSTRAINT "holds_end_once" CHECK ((status = 'open') = (ended_at is null)),
	CONSTRAINT "holds_only_captures_take" CHECK (status = 'captured' or captured_credits = 0)
);
--> statement-breakpoint
CREATE TABLE "usage_days" (
	"account_id" uuid NOT NULL,
	"day" date NOT NULL,
	"category" "spend_category" NOT NULL,
	"resource" text NOT NULL,
	"credits" bigint NOT NULL,
	"spends" bigint NOT NULL,
	"first_seq" bigint NOT NULL,
	"last_seq" bigint NOT NULL,
	CONSTRAINT "usage_days_account_id_day_category_resource_pk" PRIMARY KEY("account_id","day","category","resource"),
	CONSTRAINT "usage_days_count_something" CHECK (credits > 0 and spends >= 0 and first_seq > 0 and last_seq >= first_seq)
);
--> statement-breakpoint
CREATE TABLE "usage_progress" (
	"account_id" uuid PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	CONSTRAINT "usage_progress_never_negative" CHECK (seq >= 0)
);
--> statement-breakpoint
ALTER TABLE "balances" DROP CONSTRAINT "balances_never_negative";--> statement-breakpoint
ALTER TABLE "commands" DROP CONSTRAINT "commands_name_their_entries";--> statement-breakpoint
ALTER TABLE "entries" DROP CONSTRAINT "entries_account_id_grant_id_grants_account_id_id_fk";
--> statement-breakpoint
DROP INDEX "grants_with_credits_left";--> statement-breakpoint
ALTER TABLE "entries" ALTER COLUMN "grant_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "balances" ADD COLUMN "owed_credits" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "balances" ADD COLUMN "active_grant_id" uuid;--> statement-breakpoint
ALTER TABLE "balances" ADD COLUMN "active_credits" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "balances" ADD COLUMN "quiet_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "entries" ADD COLUMN "key" uuid;--> statement-breakpoint
ALTER TABLE "entries" ADD COLUMN "fingerprint" bigint;--> statement-breakpoint
ALTER TABLE "entries" ADD COLUMN "line" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "entries" ADD COLUMN "hold_id" uuid;--> statement-breakpoint
ALTER TABLE "entries" ADD COLUMN "category" "spend_category";--> statement-breakpoint
ALTER TABLE "entries" ADD COLUMN "resource" text;--> statement-breakpoint
ALTER TABLE "entries" ADD COLUMN "reference" text;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "frozen_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "open" boolean GENERATED ALWAYS AS ((remaining_credits > 0 or held_credits > 0)) STORED;--> statement-breakpoint
ALTER TABLE "holds" ADD CONSTRAINT "holds_account_id_balances_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."balances"("account_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "usage_days" ADD CONSTRAINT "usage_days_account_id_balances_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."balances"("account_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "usage_progress" ADD CONSTRAINT "usage_progress_account_id_balances_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."balances"("account_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "holds_open" ON "holds" USING btree ("account_id","expires_at") WHERE status = 'open';--> statement-breakpoint
CREATE UNIQUE INDEX "entries_one_effect_per_key" ON "entries" USING btree ("account_id","key") WHERE key is not null;--> statement-breakpoint
CREATE INDEX "grants_open" ON "grants" USING btree ("account_id","expires_at") WHERE open;--> statement-breakpoint
ALTER TABLE "balances" DROP COLUMN "available_credits";--> statement-breakpoint
ALTER TABLE "balances" ADD CONSTRAINT "balances_count_one_active_grant" CHECK (active_grant_id is not null or active_credits = 0);--> statement-breakpoint
ALTER TABLE "balances" ADD CONSTRAINT "balances_spend_nothing_in_debt" CHECK (owed_credits = 0 or active_grant_id is null);--> statement-breakpoint
ALTER TABLE "balances" ADD CONSTRAINT "balances_never_negative" CHECK (owed_credits >= 0 and active_credits >= 0 and last_seq >= 0);--> statement-breakpoint
ALTER TABLE "commands" ADD CONSTRAINT "commands_name_their_entries" CHECK (first_seq > 0 and last_seq >= first_seq - 1);--> statement-breakpoint
ALTER TABLE "entries" ADD CONSTRAINT "entries_name_their_grant" CHECK ((grant_id is null) = (from_bucket = 'owed'));--> statement-breakpoint
ALTER TABLE "entries" ADD CONSTRAINT "entries_key_their_first_line" CHECK (key is null or (line = 0 and fingerprint is not null));--> statement-breakpoint
ALTER TABLE "entries" ADD CONSTRAINT "entries_say_what_usage_was_for" CHECK (category is null or to_bucket = 'spent');--> statement-breakpoint
CREATE VIEW "public"."current_grants" AS (
  select g.account_id, g.id, g.kind, g.source, g.credits,
    case when b.active_grant_id = g.id then b.active_credits else g.remaining_credits end as remaining_credits,
    g.held_credits,
    case when b.active_grant_id = g.id then g.spent_credits + g.remaining_credits - b.active_credits else g.spent_credits end as spent_credits,
    g.expired_credits, g.revoked_credits, g.starts_at, g.expires_at, g.created_at, g.frozen_at, g.open
  from grants as g join balances as b on b.account_id = g.account_id);--> statement-breakpoint
UPDATE "entries" SET "category" = 'platform' WHERE "to_bucket" = 'spent';--> statement-breakpoint
-- Room on every page for the next version of its rows: their updates touch no index.
ALTER TABLE "balances" SET (fillfactor = 50);--> statement-breakpoint
ALTER TABLE "grants" SET (fillfactor = 70);--> statement-breakpoint
ALTER TABLE "holds" SET (fillfactor = 70);
