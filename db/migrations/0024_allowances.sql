CREATE TYPE "public"."allowance_origin" AS ENUM('internal', 'line', 'provisional', 'trial', 'migrated');--> statement-breakpoint
CREATE TYPE "public"."allowance_payment" AS ENUM('none', 'provisional', 'paid', 'owed', 'void');--> statement-breakpoint
CREATE TYPE "public"."close_reason" AS ENUM('unpaid', 'never_renewed', 'superseded', 'voided', 'never_invoiced');--> statement-breakpoint
ALTER TYPE "public"."plan_status" ADD VALUE 'trialing';--> statement-breakpoint
ALTER TYPE "public"."plan_status" ADD VALUE 'paused';--> statement-breakpoint
ALTER TYPE "public"."plan_status" ADD VALUE 'pending';--> statement-breakpoint
CREATE TABLE "allowances" (
	"account_id" uuid NOT NULL,
	"source" text NOT NULL,
	"origin" "allowance_origin" NOT NULL,
	"plan" text NOT NULL,
	"subscription_id" text,
	"item_id" text,
	"period_start" timestamp (3) with time zone NOT NULL,
	"month" smallint NOT NULL,
	"part" smallint NOT NULL,
	"line_id" text,
	"invoice_id" text,
	"starts_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone NOT NULL,
	"credits" bigint NOT NULL,
	"grant_id" uuid,
	"is_cycle" boolean NOT NULL,
	"payment" "allowance_payment" NOT NULL,
	"frozen" boolean DEFAULT false NOT NULL,
	"closed" "close_reason",
	"closed_at" timestamp (3) with time zone,
	"debt_credits" bigint,
	"regrant_id" uuid,
	"opened_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "allowances_account_id_source_pk" PRIMARY KEY("account_id","source"),
	CONSTRAINT "allowances_one_per_month_and_part" UNIQUE NULLS NOT DISTINCT("account_id","item_id","period_start","month","part"),
	CONSTRAINT "allowances_plans_are_ids" CHECK (plan ~ '^[a-z][a-z0-9_]{0,39}$'),
	CONSTRAINT "allowances_run_forward" CHECK (starts_at < ends_at and month >= 0 and part >= 0),
	CONSTRAINT "allowances_have_a_grant" CHECK (credits >= 0 and (credits = 0) = (grant_id is null)),
	CONSTRAINT "allowances_without_subscription_cost_nothing" CHECK ((subscription_id is null) = (item_id is null) and (subscription_id is not null or payment = 'none')),
	CONSTRAINT "allowances_are_paid_by_a_line" CHECK (payment <> 'paid' or origin = 'migrated' or (invoice_id is not null and line_id is not null)),
	CONSTRAINT "allowances_frozen_are_unpaid" CHECK (not frozen or (payment in ('provisional', 'owed') and closed is null)),
	CONSTRAINT "allowances_closed_with_a_reason" CHECK ((closed is null) = (closed_at is null) and (debt_credits is null or closed in ('unpaid', 'never_renewed', 'superseded')))
);
--> statement-breakpoint
ALTER TABLE "accounts" DROP CONSTRAINT "accounts_plans_are_ids";--> statement-breakpoint
ALTER TABLE "accounts" DROP CONSTRAINT "accounts_allow_something";--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "internal_plan" text;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "overgiven_credits" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "accounts" ADD COLUMN "migrated_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "allowances" ADD CONSTRAINT "allowances_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "allowances" ADD CONSTRAINT "allowances_account_id_grant_id_grants_account_id_id_fk" FOREIGN KEY ("account_id","grant_id") REFERENCES "public"."grants"("account_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "allowances" ADD CONSTRAINT "allowances_account_id_regrant_id_grants_account_id_id_fk" FOREIGN KEY ("account_id","regrant_id") REFERENCES "public"."grants"("account_id","id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "allowances_one_grant_each" ON "allowances" USING btree ("account_id","grant_id");--> statement-breakpoint
CREATE UNIQUE INDEX "allowances_one_provisional" ON "allowances" USING btree ("account_id") WHERE payment = 'provisional' and closed is null and origin <> 'migrated';--> statement-breakpoint
CREATE INDEX "allowances_by_start" ON "allowances" USING btree ("account_id","starts_at");--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_plans_are_ids" CHECK (plan ~ '^[a-z][a-z0-9_]{0,39}$' and internal_plan ~ '^[a-z][a-z0-9_]{0,39}$');--> statement-breakpoint
ALTER TABLE "accounts" ADD CONSTRAINT "accounts_allow_something" CHECK (allowance_credits > 0 and overgiven_credits >= 0);--> statement-breakpoint
-- Every period becomes an allowance. Its key is rewritten from its start and month: a month of a year is counted from the
-- start of the invoice that pays for it. Of periods that begin at the same instant each is a part of its own; the first is
-- judged by the line that begins there, and the others are settled: one line pays for one of them. What was withdrawn before
-- it began gave nothing and is settled as well.
INSERT INTO "allowances" ("account_id", "source", "origin", "plan", "subscription_id", "item_id", "period_start", "month", "part", "line_id",
  "invoice_id", "starts_at", "ends_at", "credits", "grant_id", "is_cycle", "payment", "frozen", "closed", "closed_at", "debt_credits", "regrant_id", "opened_at")
SELECT k.account_id, k.source,
  (CASE WHEN k.subscription_id IS NULL THEN 'internal' ELSE 'migrated' END)::allowance_origin,
  k.plan, k.subscription_id, k.item_id, k.period_start, k.month, k.part,
  NULL, k.invoice_id, k.starts_at, k.ends_at, k.credits, k.grant_id, true,
  (CASE
    WHEN k.subscription_id IS NULL THEN 'none'
    WHEN k.withdrawn_at IS NOT NULL THEN 'paid'
    WHEN k.payment = 'awaited' AND (k.is_billed OR k.ends_at > now()) THEN 'provisional'
    WHEN k.payment = 'failed' THEN 'owed'
    WHEN k.payment = 'unpaid' AND k.part = 0 THEN 'owed'
    ELSE 'paid'
  END)::allowance_payment,
  k.payment = 'failed' AND k.withdrawn_at IS NULL,
  (CASE WHEN k.withdrawn_at IS NOT NULL THEN 'voided' WHEN k.payment = 'unpaid' THEN 'unpaid' END)::close_reason,
  CASE WHEN k.withdrawn_at IS NOT NULL THEN k.withdrawn_at WHEN k.payment = 'unpaid' THEN now() END,
  CASE WHEN k.payment = 'unpaid' AND k.withdrawn_at IS NULL THEN coalesce((SELECT sum(e.credits) FROM entries AS e
    WHERE e.account_id = k.account_id AND e.grant_id = k.grant_id AND e.from_bucket = 'spent' AND e.to_bucket = 'revoked'), 0) END,
  NULL, k.opened_at
FROM (
  SELECT p.*, (row_number() OVER (PARTITION BY p.account_id, p.item_id, p.period_start, p.month
    ORDER BY p.withdrawn_at IS NOT NULL, p.payment = 'unpaid', p.payment <> 'paid', p.opened_at, p.source) - 1)::smallint AS part
  FROM (
    SELECT q.*, CASE WHEN q.subscription_id IS NULL THEN NULL ELSE coalesce(s.item_id, q.subscription_id) END AS item_id,
      CASE WHEN i.period_start < q.starts_at AND i.period_end - i.period_start > interval '32 days' THEN i.period_start ELSE q.starts_at END AS period_start,
      CASE WHEN i.period_start < q.starts_at AND i.period_end - i.period_start > interval '32 days'
        THEN round(extract(epoch FROM q.starts_at - i.period_start) / 2629746)::smallint ELSE 0::smallint END AS month,
      EXISTS (SELECT 1 FROM invoices AS b WHERE b.account_id = q.account_id AND b.subscription_id = q.subscription_id
        AND b.period_start = q.starts_at AND b.status <> 'void') AS is_billed
    FROM plan_periods AS q
    LEFT JOIN subscriptions AS s ON s.account_id = q.account_id AND s.id = q.subscription_id
    LEFT JOIN invoices AS i ON i.account_id = q.account_id AND i.id = q.invoice_id
  ) AS p
) AS k;--> statement-breakpoint
-- The agreement that an account had before it subscribed is the one of its last period without a subscription.
UPDATE "accounts" AS a SET "migrated_at" = now(),
  "internal_plan" = CASE
    WHEN EXISTS (SELECT 1 FROM subscriptions AS s WHERE s.account_id = a.id AND s.is_primary AND s.freed_at IS NULL
      AND s.status NOT IN ('incomplete', 'incomplete_expired'))
      THEN CASE WHEN a.allowance_credits IS NULL THEN NULL ELSE coalesce((SELECT p.plan FROM plan_periods AS p
        WHERE p.account_id = a.id AND p.subscription_id IS NULL AND p.withdrawn_at IS NULL AND p.plan <> 'free'
        ORDER BY p.starts_at DESC LIMIT 1), 'custom') END
    ELSE a.plan
  END;
