import { type SQL, sql } from "drizzle-orm";
import { EVENT_CUSTOMER } from "../../db/schema";
import { SIGN_IN_HISTORY } from "../auth/sign-in-history";
import { IS_USAGE } from "../ledger/entry-category";

/** What a timeline can be narrowed to. */
export const TIMELINE_KINDS = [
  "orders",
  "payments",
  "returns",
  "events",
  "entries",
  "usage",
  "mails",
  "sign_ins",
  "operators",
] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

/** Whose timeline it is. */
export type TimelineOf = { readonly accountId: string; readonly stripeCustomerId: string | null };

/**
 * One source of a timeline: `at`, a `key` that is unique among all of them and told apart by its first letters, and `data`,
 * whose amounts are digits.
 */
type Source = { readonly kind: TimelineKind; readonly rows: SQL };

/** What is wanted of each source: so many rows at most, none of them later than an instant. */
export type Wanted = { readonly most: number; readonly until: Date | null };

/** Every source of these kinds, each a statement of `at`, `key` and `data`. */
export function sourcesOf(of: TimelineOf, kinds: readonly TimelineKind[], wanted: Wanted): Source[] {
  return [
    ...ofOrders(of),
    ...ofPlans(of),
    ...ofReturns(of),
    ...ofInvoiceReturns(of),
    ...ofEvents(of),
    ...ofLedger(of, wanted),
    ...ofPeople(of),
  ].filter(({ kind }) => kinds.includes(kind));
}

const ofOrders = ({ accountId }: TimelineOf): Source[] => [
  {
    kind: "orders",
    rows: sql`
      select t.at, 'order:' || t.order_id || ':' || t.number as key, jsonb_build_object('what', 'order',
        'order', t.order_id, 'reference', o.reference, 'status', t.status, 'cents', o.amount_cents::text, 'credits', o.credits::text) as data
      from order_transitions t join orders o on o.account_id = t.account_id and o.id = t.order_id
      where t.account_id = ${accountId}::uuid`,
  },
  {
    kind: "orders",
    rows: sql`
      select a.created_at as at, 'attempt:' || a.order_id || ':' || a.number as key, jsonb_build_object('what', 'attempt',
        'order', a.order_id, 'reference', o.reference, 'number', a.number::text, 'status', a.status, 'brand', a.card_brand, 'last4', a.card_last4, 'code', a.decline_code) as data
      from attempts a join orders o on o.account_id = a.account_id and o.id = a.order_id
      where a.account_id = ${accountId}::uuid`,
  },
  {
    kind: "payments",
    rows: sql`
      select p.paid_at as at, 'paid:' || p.order_id as key, jsonb_build_object('what', 'paid',
        'order', p.order_id, 'reference', o.reference, 'cents', p.amount_cents::text, 'credits', p.credits::text, 'stripe', p.payment_intent_id) as data
      from order_payments p join orders o on o.account_id = p.account_id and o.id = p.order_id
      where p.account_id = ${accountId}::uuid`,
  },
];

const ofPlans = ({ accountId }: TimelineOf): Source[] => [
  {
    kind: "payments",
    rows: sql`
      select p.created_at as at, 'plan:' || p.id as key, jsonb_build_object('what', 'plan_payment',
        'kind', p.kind, 'status', p.status, 'plan', p.to_plan, 'cents', p.amount_cents::text, 'brand', p.card_brand, 'last4', p.card_last4, 'code', p.decline_code) as data
      from plan_payments p where p.account_id = ${accountId}::uuid`,
  },
  {
    kind: "payments",
    rows: sql`
      select i.paid_at as at, 'invoice:' || i.id as key, jsonb_build_object('what', 'invoice',
        'stripe', i.id, 'number', i.number, 'plan', i.plan, 'cents', i.paid_cents::text, 'currency', i.currency) as data
      from invoices i where i.account_id = ${accountId}::uuid and i.paid_at is not null`,
  },
];

