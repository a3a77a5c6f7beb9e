ALTER TABLE "stripe_events" ALTER COLUMN "payload" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "stripe_events" ADD COLUMN "body" "bytea";--> statement-breakpoint
ALTER TABLE "stripe_events" ADD COLUMN "tries" smallint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "stripe_events" ADD COLUMN "next_try_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "stripe_events_parked" ON "stripe_events" USING btree ("received_at") WHERE parked_reason is not null;--> statement-breakpoint
CREATE INDEX "stripe_events_handled" ON "stripe_events" USING btree ("handled_at") WHERE handled_at is not null;--> statement-breakpoint
ALTER TABLE "stripe_events" ADD CONSTRAINT "stripe_events_say_something" CHECK ((payload is null) = (body is not null) and tries >= 0);--> statement-breakpoint
-- What may go after a time goes through this alone. It runs with the owner's rights, so it takes no argument, reads the
-- real clock and names every table and function by where it is. At most 10,000 rows of a table at a time.
CREATE FUNCTION public.forget_old_rows() RETURNS bigint
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
  -- A table of accounts, and a small one: all at once, as shards need it.
  DELETE FROM public.contact_requests WHERE mailed_at < now() - interval '2 years';
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN removed + gone;
END $$;
--> statement-breakpoint
REVOKE ALL ON FUNCTION public.forget_old_rows() FROM PUBLIC;
