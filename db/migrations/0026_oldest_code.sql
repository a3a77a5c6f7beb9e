CREATE TABLE "catalog_categories" (
	"number" smallint PRIMARY KEY NOT NULL,
	"id" text NOT NULL,
	"since" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "catalog_categories_are_numbered" CHECK (number > 0)
);
--> statement-breakpoint
CREATE TABLE "catalog_plans" (
	"id" text PRIMARY KEY NOT NULL,
	"since" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "catalog_plans_plans_are_ids" CHECK (id ~ '^[a-z][a-z0-9_]{0,39}$')
);
--> statement-breakpoint
-- One row, which db:migrate writes (db/oldest-code.ts).
CREATE TABLE "oldest_code" (
	"one" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"migration_at" bigint NOT NULL,
	CONSTRAINT "oldest_code_is_one" CHECK (one)
);
--> statement-breakpoint
-- What a database of an earlier release was sold from: its plans are those it has, its categories were always these three.
INSERT INTO "catalog_plans" ("id") SELECT DISTINCT "plan" FROM "accounts" ON CONFLICT DO NOTHING;--> statement-breakpoint
INSERT INTO "catalog_plans" ("id") SELECT DISTINCT "internal_plan" FROM "accounts" WHERE "internal_plan" IS NOT NULL ON CONFLICT DO NOTHING;--> statement-breakpoint
INSERT INTO "catalog_plans" ("id") SELECT DISTINCT "plan" FROM "subscriptions" WHERE "plan" IS NOT NULL ON CONFLICT DO NOTHING;--> statement-breakpoint
INSERT INTO "catalog_categories" ("number", "id")
SELECT * FROM (VALUES (1::smallint, 'ai_processing'), (2::smallint, 'infrastructure'), (3::smallint, 'platform')) AS c ("number", "id")
WHERE (SELECT count(*) FROM "balances" WHERE "last_seq" > 0) > 0;
