CREATE TYPE "public"."attention_state" AS ENUM('open', 'acknowledged', 'resolved');--> statement-breakpoint
CREATE TABLE "attention_items" (
	"id" uuid PRIMARY KEY NOT NULL,
	"account_id" uuid,
	"object_kind" text NOT NULL,
	"object_id" text NOT NULL,
	"reason" text NOT NULL,
	"details" jsonb NOT NULL,
	"state" "attention_state" DEFAULT 'open' NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	"last_seen" timestamp (3) with time zone NOT NULL,
	"resolved_at" timestamp (3) with time zone,
	"acknowledged_at" timestamp (3) with time zone,
	"note" text,
	"times_opened" integer DEFAULT 1 NOT NULL,
	"times_logged" integer DEFAULT 1 NOT NULL,
	"logged_at" timestamp (3) with time zone NOT NULL,
	"next_look_at" timestamp (3) with time zone NOT NULL,
	"looks" smallint DEFAULT 0 NOT NULL,
	CONSTRAINT "attention_items_once" UNIQUE NULLS NOT DISTINCT("account_id","object_kind","object_id","reason"),
	CONSTRAINT "attention_items_resolved_once_over" CHECK ((state = 'resolved') = (resolved_at is not null)),
	CONSTRAINT "attention_items_acknowledged_by_somebody" CHECK ((state = 'acknowledged') = (acknowledged_at is not null) and (acknowledged_at is null or note is not null)),
	CONSTRAINT "attention_items_run_forward" CHECK (since <= last_seen),
	CONSTRAINT "attention_items_count" CHECK (times_opened > 0 and times_logged >= 0 and looks >= 0)
);
--> statement-breakpoint
CREATE INDEX "attention_items_to_look_at" ON "attention_items" USING btree ("next_look_at") WHERE state <> 'resolved';--> statement-breakpoint
CREATE INDEX "attention_items_unresolved" ON "attention_items" USING btree ("since","id") WHERE state <> 'resolved';