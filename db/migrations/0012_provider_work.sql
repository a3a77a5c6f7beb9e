CREATE TABLE "provider_work" (
	"user_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"window_start" timestamp (3) with time zone NOT NULL,
	"done" integer NOT NULL,
	CONSTRAINT "provider_work_user_id_kind_pk" PRIMARY KEY("user_id","kind")
);
--> statement-breakpoint
ALTER TABLE "provider_work" ADD CONSTRAINT "provider_work_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;