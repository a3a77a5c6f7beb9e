ALTER TABLE "balances" ADD COLUMN "opens_at" timestamp (3) with time zone;--> statement-breakpoint
-- As billing keeps it from now on: the end of the cycle, or later while it looks again only then.
UPDATE "balances" AS b SET
  "opens_at" = greatest(a."period_end", a."cycle_due_at"),
  "quiet_until" = CASE WHEN b."quiet_until" > greatest(a."period_end", a."cycle_due_at") THEN greatest(a."period_end", a."cycle_due_at") ELSE b."quiet_until" END
FROM "accounts" AS a WHERE a."id" = b."account_id";--> statement-breakpoint
ALTER TABLE "balances" ADD CONSTRAINT "balances_are_not_quiet_when_they_open" CHECK (quiet_until <= opens_at);
