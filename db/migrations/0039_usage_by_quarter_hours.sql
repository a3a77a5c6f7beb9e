-- Days of UTC do not say what was used when on them: all usage is added up anew, from the entries, by the worker and by whoever looks
-- at an account first. Until then a report reads the entries themselves, so nothing is missing from it at any time.
TRUNCATE "usage_days", "usage_progress";--> statement-breakpoint
ALTER TABLE "usage_days" ADD COLUMN "quarters" smallint[] NOT NULL;--> statement-breakpoint
ALTER TABLE "usage_days" ADD COLUMN "credits_until" numeric(38, 0)[] NOT NULL;--> statement-breakpoint
ALTER TABLE "usage_days" ADD COLUMN "spends_until" bigint[] NOT NULL;--> statement-breakpoint
ALTER TABLE "usage_days" ADD CONSTRAINT "usage_days_end_with_their_sums" CHECK (cardinality(quarters) between 1 and 96 and quarters[1] >= 0 and quarters[cardinality(quarters)] <= 95
        and cardinality(credits_until) = cardinality(quarters) and cardinality(spends_until) = cardinality(quarters)
        and credits_until[cardinality(quarters)] = credits and spends_until[cardinality(quarters)] = spends);