CREATE TYPE "public"."mail_state" AS ENUM('waiting', 'sent', 'dropped', 'parked');--> statement-breakpoint
CREATE TYPE "public"."mail_topic" AS ENUM('low_credits', 'expiring_credits', 'expiring_cards');--> statement-breakpoint
CREATE TABLE "account_mails" (
	"account_id" uuid NOT NULL,
	"user_id" uuid,
	"id" uuid NOT NULL,
	"effect" text NOT NULL,
	"recipient" text NOT NULL,
	"to_address" text NOT NULL,
	"kind" text NOT NULL,
	"facts" jsonb NOT NULL,
	"state" "mail_state" DEFAULT 'waiting' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"useless_at" timestamp (3) with time zone,
	"lease_until" timestamp (3) with time zone,
	"tries" smallint DEFAULT 0 NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"reason" text,
	CONSTRAINT "account_mails_account_id_id_pk" PRIMARY KEY("account_id","id"),
	CONSTRAINT "account_mails_end_once" CHECK ((state = 'waiting') = (ended_at is null) and (state in ('waiting', 'sent') or reason is not null)),
	CONSTRAINT "account_mails_say_what" CHECK (effect <> '' and recipient <> '' and kind <> '' and tries >= 0),
	CONSTRAINT "account_mails_go_somewhere" CHECK (char_length(to_address) between 3 and 254)
);
--> statement-breakpoint
CREATE TABLE "mail_opt_outs" (
	"user_id" uuid NOT NULL,
	"topic" "mail_topic" NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "mail_opt_outs_user_id_topic_pk" PRIMARY KEY("user_id","topic")
);
--> statement-breakpoint
CREATE TABLE "person_mails" (
	"user_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"effect" text NOT NULL,
	"recipient" text NOT NULL,
	"to_address" text NOT NULL,
	"kind" text NOT NULL,
	"facts" jsonb NOT NULL,
	"state" "mail_state" DEFAULT 'waiting' NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"due_at" timestamp (3) with time zone NOT NULL,
	"useless_at" timestamp (3) with time zone,
	"lease_until" timestamp (3) with time zone,
	"tries" smallint DEFAULT 0 NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"reason" text,
	CONSTRAINT "person_mails_user_id_id_pk" PRIMARY KEY("user_id","id"),
	CONSTRAINT "person_mails_end_once" CHECK ((state = 'waiting') = (ended_at is null) and (state in ('waiting', 'sent') or reason is not null)),
	CONSTRAINT "person_mails_say_what" CHECK (effect <> '' and recipient <> '' and kind <> '' and tries >= 0),
	CONSTRAINT "person_mails_go_somewhere" CHECK (char_length(to_address) between 3 and 254)
);
--> statement-breakpoint
ALTER TABLE "account_mails" ADD CONSTRAINT "account_mails_account_id_accounts_id_fk" FOREIGN KEY ("account_id") REFERENCES "public"."accounts"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mail_opt_outs" ADD CONSTRAINT "mail_opt_outs_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "person_mails" ADD CONSTRAINT "person_mails_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "account_mails_once_each" ON "account_mails" USING btree ("account_id","effect","recipient");--> statement-breakpoint
CREATE INDEX "account_mails_waiting" ON "account_mails" USING btree ("due_at") WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX "account_mails_parked" ON "account_mails" USING btree ("created_at") WHERE state = 'parked';--> statement-breakpoint
CREATE INDEX "account_mails_ended" ON "account_mails" USING btree ("ended_at") WHERE state <> 'waiting';--> statement-breakpoint
CREATE UNIQUE INDEX "person_mails_once_each" ON "person_mails" USING btree ("user_id","effect","recipient");--> statement-breakpoint
CREATE INDEX "person_mails_waiting" ON "person_mails" USING btree ("due_at") WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX "person_mails_parked" ON "person_mails" USING btree ("created_at") WHERE state = 'parked';--> statement-breakpoint
CREATE INDEX "person_mails_ended" ON "person_mails" USING btree ("ended_at") WHERE state <> 'waiting';--> statement-breakpoint
-- What may go after a time goes through this alone. It runs with the owner's rights, so it takes no argument, reads the
-- real clock and names every table and function by where it is. At most 10,000 rows of a table at a time.
CREATE OR REPLACE FUNCTION public.forget_old_rows() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  removed bigint := 0;
  gone bigint;
BEGIN
  DELETE FROM public.sign_in_failures WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM public.sign_in_failures WHERE window_start < now() - interval '1 day' LIMIT 10000));
  GET DIAGNOSTICS gone = ROW_COUNT;
  removed := removed + gone;
  DELETE FROM public.sign_in_turns WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM public.sign_in_turns WHERE free_at < now() - interval '1 day' LIMIT 10000));
  GET DIAGNOSTICS gone = ROW_COUNT;
  removed := removed + gone;
  DELETE FROM public.sessions WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM public.sessions WHERE created_at < now() - interval '31 days' LIMIT 10000));
  GET DIAGNOSTICS gone = ROW_COUNT;
  removed := removed + gone;
  DELETE FROM public.security_events WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM public.security_events WHERE at < now() - interval '1 year' LIMIT 10000));
  GET DIAGNOSTICS gone = ROW_COUNT;
  removed := removed + gone;
  DELETE FROM public.stripe_events WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM public.stripe_events WHERE handled_at < now() - interval '90 days' LIMIT 10000));
  GET DIAGNOSTICS gone = ROW_COUNT;
  removed := removed + gone;
  DELETE FROM public.person_mails WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM public.person_mails WHERE ended_at < now() - interval '90 days' LIMIT 10000));
  GET DIAGNOSTICS gone = ROW_COUNT;
  removed := removed + gone;
  -- Tables of accounts, an hour's rows at a time: all at once, as shards need it.
  DELETE FROM public.account_mails WHERE ended_at < now() - interval '90 days';
  GET DIAGNOSTICS gone = ROW_COUNT;
  removed := removed + gone;
  DELETE FROM public.contact_requests WHERE mailed_at < now() - interval '2 years';
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN removed + gone;
END $$;
