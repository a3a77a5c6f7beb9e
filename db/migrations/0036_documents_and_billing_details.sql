CREATE TYPE "public"."document_kind" AS ENUM('invoice', 'credit_note');--> statement-breakpoint
CREATE TABLE "billing_details" (
	"account_id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"line1" text,
	"line2" text,
	"postal_code" text,
	"city" text,
	"state" text,
	"country" text NOT NULL,
	"tax_id_type" text,
	"tax_id" text,
	"refused_tax_id" text,
	"version" integer DEFAULT 1 NOT NULL,
	"told_version" integer DEFAULT 0 NOT NULL,
	"next_tell_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"updated_by" uuid NOT NULL,
	CONSTRAINT "billing_details_tax_id_has_a_type" CHECK ((tax_id_type is null) = (tax_id is null)),
	CONSTRAINT "billing_details_country_is_a_code" CHECK (country ~ '^[A-Z]{2}$'),
	CONSTRAINT "billing_details_told_of_what_was" CHECK (told_version between 0 and version)
);
--> statement-breakpoint
CREATE TABLE "document_numbers" (
	"series" text NOT NULL,
	"number" bigint NOT NULL,
	"account_id" uuid NOT NULL,
	"order_id" uuid NOT NULL,
	CONSTRAINT "document_numbers_series_number_pk" PRIMARY KEY("series","number"),
	CONSTRAINT "document_numbers_begin_at_one" CHECK (number > 0)
);
--> statement-breakpoint
CREATE TABLE "document_series" (
	"series" text PRIMARY KEY NOT NULL,
	"last_number" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "document_series_counts_up" CHECK (last_number >= 0)
);
--> statement-breakpoint
CREATE TABLE "documents" (
	"account_id" uuid NOT NULL,
	"series" text NOT NULL,
	"number" bigint NOT NULL,
	"kind" "document_kind" NOT NULL,
	"order_id" uuid NOT NULL,
	"corrects" bigint,
	"issued_at" timestamp (3) with time zone NOT NULL,
	"seller" jsonb NOT NULL,
	"buyer" jsonb NOT NULL,
	"reference" text NOT NULL,
	"credits" bigint NOT NULL,
	"amount_cents" bigint NOT NULL,
	"currency" text NOT NULL,
	"paid_at" timestamp (3) with time zone NOT NULL,
	"card_brand" text NOT NULL,
	"card_last4" text NOT NULL,
	"payment_intent_id" text NOT NULL,
	"told_at" timestamp (3) with time zone,
	"next_tell_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "documents_account_id_series_number_pk" PRIMARY KEY("account_id","series","number"),
	CONSTRAINT "documents_number_of_an_order" UNIQUE("account_id","order_id","series","number"),
	CONSTRAINT "documents_credit_notes_correct" CHECK ((kind = 'credit_note') = (corrects is not null)),
	CONSTRAINT "documents_are_numbered" CHECK (number > 0 and corrects < number),
	CONSTRAINT "documents_are_of_something" CHECK (amount_cents > 0 and credits > 0)
);
--> statement-breakpoint
ALTER TABLE "orders" ADD COLUMN "invoiced_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "billing_details" ADD CONSTRAINT "billing_details_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "document_numbers" ADD CONSTRAINT "document_numbers_series_document_series_series_fk" FOREIGN KEY ("series") REFERENCES "public"."document_series"("series") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "documents" ADD CONSTRAINT "documents_of_a_paid_order" FOREIGN KEY ("account_id","order_id") REFERENCES "public"."order_payments"("account_id","order_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "documents" ADD CONSTRAINT "documents_correct_one_of_their_order" FOREIGN KEY ("account_id","order_id","series","corrects") REFERENCES "public"."documents"("account_id","order_id","series","number") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "billing_details_untold" ON "billing_details" USING btree ("next_tell_at") WHERE told_version < version;--> statement-breakpoint
CREATE UNIQUE INDEX "documents_one_invoice_each" ON "documents" USING btree ("account_id","order_id") WHERE kind = 'invoice';--> statement-breakpoint
CREATE INDEX "documents_untold" ON "documents" USING btree ("next_tell_at") WHERE told_at is null;--> statement-breakpoint
CREATE INDEX "orders_not_invoiced" ON "orders" USING btree ("paid_at") WHERE status = 'paid' and invoiced_at is null;