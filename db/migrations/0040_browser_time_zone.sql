ALTER TABLE "users" ADD COLUMN "browser_time_zone" text;--> statement-breakpoint
-- Until now the zone of a person's first browser was kept as if they had chosen it, and cannot be told from a choice. It is followed
-- from now on: pages go by the browser, and mail by this until a browser says something else.
UPDATE "users" SET "browser_time_zone" = "time_zone", "time_zone" = NULL WHERE "time_zone" IS NOT NULL;
