ALTER TABLE "accounts" DROP CONSTRAINT "accounts_hear_what_they_asked";--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "subscription_overlapped" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE "accounts" SET "subscription_overlapped" = "subscription_asked" WHERE "subscription_asked" > 0;--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_hear_what_they_asked" CHECK (subscription_answered >= 0 and subscription_overlapped between subscription_answered and subscription_asked);