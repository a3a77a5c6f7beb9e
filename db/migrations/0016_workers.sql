CREATE TYPE "public"."worker_mode" AS ENUM('inline', 'separate');--> statement-breakpoint
CREATE TABLE "worker_tasks" (
	"task" text PRIMARY KEY NOT NULL,
	"done_at" timestamp (3) with time zone,
	"failed_at" timestamp (3) with time zone,
	"failures" integer DEFAULT 0 NOT NULL,
	CONSTRAINT "worker_tasks_count_failures" CHECK (failures >= 0)
);
--> statement-breakpoint
CREATE TABLE "workers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"mode" "worker_mode" NOT NULL,
	"started_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"done_at" timestamp (3) with time zone,
	"stopped_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE INDEX "workers_by_last_heartbeat" ON "workers" USING btree ("seen_at");