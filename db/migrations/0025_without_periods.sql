DROP TABLE "plan_periods" CASCADE;--> statement-breakpoint
DROP TYPE "public"."period_payment";