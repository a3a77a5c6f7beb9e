CREATE TABLE "stripe_account" (
	"one" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"id" text,
	"live" boolean NOT NULL,
	"bound_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"forgetting_since" timestamp (3) with time zone,
	CONSTRAINT "stripe_account_is_one" CHECK (one),
	CONSTRAINT "stripe_account_is_named" CHECK (id ~ '^acct_')
);
--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "customer_request" jsonb;--> statement-breakpoint
ALTER TABLE "attempts" ADD COLUMN "cards_only" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_customer_is_asked_for_once" CHECK (customer_request is null or stripe_customer_id is null);