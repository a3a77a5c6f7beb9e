import { type SQL, sql } from "drizzle-orm";
import type { QueueName } from "./kinds";

/** Longer than any payment takes to be settled by the sweeps, which come every minute. */
const STUCK = sql.raw("interval '15 minutes'");
/** An order that waits for its payer is canceled after a day. */
const WAITED = sql.raw("interval '25 hours'");

const TO_ANSWER = sql.raw("status in ('needs_response', 'warning_needs_response', 'appeal_needs_response')");

/**
 * What each queue holds, as rows of: its id among them, since when, whose it is, what, the word for why, when it is due, and
 * what else is known. Every condition is an index's, so that what is well, by far the most, is not read.
 */
export const ROWS: Readonly<Record<QueueName, SQL>> = {
  attention: sql`
    select id::text as id, since, account_id, object_kind || ' ' || object_id as subject, reason as why,
      null::timestamptz as due_at, details
    from attention_items where state = 'open'`,
  orders: sql`
    select id::text, updated_at as since, account_id, reference as subject, parked_reason as why,
      null::timestamptz as due_at, jsonb_build_object('order', id, 'status', status) as details
    from orders where parked_reason is not null`,
  payments: sql`
    select id::text, updated_at as since, account_id, reference as subject, status::text as why,
      null::timestamptz as due_at, jsonb_build_object('order', id) as details
    from orders where status in ('processing', 'requires_action') and parked_reason is null
      and updated_at < now() - case when status = 'processing' then ${STUCK} else ${WAITED} end
    union all
    select id::text, updated_at, account_id, kind::text || ' to ' || to_plan, status::text, null, '{}'
    from plan_payments where ended_at is null
      and updated_at < now() - case when status = 'processing' then ${STUCK} else ${WAITED} end
    union all
    select id::text, created_at, account_id, 'refund of an order', 'requested', null,
      jsonb_build_object('order', order_id)
    from order_refunds where status = 'requested' and created_at < now() - ${STUCK}
    union all
    select id::text, created_at, account_id, 'refund of invoice ' || invoice_id, 'requested', null, '{}'
    from invoice_refund_requests where status = 'requested' and created_at < now() - ${STUCK}`,
  disputes: sql`
    select id, created_at as since, account_id, id as subject, reason as why, evidence_due_at as due_at,
      jsonb_build_object('order', order_id, 'status', status, 'cents', amount_cents::text, 'currency', currency) as details
    from order_disputes where ${TO_ANSWER}
    union all
    select id, created_at, account_id, id, reason, evidence_due_at,
      jsonb_build_object('invoice', invoice_id, 'status', status, 'cents', amount_cents::text, 'currency', currency)
    from invoice_disputes where ${TO_ANSWER}`,
  events: sql`
    select id, received_at as since, null::uuid as account_id, type as subject, parked_reason as why,
      null::timestamptz as due_at, jsonb_build_object('event', id, 'tries', tries) as details
    from stripe_events where parked_reason is not null`,
  // A job whose worker was killed and that was made anew loses its key: the new one counts.
  jobs: sql`
    select id::text, date_trunc('milliseconds', created_at) as since, null::uuid as account_id,
      task_identifier as subject, coalesce(last_error, '') as why, null::timestamptz as due_at,
      jsonb_build_object('tries', attempts) as details
    from graphile_worker.jobs where attempts >= max_attempts and locked_at is null
      and (key is not null or task_identifier not in ('handle_stripe_event', 'mail_contact_request', 'send_mail'))
    union all
    select 'task ' || task, failed_at, null, task, failures || ' times in a row', null, '{}'
    from worker_tasks where failures >= 3 and failed_at is not null`,
  mails: sql`
    select id::text, created_at as since, account_id, kind as subject, coalesce(reason, '') as why,
      null::timestamptz as due_at, jsonb_build_object('tries', tries) as details
    from account_mails where state = 'parked'
    union all
    select id::text, created_at, null, kind, coalesce(reason, ''), null, jsonb_build_object('tries', tries)
    from person_mails where state = 'parked'`,
  approvals: sql`
    select id::text, asked_at as since, account_id, kind as subject, reason as why, expires_at as due_at,
      jsonb_build_object('act', id) as details
    from waiting_acts where ended_at is null and expires_at > now()`,
  drift: sql`
    select day::text as id, finished_at as since, null::uuid as account_id, day::text || ' with Stripe' as subject,
      drift || case drift when 1 then ' difference' else ' differences' end as why, null::timestamptz as due_at, '{}'::jsonb as details
    from reconciled_days where drift > 0
    union all
    select kind, finished_at, null, 'the books with their entries', drift || case drift when 1 then ' difference' else ' differences' end, null, '{}'
    from (
      select distinct on (kind) kind::text, finished_at, drift from reconciliations
      where kind in ('books_full', 'books_moved') order by kind, finished_at desc
    ) as newest where drift > 0`,
};
