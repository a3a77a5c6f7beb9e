-- Earlier builds run with it: they credit no unused time, and store more than zero credits.
ALTER TABLE "plan_payments" DROP CONSTRAINT "plan_payments_cost_something";--> statement-breakpoint
ALTER TABLE "plan_payments" ADD COLUMN "proration_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "plan_payments" ADD CONSTRAINT "plan_payments_cost_something" CHECK (amount_cents >= 0 and credits >= 0);