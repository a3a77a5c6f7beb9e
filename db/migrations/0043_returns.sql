CREATE TYPE "public"."dispute_status" AS ENUM('warning_needs_response', 'warning_under_review', 'warning_closed', 'needs_response', 'under_review', 'appeal_needs_response', 'appeal_under_review', 'won', 'lost', 'prevented');--> statement-breakpoint
CREATE TYPE "public"."refund_requester" AS ENUM('customer', 'operator');--> statement-breakpoint
CREATE TYPE "public"."refund_status" AS ENUM('requested', 'pending', 'requires_action', 'succeeded', 'failed', 'canceled');--> statement-breakpoint
CREATE TYPE "public"."reversal_kind" AS ENUM('revoke', 'restore', 'freeze', 'unfreeze', 'carry', 'give');--> statement-breakpoint
ALTER TYPE "public"."order_status" ADD VALUE 'partially_refunded';--> statement-breakpoint
ALTER TYPE "public"."order_status" ADD VALUE 'refunded';--> statement-breakpoint
ALTER TYPE "public"."order_status" ADD VALUE 'disputed';--> statement-breakpoint
CREATE TABLE "order_disputes" (
	"account_id" uuid NOT NULL,
	"id" text NOT NULL,
	"order_id" uuid NOT NULL,
	"amount_cents" bigint NOT NULL,
	"currency" text NOT NULL,
	"status" "dispute_status",
	"unreadable" text,
	"reason" text NOT NULL,
	"evidence_due_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "order_disputes_account_id_id_pk" PRIMARY KEY("account_id","id"),
	CONSTRAINT "order_disputes_are_about_something" CHECK (amount_cents >= 0),
	CONSTRAINT "order_disputes_say_something" CHECK (status is not null or unreadable is not null)
);
--> statement-breakpoint
CREATE TABLE "order_refunds" (
	"account_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"order_id" uuid NOT NULL,
	"refund_id" text,
	"amount_cents" bigint NOT NULL,
	"status" "refund_status",
	"unreadable" text,
	"failure_code" text,
	"idempotency_key" text,
	"requested_as" "refund_requester",
	"requested_by" uuid,
	"why" text,
	"credit_noted_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "order_refunds_account_id_id_pk" PRIMARY KEY("account_id","id"),
	CONSTRAINT "order_refunds_once" UNIQUE("account_id","refund_id"),
	CONSTRAINT "order_refunds_pay_back_something" CHECK (amount_cents > 0),
	CONSTRAINT "order_refunds_say_something" CHECK (status is not null or unreadable is not null),
	CONSTRAINT "order_refunds_are_ours_or_heard_of" CHECK (refund_id is not null or (idempotency_key is not null and status in ('requested', 'failed'))),
	CONSTRAINT "order_refunds_requested_are_unheard" CHECK (status <> 'requested' or refund_id is null),
	CONSTRAINT "order_refunds_of_ours_say_who_and_why" CHECK ((idempotency_key is null) = (requested_as is null) and (idempotency_key is null) = (requested_by is null) and (idempotency_key is null) = (why is null))
);
--> statement-breakpoint
CREATE TABLE "order_reversals" (
	"account_id" uuid NOT NULL,
	"order_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"kind" "reversal_kind" NOT NULL,
	"grant_id" uuid NOT NULL,
	"used" bigint DEFAULT 0 NOT NULL,
	"unused" bigint DEFAULT 0 NOT NULL,
	"expired" bigint DEFAULT 0 NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "order_reversals_account_id_order_id_number_pk" PRIMARY KEY("account_id","order_id","number"),
	CONSTRAINT "order_reversals_no_part_negative" CHECK (number > 0 and used >= 0 and unused >= 0 and expired >= 0),
	CONSTRAINT "order_reversals_move_something" CHECK ((kind in ('freeze', 'unfreeze')) = (used + unused + expired = 0)),
	CONSTRAINT "order_reversals_give_for_one_reason" CHECK (kind <> 'give' or (expired = 0 and (used = 0 or unused = 0)))
);
--> statement-breakpoint
CREATE TABLE "provider_lists" (
	"name" text PRIMARY KEY NOT NULL,
	"read_until" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "orders" DROP CONSTRAINT "orders_paid_means_granted";--> statement-breakpoint
DROP INDEX "orders_not_invoiced";--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "returns_read_started" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "returns_read_applied" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "returns_read_superseded" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "next_returns_read_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "documents" ADD COLUMN "refund_id" uuid;--> statement-breakpoint
ALTER TABLE "order_disputes" ADD CONSTRAINT "order_disputes_of_a_paid_order" FOREIGN KEY ("account_id","order_id") REFERENCES "public"."order_payments"("account_id","order_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "order_refunds" ADD CONSTRAINT "order_refunds_of_a_paid_order" FOREIGN KEY ("account_id","order_id") REFERENCES "public"."order_payments"("account_id","order_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "order_reversals" ADD CONSTRAINT "order_reversals_of_a_paid_order" FOREIGN KEY ("account_id","order_id") REFERENCES "public"."order_payments"("account_id","order_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "order_reversals" ADD CONSTRAINT "order_reversals_of_a_grant" FOREIGN KEY ("account_id","grant_id") REFERENCES "public"."grants"("account_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "order_disputes_of_order" ON "order_disputes" USING btree ("account_id","order_id");--> statement-breakpoint
CREATE INDEX "order_disputes_open" ON "order_disputes" USING btree ("account_id") WHERE status in ('needs_response', 'under_review');--> statement-breakpoint
CREATE UNIQUE INDEX "order_refunds_one_per_key" ON "order_refunds" USING btree ("account_id","idempotency_key");--> statement-breakpoint
CREATE UNIQUE INDEX "order_refunds_one_unheard" ON "order_refunds" USING btree ("account_id","order_id") WHERE status = 'requested';--> statement-breakpoint
CREATE INDEX "order_refunds_of_order" ON "order_refunds" USING btree ("account_id","order_id");--> statement-breakpoint
CREATE INDEX "order_refunds_not_noted" ON "order_refunds" USING btree ("created_at") WHERE status = 'succeeded' and credit_noted_at is null;--> statement-breakpoint
ALTER TABLE "documents" ADD CONSTRAINT "documents_of_a_refund" FOREIGN KEY ("account_id","refund_id") REFERENCES "public"."order_refunds"("account_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "orders_returns_to_read" ON "orders" USING btree ("next_returns_read_at") WHERE next_returns_read_at is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "documents_one_credit_note_each" ON "documents" USING btree ("account_id","refund_id");--> statement-breakpoint
CREATE INDEX "orders_not_invoiced" ON "orders" USING btree ("paid_at") WHERE paid_at is not null and invoiced_at is null;--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_read_returns_in_order" CHECK (returns_read_applied between 0 and returns_read_started and returns_read_superseded between 0 and returns_read_started and (next_returns_read_at is null or paid_at is not null));--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_paid_means_granted" CHECK ((status in ('pending', 'processing', 'requires_action', 'declined', 'canceled')) = (grant_id is null) and (grant_id is null) = (paid_at is null) and (paid_at is null or payment_intent_id is not null));--> statement-breakpoint
ALTER TABLE "documents" ADD CONSTRAINT "documents_credit_notes_are_of_a_refund" CHECK ((kind = 'credit_note') = (refund_id is not null));