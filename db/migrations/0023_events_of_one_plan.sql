CREATE TABLE "provider_pace" (
	"path" text PRIMARY KEY NOT NULL,
	"free_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "stripe_events" ADD COLUMN "plan_customer" text;--> statement-breakpoint
CREATE INDEX "stripe_events_due_of_plan" ON "stripe_events" USING btree ("plan_customer") WHERE plan_customer is not null and handled_at is null and parked_reason is null;