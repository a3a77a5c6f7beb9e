CREATE TABLE "security_events" (
	"id" uuid PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"kind" text NOT NULL,
	"times" integer DEFAULT 1 NOT NULL,
	"user_id" uuid,
	"account_id" uuid,
	"address" text,
	"browser" text,
	"system" text,
	"details" jsonb,
	CONSTRAINT "security_events_stand_for_something" CHECK (times > 0)
);
--> statement-breakpoint
CREATE INDEX "security_events_by_time" ON "security_events" USING btree ("at");--> statement-breakpoint
CREATE INDEX "security_events_by_user" ON "security_events" USING btree ("user_id","at");