CREATE TYPE "public"."plan_wish" AS ENUM('keep', 'change', 'cancel');--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "former_customers" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "cards_asked" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "cards_answered" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "cards_overlapped" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "wish" "plan_wish";--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "wish_plan" "plan_id";--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "wish_interval" "plan_interval";--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "wished_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "former_wish" "plan_wish";--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "former_plan" "plan_id";--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "former_interval" "plan_interval";--> statement-breakpoint
ALTER TABLE "subscriptions" ADD COLUMN "asking_until" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "subscriptions_wishing" ON "subscriptions" USING btree ("wished_at") WHERE wished_at is not null;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_hear_of_cards_what_they_asked" CHECK (cards_answered >= 0 and cards_overlapped between cards_answered and cards_asked);--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_count_former_customers" CHECK (former_customers >= 0);--> statement-breakpoint
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_wish_for_something" CHECK ((wish is null) = (wished_at is null) and (wish_plan is null) = (wish_interval is null) and (wish_plan is not null) = coalesce(wish = 'change', false));--> statement-breakpoint
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_knew_what_was_wished" CHECK ((wish is not null or former_wish is null) and (former_plan is null) = (former_interval is null) and (former_plan is not null) = coalesce(former_wish = 'change', false));