-- Earlier builds run with it: they write neither of the columns.
ALTER TABLE "accounts" ADD COLUMN "adopting_card_id" text;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "adopting_card_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "accounts_adopting" ON "accounts" USING btree ("adopting_card_at") WHERE adopting_card_at is not null;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_adopt_a_card_since" CHECK ((adopting_card_id is null) = (adopting_card_at is null));--> statement-breakpoint
-- Whose a schedule is was not kept before: Stripe is asked within minutes, and until then none can be taken back.
UPDATE "subscriptions" SET "next_read_at" = now() WHERE "schedule_id" IS NOT NULL AND "status" NOT IN ('canceled', 'incomplete_expired');
