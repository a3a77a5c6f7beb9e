ALTER TABLE "balances" ALTER COLUMN "owed_credits" SET DATA TYPE numeric(38, 0);--> statement-breakpoint
ALTER TABLE "balances" ALTER COLUMN "owed_credits" SET DEFAULT 0;--> statement-breakpoint
ALTER TABLE "usage_days" ALTER COLUMN "credits" SET DATA TYPE numeric(38, 0);