const ofReturns = ({ accountId }: TimelineOf): Source[] => [
  {
    kind: "returns",
    rows: sql`
      select r.created_at as at, 'refund:' || r.id as key, jsonb_build_object('what', 'refund',
        'order', r.order_id, 'reference', o.reference, 'status', r.status, 'cents', r.amount_cents::text, 'why', r.why, 'by', r.requested_as, 'stripe', r.refund_id) as data
      from order_refunds r join orders o on o.account_id = r.account_id and o.id = r.order_id
      where r.account_id = ${accountId}::uuid`,
  },
  {
    kind: "returns",
    rows: sql`
      select d.created_at as at, 'dispute:' || d.id as key, jsonb_build_object('what', 'dispute',
        'order', d.order_id, 'reference', o.reference, 'status', d.status, 'cents', d.amount_cents::text, 'currency', d.currency, 'why', d.reason, 'stripe', d.id) as data
      from order_disputes d join orders o on o.account_id = d.account_id and o.id = d.order_id
      where d.account_id = ${accountId}::uuid`,
  },
  {
    kind: "returns",
    rows: sql`
      select r.at, 'reversal:' || r.order_id || ':' || r.number as key, jsonb_build_object('what', 'reversal',
        'order', r.order_id, 'reference', o.reference, 'kind', r.kind, 'credits', (r.used + r.unused + r.expired)::text) as data
      from order_reversals r join orders o on o.account_id = r.account_id and o.id = r.order_id
      where r.account_id = ${accountId}::uuid`,
  },
];

/** The same of invoices for a plan. */
const ofInvoiceReturns = ({ accountId }: TimelineOf): Source[] => [
  {
    kind: "returns",
    rows: sql`
      select r.created_at as at, 'irefund:' || r.id as key, jsonb_build_object('what', 'refund',
        'invoice', r.invoice_id, 'status', r.status, 'cents', r.amount_cents::text, 'currency', i.currency, 'stripe', r.id,
        'by', case when q.id is not null then 'operator' end, 'why', q.why) as data
      from invoice_refunds r
      join invoices i on i.account_id = r.account_id and i.id = r.invoice_id
      left join invoice_refund_requests q on q.account_id = r.account_id and q.invoice_id = r.invoice_id and q.refund_id = r.id
      where r.account_id = ${accountId}::uuid`,
  },
  {
    kind: "returns",
    // What Stripe made is among the refunds.
    rows: sql`
      select q.created_at as at, 'irequest:' || q.id as key, jsonb_build_object('what', 'refund',
        'invoice', q.invoice_id, 'status', q.status, 'cents', q.amount_cents::text, 'currency', i.currency, 'stripe', q.failure_code, 'by', 'operator', 'why', q.why) as data
      from invoice_refund_requests q
      join invoices i on i.account_id = q.account_id and i.id = q.invoice_id
      where q.account_id = ${accountId}::uuid and q.status <> 'made'`,
  },
  {
    kind: "returns",
    rows: sql`
      select d.created_at as at, 'idispute:' || d.id as key, jsonb_build_object('what', 'dispute',
        'invoice', d.invoice_id, 'status', d.status, 'cents', d.amount_cents::text, 'currency', d.currency, 'why', d.reason, 'stripe', d.id) as data
      from invoice_disputes d where d.account_id = ${accountId}::uuid`,
  },
  {
    kind: "returns",
    rows: sql`
      select r.at, 'ireversal:' || r.invoice_id || ':' || r.number as key, jsonb_build_object('what', 'reversal',
        'invoice', r.invoice_id, 'kind', r.kind, 'credits', (r.used + r.unused + r.expired)::text) as data
      from invoice_reversals r where r.account_id = ${accountId}::uuid`,
  },
];

/** Those that were found to be its, and those that only name its customer: not handled yet, or by an earlier release. */
const ofEvents = ({ accountId, stripeCustomerId }: TimelineOf): Source[] => {
  const whose = [
    sql`e.found_account_id = ${accountId}::uuid`,
    ...(stripeCustomerId === null
      ? []
      : [sql`e.found_account_id is null and ${EVENT_CUSTOMER} = ${stripeCustomerId}`]),
  ];
  return whose.map((isTheirs) => ({
    kind: "events",
    rows: sql`
      select e.received_at as at, 'event:' || e.id as key, jsonb_build_object('what', 'event',
        'stripe', e.id, 'type', e.type, 'status', case when e.parked_reason is not null then 'parked' when e.handled_at is null then 'due' else 'handled' end) as data
      from stripe_events e where ${isTheirs}`,
  }));
};

