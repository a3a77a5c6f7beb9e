CREATE TABLE "credit_month_progress" (
	"account_id" uuid PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	CONSTRAINT "credit_month_progress_never_negative" CHECK (seq >= 0)
);
--> statement-breakpoint
CREATE TABLE "credit_months" (
	"account_id" uuid NOT NULL,
	"month" date NOT NULL,
	"kind" text NOT NULL,
	"from_bucket" "bucket" NOT NULL,
	"to_bucket" "bucket" NOT NULL,
	"credits" numeric(38, 0) NOT NULL,
	CONSTRAINT "credit_months_account_id_month_kind_from_bucket_to_bucket_pk" PRIMARY KEY("account_id","month","kind","from_bucket","to_bucket"),
	CONSTRAINT "credit_months_move_something" CHECK (credits > 0 and from_bucket <> to_bucket),
	CONSTRAINT "credit_months_begin_with_their_month" CHECK (extract(day from month) = 1)
);
--> statement-breakpoint
ALTER TABLE "credit_month_progress" ADD CONSTRAINT "credit_month_progress_account_id_balances_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."balances"("account_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "credit_months" ADD CONSTRAINT "credit_months_account_id_balances_account_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."balances"("account_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "orders_parked" ON "orders" USING btree ("updated_at") WHERE parked_reason is not null;--> statement-breakpoint
CREATE INDEX "stripe_events_newest_first" ON "stripe_events" USING btree ("received_at","id");--> statement-breakpoint
CREATE INDEX "stripe_events_of_type" ON "stripe_events" USING btree (left(type, 100),"received_at","id");--> statement-breakpoint
CREATE INDEX "stripe_events_of_customer" ON "stripe_events" USING btree (left(case when payload #>> '{data,object,object}' = 'customer' then payload #>> '{data,object,id}' else payload #>> '{data,object,customer}' end, 255),"received_at","id");--> statement-breakpoint
CREATE INDEX "invoices_by_payment" ON "invoices" USING btree ("paid_at");--> statement-breakpoint
CREATE INDEX "order_disputes_by_time" ON "order_disputes" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "order_disputes_to_answer" ON "order_disputes" USING btree ("evidence_due_at") WHERE status in ('needs_response', 'warning_needs_response', 'appeal_needs_response');--> statement-breakpoint
CREATE INDEX "order_refunds_by_time" ON "order_refunds" USING btree ("created_at");