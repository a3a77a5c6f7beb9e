ALTER TABLE "stripe_events" ADD COLUMN "payload_forgotten_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "stripe_events_with_payload" ON "stripe_events" USING btree ("handled_at") WHERE handled_at is not null and payload_forgotten_at is null;
--> statement-breakpoint
-- As before; of handled events what they said goes after 30 days and the rest after 400, and jobs that were given up after 90.
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
  -- What is left is what an event is found by: its object and its customer, as the indexes have them.
  UPDATE public.stripe_events SET
    payload_forgotten_at = now(),
    body = CASE WHEN body IS NULL THEN NULL ELSE ''::bytea END,
    payload = CASE WHEN payload IS NULL THEN NULL ELSE jsonb_build_object('id', id, 'type', type, 'data', jsonb_build_object('object',
      jsonb_build_object('id', left(payload #>> '{data,object,id}', 255), 'object', left(payload #>> '{data,object,object}', 255),
        'customer', left(payload #>> '{data,object,customer}', 255)))) END
  WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM public.stripe_events
    WHERE handled_at < now() - interval '30 days' AND payload_forgotten_at IS NULL LIMIT 10000));
  GET DIAGNOSTICS gone = ROW_COUNT;
  removed := removed + gone;
  DELETE FROM public.stripe_events WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM public.stripe_events WHERE handled_at < now() - interval '400 days' LIMIT 10000));
  GET DIAGNOSTICS gone = ROW_COUNT;
  removed := removed + gone;
  -- Jobs that were given up; the queue itself removes those that were done.
  DELETE FROM graphile_worker._private_jobs WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM graphile_worker._private_jobs
    WHERE attempts >= max_attempts AND locked_at IS NULL AND updated_at < now() - interval '90 days' LIMIT 10000));
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
