import { sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { toPublicId } from "../ids";

export type MailView = {
  readonly id: string;
  /** `acct_…`; null for a mail about a person alone. */
  readonly account: string | null;
  /** `usr_…`; null for an address of nobody. */
  readonly user: string | null;
  readonly kind: string;
  readonly effect: string;
  readonly state: "waiting" | "sent" | "dropped" | "parked";
  readonly createdAt: Date;
  readonly dueAt: Date;
  readonly endedAt: Date | null;
  readonly tries: number;
  readonly reason: string | null;
};

type Row = Omit<MailView, "account" | "user" | "createdAt" | "dueAt" | "endedAt"> & {
  account_id: string | null;
  user_id: string | null;
  created_at: string;
  due_at: string;
  ended_at: string | null;
};

const BOTH = sql`(
  select id, account_id, user_id, kind, effect, state, created_at, due_at, ended_at, tries, reason from account_mails
  union all
  select id, null, user_id, kind, effect, state, created_at, due_at, ended_at, tries, reason from person_mails
)`;

/** Mails that were given up, the newest first; with `all` every one that is kept, whatever became of it. At most so many. */
export async function listMails(
  db: Reader,
  { all, most }: { readonly all: boolean; readonly most: number },
): Promise<readonly MailView[]> {
  const rows = await db.execute<Row>(sql`
    select * from ${BOTH} as m where ${all ? sql`true` : sql`m.state = 'parked'`}
    order by m.created_at desc, m.id desc limit ${most}`);
  return rows.map((row) => ({
    id: row.id,
    account: row.account_id && toPublicId("account", row.account_id),
    user: row.user_id && toPublicId("user", row.user_id),
    kind: row.kind,
    effect: row.effect,
    state: row.state,
    createdAt: new Date(row.created_at),
    dueAt: new Date(row.due_at),
    endedAt: row.ended_at === null ? null : new Date(row.ended_at),
    tries: row.tries,
    reason: row.reason,
  }));
}

export type MailCounts = {
  /** Due, and not sent yet. */
  readonly waiting: number;
  readonly oldestWaitingSeconds: number | null;
  /** Failed at least once, and tried again. */
  readonly failing: number;
  readonly parked: number;
};

/** Each condition is that of an index: those that were sent, by far the most, are not read. */
export async function countMails(db: Reader): Promise<MailCounts> {
  const [row] = await db.execute<MailCounts>(sql`
    select count(*) filter (where state = 'waiting' and due_at <= now())::int as waiting,
      extract(epoch from now() - min(due_at) filter (where state = 'waiting' and due_at <= now()))::int as "oldestWaitingSeconds",
      count(*) filter (where state = 'waiting' and tries > 0)::int as failing,
      count(*) filter (where state = 'parked')::int as parked
    from (
      select state, due_at, tries from account_mails where state = 'waiting'
      union all select state, due_at, tries from account_mails where state = 'parked'
      union all select state, due_at, tries from person_mails where state = 'waiting'
      union all select state, due_at, tries from person_mails where state = 'parked'
    ) as m`);
  return row ?? { waiting: 0, oldestWaitingSeconds: null, failing: 0, parked: 0 };
}

/** Has everything that was given up tried again, from its first try. Returns how many there were. */
export async function retryParked(db: Reader): Promise<number> {
  let retried = 0;
  for (const table of [sql`account_mails`, sql`person_mails`]) {
    const rows = await db.execute(sql`
      update ${table} set state = 'waiting', ended_at = null, tries = 0, due_at = now() - interval '2 minutes'
      where state = 'parked' returning id`);
    retried += rows.length;
  }
  return retried;
}
