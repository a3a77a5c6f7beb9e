CREATE TYPE "public"."unreadable_reason" AS ENUM('no_plan', 'unknown_plan', 'no_credits', 'interval_not_sold', 'currency_not_sold', 'not_a_fixed_price', 'product_deleted', 'price_gone');--> statement-breakpoint
CREATE TYPE "public"."pause_behavior" AS ENUM('keep_as_draft', 'mark_uncollectible', 'void');--> statement-breakpoint
CREATE TABLE "invoice_lines" (
	"account_id" uuid NOT NULL,
	"id" text NOT NULL,
	"subscription_id" text,
	"item_id" text,
	"price_id" text,
	"quantity" bigint NOT NULL,
	"unit_cents" bigint,
	"currency" text,
	"period_start" timestamp (3) with time zone NOT NULL,
	"period_end" timestamp (3) with time zone NOT NULL,
	"amount_cents" bigint NOT NULL,
	"is_proration" boolean NOT NULL,
	"plan" text,
	"interval" "plan_interval",
	"credits_per_month" bigint,
	"unreadable_reason" "unreadable_reason",
	"invoice_id" text NOT NULL,
	"position" integer NOT NULL,
	"decided_at" timestamp (3) with time zone,
	"assumed" boolean DEFAULT false NOT NULL,
	CONSTRAINT "invoice_lines_account_id_invoice_id_id_pk" PRIMARY KEY("account_id","invoice_id","id"),
	CONSTRAINT "invoice_lines_plans_are_ids" CHECK (plan ~ '^[a-z][a-z0-9_]{0,39}$'),
	CONSTRAINT "invoice_lines_are_read_one_way" CHECK ((plan is null) = (interval is null) and (plan is null) = (credits_per_month is null) and (plan is null or unreadable_reason is null)),
	CONSTRAINT "invoice_lines_assume_when_they_decide" CHECK (not assumed or decided_at is not null)
);
--> statement-breakpoint
CREATE TABLE "pending_lines" (
	"account_id" uuid NOT NULL,
	"id" text NOT NULL,
	"subscription_id" text,
	"item_id" text,
	"price_id" text,
	"quantity" bigint NOT NULL,
	"unit_cents" bigint,
	"currency" text,
	"period_start" timestamp (3) with time zone NOT NULL,
	"period_end" timestamp (3) with time zone NOT NULL,
	"amount_cents" bigint NOT NULL,
	"is_proration" boolean NOT NULL,
	"plan" text,
	"interval" "plan_interval",
	"credits_per_month" bigint,
	"unreadable_reason" "unreadable_reason",
	CONSTRAINT "pending_lines_account_id_id_pk" PRIMARY KEY("account_id","id"),
	CONSTRAINT "pending_lines_plans_are_ids" CHECK (plan ~ '^[a-z][a-z0-9_]{0,39}$'),
	CONSTRAINT "pending_lines_are_read_one_way" CHECK ((plan is null) = (interval is null) and (plan is null) = (credits_per_month is null) and (plan is null or unreadable_reason is null))
);
--> statement-breakpoint
CREATE TABLE "subscription_items" (
	"account_id" uuid NOT NULL,
	"subscription_id" text NOT NULL,
	"id" text NOT NULL,
	"price_id" text NOT NULL,
	"quantity" bigint NOT NULL,
	"unit_cents" bigint,
	"currency" text NOT NULL,
	"period_start" timestamp (3) with time zone NOT NULL,
	"period_end" timestamp (3) with time zone NOT NULL,
	"plan" text,
	"interval" "plan_interval",
	"credits_per_month" bigint,
	"unreadable_reason" "unreadable_reason",
	"known_plan" text,
	"known_interval" "plan_interval",
	"known_credits_per_month" bigint,
	"known_quantity" bigint,
	"known_until" timestamp (3) with time zone,
	"gone_at" timestamp (3) with time zone,
	CONSTRAINT "subscription_items_account_id_subscription_id_id_pk" PRIMARY KEY("account_id","subscription_id","id"),
	CONSTRAINT "subscription_items_plans_are_ids" CHECK (plan ~ '^[a-z][a-z0-9_]{0,39}$' and known_plan ~ '^[a-z][a-z0-9_]{0,39}$'),
	CONSTRAINT "subscription_items_are_read_one_way" CHECK ((plan is null) = (interval is null) and (plan is null) = (credits_per_month is null) and (plan is null or unreadable_reason is null)),
	CONSTRAINT "subscription_items_were_known_whole" CHECK (num_nulls(known_plan, known_interval, known_credits_per_month, known_quantity, known_until) in (0, 5))
);
--> statement-breakpoint
CREATE TABLE "subscription_owners" (
	"subscription_id" text PRIMARY KEY NOT NULL,
	"account_id" uuid NOT NULL
);
--> statement-breakpoint
ALTER TABLE "subscriptions" DROP CONSTRAINT "subscriptions_run_forward";--> statement-breakpoint
ALTER TABLE "subscriptions" ALTER COLUMN "plan" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "subscriptions" ALTER COLUMN "interval" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "subscriptions" ALTER COLUMN "price_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "subscriptions" ALTER COLUMN "price_cents" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "subscriptions" ALTER COLUMN "credits_per_cycle" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "subscriptions" ALTER COLUMN "item_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "subscriptions" ALTER COLUMN "period_start" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "subscriptions" ALTER COLUMN "period_end" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "billing_read_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "invoices" ADD COLUMN "remaining_cents" bigint;--> statement-breakpoint
ALTER TABLE "invoices" ADD COLUMN "credit_notes_cents" bigint;--> statement-breakpoint
ALTER TABLE "invoices" ADD COLUMN "sends_invoice" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "invoices" ADD COLUMN "auto_advance" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "invoices" ADD COLUMN "due_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "invoices" ADD COLUMN "voided_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "invoices" ADD COLUMN "paid_seen_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "invoices" ADD COLUMN "not_found_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "trial_end" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "pause_behavior" "pause_behavior";--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "pause_resumes_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "sends_invoice" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "has_pending_update" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "latest_invoice_id" text;--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "schedule" jsonb;--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "not_found_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "invoice_lines" ADD CONSTRAINT "invoice_lines_have_their_invoice" FOREIGN KEY ("account_id","invoice_id") REFERENCES "public"."invoices"("account_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "pending_lines" ADD CONSTRAINT "pending_lines_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "subscription_items" ADD CONSTRAINT "subscription_items_have_their_subscription" FOREIGN KEY ("account_id","subscription_id") REFERENCES "public"."subscriptions"("account_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "invoice_lines_undecided" ON "invoice_lines" USING btree ("account_id","invoice_id") WHERE (decided_at is null or assumed) and (plan is not null or unreadable_reason is not null);--> statement-breakpoint
ALTER TABLE "invoices" ADD CONSTRAINT "invoices_remain_to_be_paid" CHECK (remaining_cents >= 0 and credit_notes_cents >= 0);--> statement-breakpoint
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_sell_something_whole" CHECK ((plan is null) = (interval is null) and (plan is null) = (credits_per_cycle is null) and (item_id is null) = (period_start is null) and (item_id is null) = (period_end is null) and (plan is null or item_id is not null));--> statement-breakpoint
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_resume_what_is_paused" CHECK (pause_resumes_at is null or pause_behavior is not null);--> statement-breakpoint
UPDATE "invoices" SET "paid_seen_at" = "paid_at" WHERE "status" = 'paid';--> statement-breakpoint
INSERT INTO "subscription_owners" ("subscription_id", "account_id")
SELECT DISTINCT ON ("id") "id", "account_id" FROM "subscriptions" ORDER BY "id", "is_primary" DESC, "account_id";
