-- Earlier builds run with it: what they insert says nobody, which the checks allow, and a key without a number.
CREATE TYPE "public"."approval_end" AS ENUM('approved', 'refused', 'withdrawn');--> statement-breakpoint
CREATE TYPE "public"."actor_kind" AS ENUM('customer', 'operator', 'api_key', 'system');--> statement-breakpoint
CREATE TABLE "operator_acts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"operator_id" uuid NOT NULL,
	"approved_by" uuid,
	"kind" text NOT NULL,
	"account_id" uuid,
	"subject" text,
	"reason" text NOT NULL,
	"request" jsonb NOT NULL,
	"lines" jsonb NOT NULL,
	"undoes" uuid,
	CONSTRAINT "operator_acts_give_a_reason" CHECK (reason <> ''),
	CONSTRAINT "operator_acts_have_two_people" CHECK (approved_by <> operator_id)
);
--> statement-breakpoint
CREATE TABLE "purchases_switch" (
	"one" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"paused_at" timestamp (3) with time zone,
	"sentence" text,
	CONSTRAINT "purchases_switch_is_one" CHECK (one),
	CONSTRAINT "purchases_switch_says_why" CHECK ((paused_at is null) = (sentence is null) and sentence <> '')
);
--> statement-breakpoint
CREATE TABLE "waiting_acts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"account_id" uuid,
	"request" jsonb NOT NULL,
	"basis" text NOT NULL,
	"lines" jsonb NOT NULL,
	"reason" text NOT NULL,
	"undoes" uuid,
	"asked_by" uuid NOT NULL,
	"asked_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"ended_as" "approval_end",
	"ended_at" timestamp (3) with time zone,
	"ended_by" uuid,
	"act_id" uuid,
	CONSTRAINT "waiting_acts_give_a_reason" CHECK (reason <> ''),
	CONSTRAINT "waiting_acts_live_forward" CHECK (asked_at < expires_at),
	CONSTRAINT "waiting_acts_end_once" CHECK ((ended_at is null) = (ended_as is null) and (ended_at is null) = (ended_by is null) and (act_id is not null) = coalesce(ended_as = 'approved', false)),
	CONSTRAINT "waiting_acts_have_two_people" CHECK (ended_as <> 'approved' or ended_by <> asked_by)
);
--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "number" smallint;--> statement-breakpoint
ALTER TABLE "commands" ADD COLUMN "actor_kind" "actor_kind";--> statement-breakpoint
ALTER TABLE "commands" ADD COLUMN "actor_id" uuid;--> statement-breakpoint
ALTER TABLE "commands" ADD COLUMN "reason" text;--> statement-breakpoint
ALTER TABLE "entries" ADD COLUMN "api_key" smallint;--> statement-breakpoint
CREATE INDEX "operator_acts_by_time" ON "operator_acts" USING btree ("at","id");--> statement-breakpoint
CREATE INDEX "operator_acts_of_account" ON "operator_acts" USING btree ("account_id","at") WHERE account_id is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "operator_acts_undo_once" ON "operator_acts" USING btree ("undoes") WHERE undoes is not null;--> statement-breakpoint
CREATE INDEX "waiting_acts_open" ON "waiting_acts" USING btree ("asked_at") WHERE ended_at is null;--> statement-breakpoint
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_number_unique" UNIQUE("number");--> statement-breakpoint
ALTER TABLE "commands" ADD CONSTRAINT "commands_say_who_and_why" CHECK ((actor_kind is null) = (reason is null) and (actor_id is not null) = coalesce(actor_kind in ('customer', 'operator', 'api_key'), false));--> statement-breakpoint
INSERT INTO "purchases_switch" DEFAULT VALUES;--> statement-breakpoint
UPDATE "api_keys" AS k SET "number" = n.number FROM (SELECT "id", row_number() OVER (ORDER BY "id") AS number FROM "api_keys") AS n WHERE n."id" = k."id";
