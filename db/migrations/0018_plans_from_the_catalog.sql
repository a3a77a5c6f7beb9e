ALTER TABLE "subscriptions" DROP CONSTRAINT "subscriptions_are_of_paid_plans";--> statement-breakpoint
ALTER TABLE "accounts" ALTER COLUMN "plan" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "checkouts" ALTER COLUMN "plan" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "invoices" ALTER COLUMN "plan" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "plan_payments" ALTER COLUMN "from_plan" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "plan_payments" ALTER COLUMN "to_plan" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "plan_periods" ALTER COLUMN "plan" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "subscriptions" ALTER COLUMN "plan" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "subscriptions" ALTER COLUMN "next_plan" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "subscriptions" ALTER COLUMN "wish_plan" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "subscriptions" ALTER COLUMN "former_plan" SET DATA TYPE text;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_plans_are_ids" CHECK (plan ~ '^[a-z][a-z0-9_]{0,39}$');--> statement-breakpoint
ALTER TABLE "checkouts" ADD CONSTRAINT "checkouts_plans_are_ids" CHECK (plan ~ '^[a-z][a-z0-9_]{0,39}$');--> statement-breakpoint
ALTER TABLE "invoices" ADD CONSTRAINT "invoices_plans_are_ids" CHECK (plan ~ '^[a-z][a-z0-9_]{0,39}$');--> statement-breakpoint
ALTER TABLE "plan_payments" ADD CONSTRAINT "plan_payments_plans_are_ids" CHECK (from_plan ~ '^[a-z][a-z0-9_]{0,39}$' and to_plan ~ '^[a-z][a-z0-9_]{0,39}$');--> statement-breakpoint
ALTER TABLE "plan_periods" ADD CONSTRAINT "plan_periods_plans_are_ids" CHECK (plan ~ '^[a-z][a-z0-9_]{0,39}$');--> statement-breakpoint
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_plans_are_ids" CHECK (plan ~ '^[a-z][a-z0-9_]{0,39}$' and next_plan ~ '^[a-z][a-z0-9_]{0,39}$' and wish_plan ~ '^[a-z][a-z0-9_]{0,39}$' and former_plan ~ '^[a-z][a-z0-9_]{0,39}$');--> statement-breakpoint
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_give_something" CHECK (price_cents >= 0 and credits_per_cycle > 0);--> statement-breakpoint
DROP TYPE "public"."plan_id";