ALTER TABLE "stripe_events" ADD COLUMN "found_account_id" uuid;--> statement-breakpoint
CREATE INDEX "stripe_events_of_account" ON "stripe_events" USING btree ("found_account_id","received_at","id") WHERE found_account_id is not null;--> statement-breakpoint
CREATE INDEX "order_reversals_given" ON "order_reversals" USING btree ("account_id","grant_id") WHERE kind = 'give';