-- Entries are not written again: the column that names the category becomes another one's, and the new one is empty.
ALTER TABLE "entries" RENAME COLUMN "category" TO "former_category";--> statement-breakpoint
ALTER TABLE "entries" ADD COLUMN "category" smallint;--> statement-breakpoint
-- Holds of every entry there is, because the column is new: so they need not be read.
ALTER TABLE "entries" ADD CONSTRAINT "entries_number_what_usage_was_for" CHECK (category is null or (category > 0 and to_bucket = 'spent' and former_category is null)) NOT VALID;--> statement-breakpoint
ALTER TABLE "holds" ALTER COLUMN "category" SET DATA TYPE smallint USING case category when 'ai_processing' then 1 when 'infrastructure' then 2 when 'platform' then 3 end;--> statement-breakpoint
ALTER TABLE "usage_days" ALTER COLUMN "category" SET DATA TYPE smallint USING case category when 'ai_processing' then 1 when 'infrastructure' then 2 when 'platform' then 3 end;
