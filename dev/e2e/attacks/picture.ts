import type { Sql } from "postgres";
import type Stripe from "stripe";
import type { World } from "../test";

/** Columns that move without anybody having done anything: when something was last looked at or heard. */
const RESTLESS = [
  "last_seen_at",
  "last_used_at",
  "desk_used_at",
  "next_read_at",
  "subscription_read_started",
  "subscription_read_applied",
  "subscription_read_superseded",
  "cards_read_started",
  "cards_read_applied",
  "cards_read_superseded",
  "updated_at",
  "billing_read_at",
  "invoiced_at",
];
/**
 * Tables that count what was tried, and how far a job has added up, which is what they are for; how far a job has looked; and documents, which are made of
 * every paid order within a minute, or when somebody asks.
 */
const COUNTERS = [
  "security_events",
  "sign_in_failures",
  "request_limits",
  "usage_progress",
  "usage_days",
  "credit_month_progress",
  "credit_months",
  "credit_looks",
  "documents",
  "document_numbers",
];

/** What the worker writes on a mail while it sends it: that there is a mail, to whom and why, is in the picture. */
const OF_SENDING = ["state", "tries", "due_at", "ended_at", "lease_until", "reason"];

/**
 * Everything that is stored of an account and its people, and what Stripe has of its customer, as one text: two that are
 * equal mean that nothing was changed in between.
 */
export async function pictureOf({ owner, stripe }: World, accountId: string): Promise<string> {
  const rows = await rowsOf(owner, accountId);
  const customer = rows[ACCOUNT]?.[0]?.stripe_customer_id ?? null;
  return JSON.stringify({ rows, stripe: customer ? await atStripe(stripe, customer) : null }, null, 1);
}

type Row = { readonly stripe_customer_id?: string | null };
const ACCOUNT = "the account";

/** Of each connection, the statement for all of one account (`$1`) without the columns `$2`: a key for each table, for its people and for itself. */
const statements = new WeakMap<Sql, Promise<string>>();

async function rowsOf(owner: Sql, accountId: string): Promise<Record<string, readonly Row[]>> {
  if (!statements.has(owner)) statements.set(owner, writeStatement(owner));
  const [found] = await owner.unsafe<Record<string, readonly Row[]>[]>(
    (await statements.get(owner)) ?? "",
    [accountId, RESTLESS as unknown as string],
    { prepare: true }, // Planning it takes longer than running it.
  );
  return found ?? {};
}

async function writeStatement(owner: Sql): Promise<string> {
  const tables = await owner<{ name: string }[]>`
    select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attname = 'account_id'
      and c.relname <> all(${COUNTERS}) order by 1`;
  const all = (rows: string) =>
    `(select coalesce(jsonb_agg(r.row order by r.row), '[]') from (${rows}) as r(row))`;
  const columns = tables.map(
    ({ name }) =>
      `${all(`select to_jsonb(t) - $2::text[]${name === "account_mails" ? ` - '{${OF_SENDING}}'::text[]` : ""} from public."${name}" t where t.account_id = $1::uuid`)} as "${name}"`,
  );
  const people = all(`select to_jsonb(u) from memberships m join users u on u.id = m.user_id
    where m.account_id = $1::uuid`);
  const account = all("select to_jsonb(a) - $2::text[] from accounts a where a.id = $1::uuid");
  return `select ${[...columns, `${people} as "the people"`, `${account} as "${ACCOUNT}"`].join(", ")}`;
}

async function atStripe(stripe: Stripe, customer: string): Promise<unknown> {
  const [intents, setups, sessions, subscriptions, cards] = await Promise.all([
    stripe.paymentIntents.list({ customer, limit: 100 }),
    stripe.setupIntents.list({ customer, limit: 100 }),
    stripe.checkout.sessions.list({ customer, limit: 100 }),
    stripe.subscriptions.list({ customer, status: "all", limit: 100 }),
    stripe.customers.listPaymentMethods(customer, { limit: 100 }),
  ]);
  return {
    intents: intents.data.map(({ id, status, amount }) => ({ id, status, amount })),
    setups: setups.data.map(({ id, status }) => ({ id, status })),
    sessions: sessions.data.map(({ id, status }) => ({ id, status })),
    subscriptions: subscriptions.data.map(({ id, status, cancel_at, schedule, items }) => ({
      id,
      status,
      cancel_at,
      schedule,
      prices: items.data.map(({ price, quantity }) => [price.id, quantity]),
    })),
    cards: cards.data.map(({ id }) => id),
  };
}

/** Every id in an account's picture by which its rows could be told from everybody else's, as pages would show them. */
export function marksOf(picture: string): ReadonlySet<string> {
  const marks = new Set<string>();
  for (const [id] of picture.matchAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g)) {
    marks.add(id);
    marks.add(id.replaceAll("-", ""));
  }
  for (const [id] of picture.matchAll(
    /\b(?:pi|pm|cus|seti|cs|sub|in|ch|il|ii|si|sub_sched|CR)[_-][A-Za-z0-9_-]{8,}/g,
  ))
    marks.add(id);
  for (const [email] of picture.matchAll(/[\w.+-]+@example\.com/g)) marks.add(email);
  return marks;
}
