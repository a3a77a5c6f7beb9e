CREATE TABLE "order_payments" (
	"account_id" uuid NOT NULL,
	"order_id" uuid NOT NULL,
	"payment_intent_id" text NOT NULL,
	"grant_id" uuid NOT NULL,
	"amount_cents" bigint NOT NULL,
	"currency" text NOT NULL,
	"credits" bigint NOT NULL,
	"paid_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "order_payments_account_id_order_id_pk" PRIMARY KEY("account_id","order_id"),
	CONSTRAINT "order_payments_cost_and_give_something" CHECK (amount_cents > 0 and credits > 0)
);
--> statement-breakpoint
CREATE TABLE "paid_plan_payments" (
	"account_id" uuid NOT NULL,
	"payment_id" uuid NOT NULL,
	"status" "plan_payment_status" DEFAULT 'paid' NOT NULL,
	"invoice_id" text NOT NULL,
	"paid_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "paid_plan_payments_account_id_payment_id_pk" PRIMARY KEY("account_id","payment_id"),
	CONSTRAINT "paid_plan_payments_are_paid" CHECK (status = 'paid')
);
--> statement-breakpoint
ALTER TABLE "orders" ADD CONSTRAINT "orders_paid_once" UNIQUE("account_id","id","paid_at","grant_id","payment_intent_id");
--> statement-breakpoint
ALTER TABLE "plan_payments" ADD CONSTRAINT "plan_payments_paid_once" UNIQUE("account_id","id","status","invoice_id");
--> statement-breakpoint
ALTER TABLE "order_payments" ADD CONSTRAINT "order_payments_of_a_paid_order" FOREIGN KEY ("account_id","order_id","paid_at","grant_id","payment_intent_id") REFERENCES "public"."orders"("account_id","id","paid_at","grant_id","payment_intent_id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
ALTER TABLE "paid_plan_payments" ADD CONSTRAINT "paid_plan_payments_stay_paid" FOREIGN KEY ("account_id","payment_id","status","invoice_id") REFERENCES "public"."plan_payments"("account_id","id","status","invoice_id") ON DELETE no action ON UPDATE no action;
--> statement-breakpoint
-- What was paid before this release is written down as well.
INSERT INTO "order_payments" AS p ("account_id", "order_id", "payment_intent_id", "grant_id", "amount_cents", "currency", "credits", "paid_at")
SELECT o."account_id", o."id", o."payment_intent_id", o."grant_id", o."amount_cents", o."currency", o."credits", o."paid_at"
FROM "orders" AS o WHERE o."status" = 'paid';
--> statement-breakpoint
INSERT INTO "paid_plan_payments" AS p ("account_id", "payment_id", "invoice_id", "paid_at")
SELECT o."account_id", o."id", o."invoice_id", o."ended_at"
FROM "plan_payments" AS o WHERE o."status" = 'paid' AND o."invoice_id" IS NOT NULL;
