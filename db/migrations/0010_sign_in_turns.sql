CREATE TABLE "sign_in_turns" (
	"subject" text PRIMARY KEY NOT NULL,
	"free_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "sign_in_turns_by_time" ON "sign_in_turns" USING btree ("free_at");