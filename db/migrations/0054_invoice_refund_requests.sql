CREATE TYPE "public"."refund_request_status" AS ENUM('requested', 'made', 'refused');--> statement-breakpoint
CREATE TABLE "invoice_refund_requests" (
	"account_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"invoice_id" text NOT NULL,
	"amount_cents" bigint NOT NULL,
	"status" "refund_request_status" NOT NULL,
	"idempotency_key" text NOT NULL,
	"payment_intent_id" text,
	"refund_id" text,
	"failure_code" text,
	"taken_credits" bigint DEFAULT 0 NOT NULL,
	"used_credits" bigint DEFAULT 0 NOT NULL,
	"requested_by" uuid NOT NULL,
	"why" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "invoice_refund_requests_account_id_id_pk" PRIMARY KEY("account_id","id"),
	CONSTRAINT "invoice_refund_requests_pay_back_something" CHECK (amount_cents > 0),
	CONSTRAINT "invoice_refund_requests_take_no_less_than_nothing" CHECK (taken_credits >= used_credits and used_credits >= 0),
	CONSTRAINT "invoice_refund_requests_made_have_a_refund" CHECK ((status = 'made') = (refund_id is not null)),
	CONSTRAINT "invoice_refund_requests_refused_say_why" CHECK ((status = 'refused') = (failure_code is not null)),
	CONSTRAINT "invoice_refund_requests_give_a_reason" CHECK (why <> '')
);
--> statement-breakpoint
ALTER TABLE "operator_acts" ADD COLUMN "weighs_credits" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "operator_acts" ADD COLUMN "weighs_cents" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "invoice_refund_requests" ADD CONSTRAINT "invoice_refund_requests_of_an_invoice" FOREIGN KEY ("account_id","invoice_id") REFERENCES "public"."invoices"("account_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "invoice_refund_requests_one_per_key" ON "invoice_refund_requests" USING btree ("account_id","idempotency_key");--> statement-breakpoint
CREATE UNIQUE INDEX "invoice_refund_requests_one_unheard" ON "invoice_refund_requests" USING btree ("account_id","invoice_id") WHERE status = 'requested';--> statement-breakpoint
CREATE INDEX "invoice_refund_requests_of_invoice" ON "invoice_refund_requests" USING btree ("account_id","invoice_id");--> statement-breakpoint
CREATE INDEX "invoice_refund_requests_by_id" ON "invoice_refund_requests" USING btree ("id");--> statement-breakpoint
CREATE INDEX "accounts_by_name" ON "accounts" USING btree (lower(name) text_pattern_ops);--> statement-breakpoint
CREATE INDEX "users_by_name" ON "users" USING btree (lower(name) text_pattern_ops);