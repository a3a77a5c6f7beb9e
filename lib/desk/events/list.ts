import { type SQL, sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { EVENT_CUSTOMER } from "../../../db/schema";
import type { PageCursor } from "../../page-cursor";

/** `due`: it is handled as soon as somebody comes to it, or tried again. */
export type EventState = "due" | "parked" | "handled";
export const EVENT_STATES: readonly EventState[] = ["due", "parked", "handled"];

export type EventFilter = {
  /** Stripe's word: `invoice.paid`. */
  readonly type: string | null;
  readonly state: EventState | null;
  /** Our account's id: events that were found to be its, and those that name its customer at Stripe. */
  readonly accountId: string | null;
};

export type EventItem = {
  /** Stripe's. */
  readonly id: string;
  readonly type: string;
  readonly state: EventState;
  /** By Stripe. */
  readonly createdAt: Date;
  readonly receivedAt: Date;
  readonly handledAt: Date | null;
  readonly nextTryAt: Date | null;
  readonly tries: number;
  readonly parkedReason: string | null;
  /** Stripe's customer whom it names, and the account it was found to be of, or that is this customer; null: none, or none of ours. */
  readonly customerId: string | null;
  readonly accountId: string | null;
  readonly accountName: string | null;
};

export type EventPage = { readonly events: readonly EventItem[]; readonly next: PageCursor | null };

export const EVENT_COLUMNS: SQL = sql`
  e.id, e.type, e.created_at, e.received_at, e.handled_at, e.next_try_at, e.tries, e.parked_reason, e.customer,
  a.id as account_id, a.name as account_name`;

/** Of the events in `source`: with the customer each names, and whose each is. */
export const withAccounts = (source: SQL): SQL => sql`
  (select *, ${EVENT_CUSTOMER} as customer from stripe_events ${source}) as e
  left join accounts as c on c.stripe_customer_id = e.customer
  left join accounts as a on a.id = coalesce(e.found_account_id, c.id)`;

export type EventRow = {
  id: string;
  type: string;
  created_at: string;
  received_at: string;
  handled_at: string | null;
  next_try_at: string | null;
  tries: number;
  parked_reason: string | null;
  customer: string | null;
  account_id: string | null;
  account_name: string | null;
};

const STATE: Readonly<Record<EventState, SQL>> = {
  due: sql`handled_at is null and parked_reason is null`,
  parked: sql`parked_reason is not null`,
  handled: sql`handled_at is not null`,
};

/** An event is an account's by either, never by both: each is a question of its own, and an index's. */
const theirs = (accountId: string): readonly SQL[] => [
  sql`found_account_id = ${accountId}::uuid`,
  sql`found_account_id is null and ${EVENT_CUSTOMER} = (select stripe_customer_id from accounts where id = ${accountId}::uuid)`,
];

/** Stripe's events as they came, the newest first, a page at a time; each question is an index's. */
export async function listEvents(
  db: Reader,
  { type, state, accountId }: EventFilter,
  { after = null, most = 50 }: { readonly after?: PageCursor | null; readonly most?: number } = {},
): Promise<EventPage> {
  const wanted = [
    type === null ? null : sql`left(type, 100) = left(${type}::text, 100)`,
    state && STATE[state],
    after && sql`(received_at, id) < (${after.createdAt.toISOString()}::timestamptz, ${after.id}::text)`,
  ].filter((each): each is SQL => each !== null);
  const newest = sql`order by received_at desc, id desc limit ${most + 1}`;
  const source = (conditions: readonly SQL[]) =>
    sql`${conditions.length > 0 ? sql`where ${sql.join([...conditions], sql` and `)}` : sql``} ${newest}`;
  const found = accountId
    ? sql`where id in (${sql.join(
        theirs(accountId).map((each) => sql`(select id from stripe_events ${source([...wanted, each])})`),
        sql` union all `,
      )}) ${newest}`
    : source(wanted);
  const rows = await db.execute<EventRow>(sql`
    select ${EVENT_COLUMNS} from ${withAccounts(found)} order by e.received_at desc, e.id desc`);
  const events = rows.slice(0, most).map(toEvent);
  const last = events.at(-1);
  return {
    events,
    next: rows.length > most && last ? { createdAt: last.receivedAt, id: last.id } : null,
  };
}

export const toEvent = (row: EventRow): EventItem => ({
  id: row.id,
  type: row.type,
  state: row.parked_reason !== null ? "parked" : row.handled_at !== null ? "handled" : "due",
  createdAt: new Date(row.created_at),
  receivedAt: new Date(row.received_at),
  handledAt: row.handled_at ? new Date(row.handled_at) : null,
  nextTryAt: row.next_try_at ? new Date(row.next_try_at) : null,
  tries: row.tries,
  parkedReason: row.parked_reason,
  customerId: row.customer,
  accountId: row.account_id,
  accountName: row.account_name,
});
