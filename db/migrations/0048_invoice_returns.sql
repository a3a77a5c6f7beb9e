-- Earlier builds run with it: they write nothing of what its one check on an older table asks for.
CREATE TABLE "invoice_disputes" (
	"account_id" uuid NOT NULL,
	"id" text NOT NULL,
	"invoice_id" text NOT NULL,
	"amount_cents" bigint NOT NULL,
	"currency" text NOT NULL,
	"status" "dispute_status",
	"unreadable" text,
	"reason" text NOT NULL,
	"evidence_due_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "invoice_disputes_account_id_id_pk" PRIMARY KEY("account_id","id"),
	CONSTRAINT "invoice_disputes_are_about_something" CHECK (amount_cents >= 0),
	CONSTRAINT "invoice_disputes_say_something" CHECK (status is not null or unreadable is not null)
);
--> statement-breakpoint
CREATE TABLE "invoice_refunds" (
	"account_id" uuid NOT NULL,
	"id" text NOT NULL,
	"invoice_id" text NOT NULL,
	"amount_cents" bigint NOT NULL,
	"status" "refund_status",
	"unreadable" text,
	"failure_code" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "invoice_refunds_account_id_id_pk" PRIMARY KEY("account_id","id"),
	CONSTRAINT "invoice_refunds_pay_back_something" CHECK (amount_cents > 0),
	CONSTRAINT "invoice_refunds_say_something" CHECK (status is not null or unreadable is not null),
	CONSTRAINT "invoice_refunds_are_heard_of" CHECK (status <> 'requested')
);
--> statement-breakpoint
CREATE TABLE "invoice_reversals" (
	"account_id" uuid NOT NULL,
	"invoice_id" text NOT NULL,
	"number" integer NOT NULL,
	"kind" "reversal_kind" NOT NULL,
	"grant_id" uuid NOT NULL,
	"used" bigint DEFAULT 0 NOT NULL,
	"unused" bigint DEFAULT 0 NOT NULL,
	"expired" bigint DEFAULT 0 NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "invoice_reversals_account_id_invoice_id_number_pk" PRIMARY KEY("account_id","invoice_id","number"),
	CONSTRAINT "invoice_reversals_no_part_negative" CHECK (number > 0 and used >= 0 and unused >= 0 and expired >= 0),
	CONSTRAINT "invoice_reversals_move_something" CHECK ((kind in ('freeze', 'unfreeze')) = (used + unused + expired = 0)),
	CONSTRAINT "invoice_reversals_give_for_one_reason" CHECK (kind <> 'give' or (expired = 0 and (used = 0 or unused = 0)))
);
--> statement-breakpoint
ALTER TABLE "invoices" ADD COLUMN "paid_back_elsewhere_cents" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "invoices" ADD COLUMN "returns_read_started" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "invoices" ADD COLUMN "returns_read_applied" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "invoices" ADD COLUMN "returns_read_superseded" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "invoices" ADD COLUMN "next_returns_read_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "invoice_disputes" ADD CONSTRAINT "invoice_disputes_of_an_invoice" FOREIGN KEY ("account_id","invoice_id") REFERENCES "public"."invoices"("account_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invoice_refunds" ADD CONSTRAINT "invoice_refunds_of_an_invoice" FOREIGN KEY ("account_id","invoice_id") REFERENCES "public"."invoices"("account_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invoice_reversals" ADD CONSTRAINT "invoice_reversals_of_an_invoice" FOREIGN KEY ("account_id","invoice_id") REFERENCES "public"."invoices"("account_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "invoice_reversals" ADD CONSTRAINT "invoice_reversals_of_a_grant" FOREIGN KEY ("account_id","grant_id") REFERENCES "public"."grants"("account_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "invoice_disputes_of_invoice" ON "invoice_disputes" USING btree ("account_id","invoice_id");--> statement-breakpoint
CREATE INDEX "invoice_disputes_open" ON "invoice_disputes" USING btree ("account_id") WHERE status in ('needs_response', 'under_review');--> statement-breakpoint
CREATE INDEX "invoice_refunds_of_invoice" ON "invoice_refunds" USING btree ("account_id","invoice_id");--> statement-breakpoint
CREATE INDEX "invoices_returns_to_read" ON "invoices" USING btree ("next_returns_read_at") WHERE next_returns_read_at is not null;--> statement-breakpoint
ALTER TABLE "invoices" ADD CONSTRAINT "invoices_pay_nothing_back_that_is_negative" CHECK (paid_back_elsewhere_cents >= 0);