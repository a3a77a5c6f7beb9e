CREATE TYPE "public"."link_purpose" AS ENUM('reset_password', 'confirm_email', 'undo_email');--> statement-breakpoint
CREATE TABLE "account_invitations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"account_id" uuid NOT NULL,
	"email" text NOT NULL,
	"role" "member_role" NOT NULL,
	"token_hash" text NOT NULL,
	"sends" integer DEFAULT 1 NOT NULL,
	"invited_by" uuid NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"accepted_at" timestamp (3) with time zone,
	"accepted_by" uuid,
	"withdrawn_at" timestamp (3) with time zone,
	CONSTRAINT "account_invitations_expire" CHECK (expires_at > created_at and sends > 0),
	CONSTRAINT "account_invitations_email_is_lower_case" CHECK (email = lower(email)),
	CONSTRAINT "account_invitations_end_once" CHECK (accepted_at is null or withdrawn_at is null),
	CONSTRAINT "account_invitations_are_accepted_by" CHECK ((accepted_at is null) = (accepted_by is null))
);
--> statement-breakpoint
CREATE TABLE "mailed_links" (
	"id" uuid PRIMARY KEY NOT NULL,
	"token_hash" text NOT NULL,
	"purpose" "link_purpose" NOT NULL,
	"user_id" uuid NOT NULL,
	"email" text NOT NULL,
	"other_email" text,
	"version" integer,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone,
	CONSTRAINT "mailed_links_expire" CHECK (expires_at > created_at),
	CONSTRAINT "mailed_links_change_something" CHECK ((purpose = 'reset_password') = (other_email is null)),
	CONSTRAINT "mailed_links_end_with_sessions" CHECK ((purpose = 'undo_email') = (version is null)),
	CONSTRAINT "mailed_links_are_lower_case" CHECK (email = lower(email) and other_email = lower(other_email))
);
--> statement-breakpoint
ALTER TABLE "account_invitations" ADD CONSTRAINT "account_invitations_invited_by_users_id_fk" FOREIGN KEY ("invited_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "account_invitations" ADD CONSTRAINT "account_invitations_accepted_by_users_id_fk" FOREIGN KEY ("accepted_by") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "mailed_links" ADD CONSTRAINT "mailed_links_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "account_invitations_by_token" ON "account_invitations" USING btree ("token_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "account_invitations_one_open_each" ON "account_invitations" USING btree ("account_id","email") WHERE accepted_at is null and withdrawn_at is null;--> statement-breakpoint
CREATE INDEX "account_invitations_by_expiry" ON "account_invitations" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "mailed_links_by_token" ON "mailed_links" USING btree ("token_hash");--> statement-breakpoint
CREATE INDEX "mailed_links_by_expiry" ON "mailed_links" USING btree ("expires_at");
--> statement-breakpoint
-- As before, and what was mailed to people: links a day after they could be used, invitations after 90 days.
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
  DELETE FROM public.mailed_links WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM public.mailed_links WHERE expires_at < now() - interval '1 day' LIMIT 10000));
  GET DIAGNOSTICS gone = ROW_COUNT;
  removed := removed + gone;
  DELETE FROM public.account_invitations WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM public.account_invitations WHERE expires_at < now() - interval '90 days' LIMIT 10000));
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