const ofLedger = ({ accountId }: TimelineOf, wanted: Wanted): Source[] => [
  {
    kind: "entries",
    rows: sql`
      select c.committed_at as at, 'command:' || encode(sha256(convert_to(c.key, 'UTF8')), 'hex') as key, jsonb_build_object('what', 'command',
        'kind', c.kind, 'key', c.key, 'number', (c.last_seq - c.first_seq + 1)::text, 'seq', c.last_seq::text,
        'by', c.actor_kind, 'who', coalesce(u.email, k.name), 'why', c.reason) as data
      from commands c
      left join users u on c.actor_kind in ('customer', 'operator') and u.id = c.actor_id
      left join api_keys k on c.actor_kind = 'api_key' and k.id = c.actor_id
      where c.account_id = ${accountId}::uuid`,
  },
  { kind: "usage", rows: usagePerHour(accountId, wanted) },
];

/**
 * Spends and captures, added up per hour of UTC: of the days that are folded, the differences of their sums, and what is not
 * folded yet by its entries. Equal to the entries, and as cheap with a million of them. Every folded day has an hour at least,
 * but for the one in which the wanted ones begin.
 */
const usagePerHour = (accountId: string, { most, until }: Wanted): SQL => sql`
  select h.at, 'usage:' || extract(epoch from h.at)::bigint as key, jsonb_build_object('what', 'usage',
    'credits', h.credits::text, 'number', h.spends::text) as data
  from (
    select at, sum(credits) as credits, sum(spends) as spends from (
      select (d.day::timestamp at time zone 'UTC') + (q.quarter / 4) * interval '1 hour' as at,
        q.credits - lag(q.credits, 1, 0) over sums as credits, q.spends - lag(q.spends, 1, 0) over sums as spends
      from usage_days d, unnest(d.quarters, d.credits_until, d.spends_until) as q(quarter, credits, spends)
      where d.account_id = ${accountId}::uuid and d.day in (
        select distinct w.day from usage_days w where w.account_id = ${accountId}::uuid ${untilDay(until)}
        order by w.day desc limit ${most + 1})
      window sums as (partition by d.day, d.category, d.resource order by q.quarter)
      union all
      select date_trunc('hour', e.at, 'UTC'), e.credits, case when e.line = 0 then 1 else 0 end
      from entries e
      where e.account_id = ${accountId}::uuid and ${IS_USAGE}
        and e.seq > coalesce((select p.seq from usage_progress p where p.account_id = ${accountId}::uuid), 0)
    ) parts group by at
  ) h`;

const untilDay = (until: Date | null): SQL =>
  until ? sql`and w.day <= (${until.toISOString()}::timestamptz at time zone 'UTC')::date` : sql``;

const ofPeople = ({ accountId }: TimelineOf): Source[] => [
  {
    kind: "mails",
    rows: sql`
      select m.created_at as at, 'mail:' || m.id as key, jsonb_build_object('what', 'mail', 'mail', m.id,
        'kind', m.kind, 'status', m.state, 'who', m.to_address, 'why', m.reason) as data
      from account_mails m where m.account_id = ${accountId}::uuid`,
  },
  {
    kind: "sign_ins",
    rows: sql`
      select s.at, 'door:' || s.id as key, jsonb_build_object('what', 'sign_in',
        'kind', s.kind, 'number', s.times::text, 'who', u.email, 'where', s.address, 'browser', s.browser, 'system', s.system, 'by', s.details ->> 'by') as data
      from memberships m join users u on u.id = m.user_id join security_events s on s.user_id = m.user_id
      where m.account_id = ${accountId}::uuid and s.kind in (${sql.join(
        SIGN_IN_HISTORY.map((kind) => sql`${kind}`),
        sql`, `,
      )})`,
  },
  {
    kind: "operators",
    rows: sql`
      select a.at, 'act:' || a.id as key, jsonb_build_object('what', 'act',
        'kind', a.kind, 'subject', a.subject, 'why', a.reason, 'who', u.email, 'second', s.email) as data
      from operator_acts a left join users u on u.id = a.operator_id left join users s on s.id = a.approved_by
      where a.account_id = ${accountId}::uuid`,
  },
  {
    kind: "operators",
    rows: sql`
      select s.at, 'viewed:' || s.id as key, jsonb_build_object('what', 'viewed', 'who', u.email) as data
      from security_events s left join users u on u.id = s.user_id
      where s.account_id = ${accountId}::uuid and s.kind = 'account_viewed'`,
  },
];
