-- Earlier builds run with it: they write neither of the columns.
ALTER TABLE "subscriptions" ADD COLUMN "cancel_mark" text;--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "canceled_by_customer" boolean DEFAULT false NOT NULL;--> statement-breakpoint
-- Whose a cancellation for the period's end was is not known of any from before: every one counts as the customer's, so that
-- none who canceled loses the way back. What is pending is theirs for certain. Stripe is told within minutes.
UPDATE "subscriptions" SET "canceled_by_customer" = true, "next_read_at" = now()
WHERE "status" NOT IN ('canceled', 'incomplete_expired')
  AND ("pending_change" = 'cancel' OR ("cancel_at" = "period_end" AND "schedule_id" IS NULL));
