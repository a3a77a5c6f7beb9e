CREATE TYPE "public"."plan_id" AS ENUM('free', 'starter', 'premium', 'custom');--> statement-breakpoint
CREATE TYPE "public"."plan_status" AS ENUM('active', 'past_due', 'canceled');--> statement-breakpoint
CREATE TYPE "public"."member_role" AS ENUM('owner', 'billing', 'member');--> statement-breakpoint
CREATE TYPE "public"."attempt_status" AS ENUM('started', 'requires_action', 'processing', 'succeeded', 'declined', 'failed', 'canceled');--> statement-breakpoint
CREATE TYPE "public"."order_status" AS ENUM('pending', 'processing', 'requires_action', 'declined', 'paid', 'canceled');--> statement-breakpoint
CREATE TYPE "public"."bucket" AS ENUM('issued', 'available', 'held', 'spent', 'expired', 'revoked', 'owed');--> statement-breakpoint
CREATE TYPE "public"."grant_kind" AS ENUM('plan', 'purchase', 'promotional', 'adjustment');--> statement-breakpoint
CREATE TABLE "accounts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"plan" "plan_id" NOT NULL,
	"plan_status" "plan_status" DEFAULT 'active' NOT NULL,
	"cycle_anchor" timestamp (3) with time zone NOT NULL,
	"period_start" timestamp (3) with time zone NOT NULL,
	"period_end" timestamp (3) with time zone NOT NULL,
	"stripe_customer_id" text,
	"default_payment_method_id" text,
	"cards_as_of" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "accounts_period_runs_forward" CHECK (period_start < period_end and cycle_anchor <= period_start),
	CONSTRAINT "accounts_card_needs_customer" CHECK (default_payment_method_id is null or stripe_customer_id is not null)
);
--> statement-breakpoint
CREATE TABLE "payment_methods" (
	"account_id" uuid NOT NULL,
	"id" text NOT NULL,
	"brand" text NOT NULL,
	"last4" text NOT NULL,
	"exp_month" smallint NOT NULL,
	"exp_year" smallint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "payment_methods_account_id_id_pk" PRIMARY KEY("account_id","id"),
	CONSTRAINT "payment_methods_month_exists" CHECK (exp_month between 1 and 12),
	CONSTRAINT "payment_methods_show_four_digits" CHECK (last4 ~ '^[0-9]{4}$')
);
--> statement-breakpoint
CREATE TABLE "identities" (
	"provider" text NOT NULL,
	"provider_user_id" text NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "identities_provider_provider_user_id_pk" PRIMARY KEY("provider","provider_user_id")
);
--> statement-breakpoint
CREATE TABLE "memberships" (
	"account_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"role" "member_role" NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "memberships_account_id_user_id_pk" PRIMARY KEY("account_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "sign_in_failures" (
	"subject" text NOT NULL,
	"window_start" timestamp (3) with time zone NOT NULL,
	"failures" integer NOT NULL,
	CONSTRAINT "sign_in_failures_subject_window_start_pk" PRIMARY KEY("subject","window_start")
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"name" text NOT NULL,
	"password_hash" text,
	"session_version" integer DEFAULT 1 NOT NULL,
	"is_operator" boolean DEFAULT false NOT NULL,
	"locale" text DEFAULT 'en-US' NOT NULL,
	"time_zone" text,
	"disabled_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_email_is_lower_case" CHECK (email = lower(email))
);
--> statement-breakpoint
CREATE TABLE "attempts" (
	"account_id" uuid NOT NULL,
	"order_id" uuid NOT NULL,
	"number" smallint NOT NULL,
	"idempotency_key" text NOT NULL,
	"status" "attempt_status" DEFAULT 'started' NOT NULL,
	"customer_id" text NOT NULL,
	"payment_method_id" text NOT NULL,
	"card_brand" text NOT NULL,
	"card_last4" text NOT NULL,
	"return_url" text NOT NULL,
	"payment_intent_id" text,
	"confirms_existing" boolean NOT NULL,
	"decline_code" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "attempts_account_id_order_id_number_pk" PRIMARY KEY("account_id","order_id","number"),
	CONSTRAINT "attempts_ended_when_over" CHECK ((ended_at is not null) = (status in ('succeeded', 'declined', 'failed', 'canceled'))),
	CONSTRAINT "attempts_confirm_what_exists" CHECK (not confirms_existing or payment_intent_id is not null)
);
--> statement-breakpoint
CREATE TABLE "order_transitions" (
	"account_id" uuid NOT NULL,
	"order_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"status" "order_status" NOT NULL,
	"attempt_number" smallint,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "order_transitions_account_id_order_id_number_pk" PRIMARY KEY("account_id","order_id","number")
);
--> statement-breakpoint
CREATE TABLE "orders" (
	"account_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"reference" text NOT NULL,
	"request_key" text NOT NULL,
	"status" "order_status" DEFAULT 'pending' NOT NULL,
	"bundle_id" text,
	"credits" bigint NOT NULL,
	"amount_cents" bigint NOT NULL,
	"currency" text DEFAULT 'usd' NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"expiry_acknowledged_at" timestamp (3) with time zone,
	"placed_by" uuid NOT NULL,
	"payment_intent_id" text,
	"cancel_requested_at" timestamp (3) with time zone,
	"grant_id" uuid,
	"receipt_url" text,
	"paid_at" timestamp (3) with time zone,
	"canceled_at" timestamp (3) with time zone,
	"parked_reason" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "orders_account_id_id_pk" PRIMARY KEY("account_id","id"),
	CONSTRAINT "orders_cost_and_give_something" CHECK (credits > 0 and amount_cents > 0),
	CONSTRAINT "orders_in_usd" CHECK (currency = 'usd'),
	CONSTRAINT "orders_paid_means_granted" CHECK ((status = 'paid') = (grant_id is not null) and (status = 'paid') = (paid_at is not null) and (status <> 'paid' or payment_intent_id is not null)),
	CONSTRAINT "orders_canceled_has_instant" CHECK ((status = 'canceled') = (canceled_at is not null))
);
--> statement-breakpoint
CREATE TABLE "stripe_events" (
	"id" text PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"api_version" text,
	"payload" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"received_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"handled_at" timestamp (3) with time zone,
	"parked_reason" text,
	CONSTRAINT "stripe_events_handled_or_parked" CHECK (handled_at is null or parked_reason is null)
);
--> statement-breakpoint
CREATE TABLE "balances" (
	"account_id" uuid PRIMARY KEY NOT NULL,
	"last_seq" bigint NOT NULL,
	"available_credits" bigint NOT NULL,
	CONSTRAINT "balances_never_negative" CHECK (available_credits >= 0 and last_seq >= 0)
);
--> statement-breakpoint
CREATE TABLE "commands" (
	"account_id" uuid NOT NULL,
	"key" text NOT NULL,
	"kind" text NOT NULL,
	"fingerprint" "bytea" NOT NULL,
	"answer" jsonb NOT NULL,
	"first_seq" bigint NOT NULL,
	"last_seq" bigint NOT NULL,
	"committed_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "commands_account_id_key_pk" PRIMARY KEY("account_id","key"),
	CONSTRAINT "commands_name_their_entries" CHECK (first_seq > 0 and last_seq >= first_seq)
);
--> statement-breakpoint
CREATE TABLE "entries" (
	"account_id" uuid NOT NULL,
	"seq" bigint NOT NULL,
	"grant_id" uuid NOT NULL,
	"from_bucket" "bucket" NOT NULL,
	"to_bucket" "bucket" NOT NULL,
	"credits" bigint NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "entries_account_id_seq_pk" PRIMARY KEY("account_id","seq"),
	CONSTRAINT "entries_move_something" CHECK (credits > 0 and from_bucket <> to_bucket and seq > 0)
);
--> statement-breakpoint
CREATE TABLE "grants" (
	"account_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"kind" "grant_kind" NOT NULL,
	"source" text NOT NULL,
	"credits" bigint NOT NULL,
	"remaining_credits" bigint NOT NULL,
	"held_credits" bigint NOT NULL,
	"spent_credits" bigint NOT NULL,
	"expired_credits" bigint NOT NULL,
	"revoked_credits" bigint NOT NULL,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "grants_account_id_id_pk" PRIMARY KEY("account_id","id"),
	CONSTRAINT "grants_add_up" CHECK (credits = remaining_credits + held_credits + spent_credits + expired_credits + revoked_credits),
	CONSTRAINT "grants_no_part_negative" CHECK (credits > 0 and remaining_credits >= 0 and held_credits >= 0 and spent_credits >= 0 and expired_credits >= 0 and revoked_credits >= 0),
	CONSTRAINT "grants_live_forward" CHECK (starts_at < expires_at)
);
--> statement-breakpoint
ALTER TABLE "payment_methods" ADD CONSTRAINT "payment_methods_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "identities" ADD CONSTRAINT "identities_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_account_id_order_id_orders_account_id_id_fk" FOREIGN KEY ("account_id","order_id") REFERENCES "public"."orders"("account_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "order_transitions" ADD CONSTRAINT "order_transitions_account_id_order_id_orders_account_id_id_fk" FOREIGN KEY ("account_id","order_id") REFERENCES "public"."orders"("account_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_account_id_grant_id_grants_account_id_id_fk" FOREIGN KEY ("account_id","grant_id") REFERENCES "public"."grants"("account_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "balances" ADD CONSTRAINT "balances_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "commands" ADD CONSTRAINT "commands_account_id_balances_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."balances"("account_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "entries" ADD CONSTRAINT "entries_account_id_grant_id_grants_account_id_id_fk" FOREIGN KEY ("account_id","grant_id") REFERENCES "public"."grants"("account_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_account_id_balances_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."balances"("account_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "accounts_by_stripe_customer" ON "accounts" USING btree ("stripe_customer_id") WHERE stripe_customer_id is not null;--> statement-breakpoint
CREATE INDEX "memberships_by_user" ON "memberships" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "sign_in_failures_by_window" ON "sign_in_failures" USING btree ("window_start");--> statement-breakpoint
CREATE UNIQUE INDEX "users_one_per_email" ON "users" USING btree ("email");--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_one_open" ON "attempts" USING btree ("account_id","order_id") WHERE ended_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_one_success" ON "attempts" USING btree ("account_id","order_id") WHERE status = 'succeeded';--> statement-breakpoint
CREATE UNIQUE INDEX "attempts_one_per_key" ON "attempts" USING btree ("account_id","idempotency_key");--> statement-breakpoint
CREATE INDEX "attempts_declined_lately" ON "attempts" USING btree ("account_id","created_at") WHERE status in ('started', 'declined');--> statement-breakpoint
CREATE UNIQUE INDEX "orders_one_per_request" ON "orders" USING btree ("account_id","request_key");--> statement-breakpoint
CREATE UNIQUE INDEX "orders_reference_is_theirs" ON "orders" USING btree ("account_id","reference");--> statement-breakpoint
CREATE UNIQUE INDEX "orders_one_per_payment" ON "orders" USING btree ("account_id","payment_intent_id");--> statement-breakpoint
CREATE UNIQUE INDEX "orders_one_grant_each" ON "orders" USING btree ("account_id","grant_id");--> statement-breakpoint
CREATE INDEX "orders_unsettled" ON "orders" USING btree ("updated_at") WHERE status in ('pending', 'processing', 'requires_action', 'declined');--> statement-breakpoint
CREATE INDEX "orders_newest_first" ON "orders" USING btree ("account_id","created_at","id");--> statement-breakpoint
CREATE INDEX "stripe_events_due" ON "stripe_events" USING btree ("received_at") WHERE handled_at is null and parked_reason is null;--> statement-breakpoint
CREATE UNIQUE INDEX "grants_one_per_source" ON "grants" USING btree ("account_id","source");--> statement-breakpoint
CREATE INDEX "grants_with_credits_left" ON "grants" USING btree ("account_id","expires_at") WHERE remaining_credits > 0 or held_credits > 0;--> statement-breakpoint
CREATE INDEX "grants_by_expiry" ON "grants" USING btree ("account_id","expires_at");