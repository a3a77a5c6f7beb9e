DROP VIEW "public"."current_grants";--> statement-breakpoint
ALTER TABLE "balances" ADD COLUMN "cycle_start" timestamp (3) with time zone DEFAULT '1970-01-01 00:00:00+00' NOT NULL;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "paid_back_credits" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "cycle_from" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "cycle_used_credits" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "cycle_paid_back_credits" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "grants" ADD COLUMN "cycle_expired_credits" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
-- What existing books are counted from, and the figures since then. The active grant's row is brought up to date first: it is
-- behind by spends of the cycle before as well.
UPDATE "balances" AS b SET "cycle_start" = a."period_start" FROM "accounts" AS a WHERE a."id" = b."account_id";--> statement-breakpoint
UPDATE "grants" AS g SET "remaining_credits" = b."active_credits", "spent_credits" = g."spent_credits" + g."remaining_credits" - b."active_credits"
FROM "balances" AS b WHERE b."account_id" = g."account_id" AND b."active_grant_id" = g."id" AND g."remaining_credits" <> b."active_credits";--> statement-breakpoint
UPDATE "grants" AS g SET "paid_back_credits" = s."paid_back", "cycle_from" = s."cycle_start", "cycle_used_credits" = s."cycle_used",
  "cycle_paid_back_credits" = s."cycle_paid_back", "cycle_expired_credits" = s."cycle_expired"
FROM (
  SELECT w."account_id", w."id", coalesce(m."paid_back", 0) AS "paid_back",
    CASE WHEN c."counts" THEN b."cycle_start" END AS "cycle_start",
    CASE WHEN c."counts" THEN coalesce(m."cycle_used", 0) ELSE 0 END AS "cycle_used",
    CASE WHEN c."counts" THEN coalesce(m."cycle_paid_back", 0) ELSE 0 END AS "cycle_paid_back",
    CASE WHEN c."counts" THEN least(w."expired_credits", coalesce(m."cycle_expired", 0)) ELSE 0 END AS "cycle_expired"
  FROM "grants" AS w JOIN "balances" AS b ON b."account_id" = w."account_id"
  LEFT JOIN (
    SELECT e."account_id", e."grant_id",
      sum(e."credits") FILTER (WHERE e."to_bucket" = 'owed') AS "paid_back",
      sum(e."credits") FILTER (WHERE e."to_bucket" = 'spent' AND e."at" >= p."cycle_start") AS "cycle_used",
      sum(e."credits") FILTER (WHERE e."to_bucket" = 'owed' AND e."at" >= p."cycle_start" AND x."expires_at" > p."cycle_start") AS "cycle_paid_back",
      sum(e."credits") FILTER (WHERE e."to_bucket" = 'expired' AND e."at" >= p."cycle_start"
        AND (e."from_bucket" = 'held' OR x."expires_at" > p."cycle_start")) AS "cycle_expired"
    FROM "entries" AS e JOIN "balances" AS p ON p."account_id" = e."account_id"
    JOIN "grants" AS x ON x."account_id" = e."account_id" AND x."id" = e."grant_id"
    WHERE e."at" >= p."cycle_start" OR e."to_bucket" = 'owed'
    GROUP BY 1, 2
  ) AS m ON m."account_id" = w."account_id" AND m."grant_id" = w."id"
  CROSS JOIN LATERAL (SELECT w."expires_at" > b."cycle_start" OR w."held_credits" > 0 OR m."cycle_used" > 0 OR m."cycle_expired" > 0 AS "counts") AS c
  WHERE coalesce(c."counts", false) OR m."paid_back" > 0
) AS s WHERE g."account_id" = s."account_id" AND g."id" = s."id";--> statement-breakpoint
CREATE INDEX "grants_of_cycle" ON "grants" USING btree ("account_id","cycle_from");--> statement-breakpoint
ALTER TABLE "grants" ADD CONSTRAINT "grants_count_what_they_gave" CHECK (cycle_used_credits >= 0 and cycle_paid_back_credits between 0 and paid_back_credits and paid_back_credits <= credits and cycle_expired_credits between 0 and expired_credits and cycle_used_credits + cycle_paid_back_credits + cycle_expired_credits + remaining_credits + held_credits <= credits);--> statement-breakpoint
CREATE VIEW "public"."current_grants" AS (
  select g.account_id, g.id, g.kind, g.source, g.credits,
    case when b.active_grant_id = g.id then b.active_credits else g.remaining_credits end as remaining_credits,
    g.held_credits,
    case when b.active_grant_id = g.id then g.spent_credits + g.remaining_credits - b.active_credits else g.spent_credits end as spent_credits,
    g.expired_credits, g.revoked_credits, g.starts_at, g.expires_at, g.created_at, g.frozen_at, g.open,
    g.paid_back_credits, g.cycle_from,
    case when b.active_grant_id = g.id then g.cycle_used_credits + g.remaining_credits - b.active_credits else g.cycle_used_credits end as cycle_used_credits,
    g.cycle_paid_back_credits, g.cycle_expired_credits
  from grants as g join balances as b on b.account_id = g.account_id);