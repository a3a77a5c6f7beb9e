CREATE TYPE "public"."checkout_status" AS ENUM('started', 'open', 'complete', 'expired', 'failed');--> statement-breakpoint
CREATE TYPE "public"."invoice_status" AS ENUM('draft', 'open', 'paid', 'uncollectible', 'void');--> statement-breakpoint
CREATE TYPE "public"."period_payment" AS ENUM('none', 'awaited', 'paid', 'failed', 'unpaid');--> statement-breakpoint
CREATE TYPE "public"."plan_interval" AS ENUM('month', 'year');--> statement-breakpoint
CREATE TYPE "public"."plan_payment_kind" AS ENUM('upgrade', 'renewal');--> statement-breakpoint
CREATE TYPE "public"."plan_payment_status" AS ENUM('processing', 'requires_action', 'paid', 'declined', 'canceled');--> statement-breakpoint
CREATE TYPE "public"."subscription_status" AS ENUM('incomplete', 'incomplete_expired', 'trialing', 'active', 'past_due', 'unpaid', 'paused', 'canceled');--> statement-breakpoint
CREATE TABLE "contact_requests" (
	"account_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"request_key" text NOT NULL,
	"requested_by" uuid NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"company" text,
	"message" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"mailed_at" timestamp (3) with time zone,
	CONSTRAINT "contact_requests_account_id_id_pk" PRIMARY KEY("account_id","id"),
	CONSTRAINT "contact_requests_say_who" CHECK (char_length(email) between 3 and 254 and char_length(name) between 1 and 100),
	CONSTRAINT "contact_requests_company_is_named" CHECK (char_length(company) between 1 and 100),
	CONSTRAINT "contact_requests_say_something" CHECK (char_length(message) between 10 and 2000)
);
--> statement-breakpoint
CREATE TABLE "checkouts" (
	"account_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"plan" "plan_id" NOT NULL,
	"interval" "plan_interval" NOT NULL,
	"price_id" text NOT NULL,
	"customer_id" text NOT NULL,
	"success_url" text NOT NULL,
	"cancel_url" text NOT NULL,
	"idempotency_key" text NOT NULL,
	"status" "checkout_status" NOT NULL,
	"session_id" text,
	"url" text,
	"placed_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"ask_at" timestamp (3) with time zone,
	CONSTRAINT "checkouts_account_id_id_pk" PRIMARY KEY("account_id","id"),
	CONSTRAINT "checkouts_ended_when_over" CHECK ((ended_at is not null) = (status in ('complete', 'expired', 'failed'))),
	CONSTRAINT "checkouts_open_have_an_address" CHECK (status <> 'open' or (session_id is not null and url is not null))
);
--> statement-breakpoint
CREATE TABLE "invoices" (
	"account_id" uuid NOT NULL,
	"id" text NOT NULL,
	"number" text,
	"subscription_id" text,
	"status" "invoice_status" NOT NULL,
	"reason" text,
	"plan" "plan_id",
	"credits_per_cycle" bigint,
	"period_start" timestamp (3) with time zone,
	"period_end" timestamp (3) with time zone,
	"total_cents" bigint NOT NULL,
	"due_cents" bigint NOT NULL,
	"paid_cents" bigint NOT NULL,
	"currency" text NOT NULL,
	"attempts" integer NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"failure_code" text,
	"hosted_url" text,
	"pdf_url" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"paid_at" timestamp (3) with time zone,
	CONSTRAINT "invoices_account_id_id_pk" PRIMARY KEY("account_id","id"),
	CONSTRAINT "invoices_plan_has_period" CHECK ((plan is null) = (period_start is null) and (plan is null) = (period_end is null))
);
--> statement-breakpoint
CREATE TABLE "plan_payments" (
	"account_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"request_key" text NOT NULL,
	"kind" "plan_payment_kind" NOT NULL,
	"status" "plan_payment_status" NOT NULL,
	"from_plan" "plan_id" NOT NULL,
	"to_plan" "plan_id" NOT NULL,
	"interval" "plan_interval" NOT NULL,
	"amount_cents" bigint NOT NULL,
	"credits" bigint NOT NULL,
	"subscription_id" text NOT NULL,
	"item_id" text NOT NULL,
	"price_id" text NOT NULL,
	"idempotency_key" text NOT NULL,
	"payment_method_id" text NOT NULL,
	"card_brand" text NOT NULL,
	"card_last4" text NOT NULL,
	"return_url" text NOT NULL,
	"invoice_id" text,
	"decline_code" text,
	"placed_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"void_pending" boolean DEFAULT false NOT NULL,
	CONSTRAINT "plan_payments_account_id_id_pk" PRIMARY KEY("account_id","id"),
	CONSTRAINT "plan_payments_ended_when_over" CHECK ((ended_at is not null) = (status in ('paid', 'declined', 'canceled'))),
	CONSTRAINT "plan_payments_cost_something" CHECK (amount_cents >= 0 and credits > 0)
);
--> statement-breakpoint
CREATE TABLE "plan_periods" (
	"account_id" uuid NOT NULL,
	"source" text NOT NULL,
	"plan" "plan_id" NOT NULL,
	"subscription_id" text,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"credits" bigint NOT NULL,
	"grant_id" uuid NOT NULL,
	"payment" "period_payment" NOT NULL,
	"invoice_id" text,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"withdrawn_at" timestamp (3) with time zone,
	"withdrawals" smallint DEFAULT 0 NOT NULL,
	CONSTRAINT "plan_periods_account_id_source_pk" PRIMARY KEY("account_id","source"),
	CONSTRAINT "plan_periods_run_forward" CHECK (starts_at < ends_at and credits > 0),
	CONSTRAINT "plan_periods_without_subscription_cost_nothing" CHECK (subscription_id is not null or payment = 'none'),
	CONSTRAINT "plan_periods_paid_by_an_invoice" CHECK (payment <> 'paid' or invoice_id is not null)
);
--> statement-breakpoint
CREATE TABLE "subscriptions" (
	"account_id" uuid NOT NULL,
	"id" text NOT NULL,
	"status" "subscription_status" NOT NULL,
	"is_primary" boolean NOT NULL,
	"plan" "plan_id" NOT NULL,
	"interval" "plan_interval" NOT NULL,
	"price_id" text NOT NULL,
	"price_cents" bigint NOT NULL,
	"credits_per_cycle" bigint NOT NULL,
	"item_id" text NOT NULL,
	"anchor" timestamp (3) with time zone NOT NULL,
	"period_start" timestamp (3) with time zone NOT NULL,
	"period_end" timestamp (3) with time zone NOT NULL,
	"cancel_at" timestamp (3) with time zone,
	"schedule_id" text,
	"next_plan" "plan_id",
	"next_interval" "plan_interval",
	"next_price_cents" bigint,
	"next_credits_per_cycle" bigint,
	"payment_method_id" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"freed_at" timestamp (3) with time zone,
	"ask_at" timestamp (3) with time zone,
	CONSTRAINT "subscriptions_account_id_id_pk" PRIMARY KEY("account_id","id"),
	CONSTRAINT "subscriptions_run_forward" CHECK (period_start < period_end),
	CONSTRAINT "subscriptions_are_of_paid_plans" CHECK (plan <> 'free' and price_cents >= 0 and credits_per_cycle > 0),
	CONSTRAINT "subscriptions_know_what_is_next" CHECK ((next_plan is null) = (next_interval is null) and (next_plan is null) = (next_price_cents is null) and (next_plan is null) = (next_credits_per_cycle is null))
);
--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "allowance_credits" bigint;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "cycle_due_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "subscription_asked" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "subscription_answered" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "payment_methods" ADD COLUMN "remove_requested_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "contact_requests" ADD CONSTRAINT "contact_requests_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "checkouts" ADD CONSTRAINT "checkouts_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invoices" ADD CONSTRAINT "invoices_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_payments" ADD CONSTRAINT "plan_payments_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_periods" ADD CONSTRAINT "plan_periods_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "plan_periods" ADD CONSTRAINT "plan_periods_account_id_grant_id_grants_account_id_id_fk" FOREIGN KEY ("account_id","grant_id") REFERENCES "public"."grants"("account_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "contact_requests_one_per_request" ON "contact_requests" USING btree ("account_id","request_key");--> statement-breakpoint
CREATE INDEX "contact_requests_newest_first" ON "contact_requests" USING btree ("account_id","created_at");--> statement-breakpoint
CREATE INDEX "contact_requests_to_mail" ON "contact_requests" USING btree ("created_at") WHERE mailed_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "checkouts_one_open" ON "checkouts" USING btree ("account_id") WHERE ended_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "checkouts_one_per_session" ON "checkouts" USING btree ("account_id","session_id");--> statement-breakpoint
CREATE INDEX "checkouts_to_ask_about" ON "checkouts" USING btree ("ask_at") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "invoices_newest_first" ON "invoices" USING btree ("account_id","created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "plan_payments_one_per_request" ON "plan_payments" USING btree ("account_id","request_key");--> statement-breakpoint
CREATE UNIQUE INDEX "plan_payments_one_open" ON "plan_payments" USING btree ("account_id") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "plan_payments_unsettled" ON "plan_payments" USING btree ("updated_at") WHERE ended_at is null or void_pending;--> statement-breakpoint
CREATE INDEX "plan_payments_newest_first" ON "plan_payments" USING btree ("account_id","created_at","id");--> statement-breakpoint
CREATE UNIQUE INDEX "plan_periods_one_grant_each" ON "plan_periods" USING btree ("account_id","grant_id");--> statement-breakpoint
CREATE INDEX "plan_periods_by_start" ON "plan_periods" USING btree ("account_id","starts_at");--> statement-breakpoint
CREATE UNIQUE INDEX "subscriptions_one_primary" ON "subscriptions" USING btree ("account_id") WHERE is_primary;--> statement-breakpoint
CREATE INDEX "subscriptions_to_ask_about" ON "subscriptions" USING btree ("ask_at") WHERE ask_at is not null;--> statement-breakpoint
CREATE INDEX "accounts_cycle_due" ON "accounts" USING btree ("cycle_due_at") WHERE cycle_due_at is not null;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_allow_something" CHECK (allowance_credits > 0);--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_hear_what_they_asked" CHECK (subscription_answered between 0 and subscription_asked);--> statement-breakpoint
-- Every account has a cycle to look after, and the plan's credits it was given are its periods so far.
UPDATE "accounts" SET "cycle_due_at" = "period_end";--> statement-breakpoint
INSERT INTO "plan_periods" ("account_id", "source", "plan", "starts_at", "ends_at", "credits", "grant_id", "payment", "opened_at")
SELECT g.account_id, g.source, a.plan, g.starts_at, g.expires_at, g.credits, g.id, 'none', g.created_at
FROM "grants" g JOIN "accounts" a ON a.id = g.account_id WHERE g.kind = 'plan';
