CREATE TYPE "public"."reconciliation_kind" AS ENUM('books_full', 'books_moved', 'stripe');--> statement-breakpoint
CREATE TABLE "checked_books" (
	"account_id" uuid PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	"sums" jsonb NOT NULL,
	"checked_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "checked_books_begin" CHECK (seq >= 0)
);
--> statement-breakpoint
CREATE TABLE "reconciled_days" (
	"day" date PRIMARY KEY NOT NULL,
	"finished_at" timestamp (3) with time zone NOT NULL,
	"drift" integer NOT NULL,
	"result" jsonb NOT NULL,
	CONSTRAINT "reconciled_days_count" CHECK (drift >= 0)
);
--> statement-breakpoint
CREATE TABLE "reconciliations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" "reconciliation_kind" NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"finished_at" timestamp (3) with time zone NOT NULL,
	"drift" integer NOT NULL,
	"result" jsonb NOT NULL,
	"told_at" timestamp (3) with time zone,
	CONSTRAINT "reconciliations_run_forward" CHECK (started_at <= finished_at and drift >= 0)
);
--> statement-breakpoint
ALTER TABLE "stripe_account" ADD COLUMN "recovering_since" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "stripe_account" ADD COLUMN "recovering_because" text;--> statement-breakpoint
ALTER TABLE "stripe_account" ADD COLUMN "recovered_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "checked_books" ADD CONSTRAINT "checked_books_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "reconciliations_newest" ON "reconciliations" USING btree ("kind","finished_at");--> statement-breakpoint
CREATE INDEX "order_payments_by_time" ON "order_payments" USING btree ("paid_at");