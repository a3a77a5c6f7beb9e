import { type SQL, sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { EVENT_CUSTOMER, EVENT_OBJECT } from "../../db/schema";
import { normalizeEmail } from "../auth/email";
import { fromPublicId, type IdKind, isPrefixed, toPublicId } from "../ids";
import { keyMark } from "../ledger/keys";

/** What an operator was told, as somebody reads it out or copies it. */
export type FoundKind =
  | "account"
  | "person"
  | "order"
  | "refund"
  | "dispute"
  | "grant"
  | "invoice"
  | "subscription"
  | "plan_payment"
  | "checkout"
  | "document"
  | "attention"
  | "event"
  | "hold"
  | "idempotency_key";

export type Found = {
  readonly kind: FoundKind;
  /** `acct_…` */
  readonly accountId: string;
  readonly accountName: string;
  /** `ord_…`, where it is an order, or part of one. */
  readonly orderId: string | null;
};

type Row = { kind: FoundKind; account_id: string; account_name: string; order_id: string | null };

export type Answer = {
  readonly found: readonly Found[];
  /** Nothing was found, and only some accounts were asked: where to go on (`after`). Null: it was looked for everywhere. */
  readonly next: string | null;
};

const MAX_FOUND = 50;
/** How many accounts are asked for a hold or an API call at once: some tenths of a second, however many there are. */
export const MAX_ASKED = 5_000;
/** Longer than anything that can be found. */
const MAX_LENGTH = 300;

/**
 * Whose it is: by an e-mail address, an id of ours (`acct_…`, `ord_…`, `usr_…` and so on), an id of Stripe's, an order's
 * reference, a document's number, a hold's id or the idempotency key of an API call: exactly that and nothing like it. Else by what
 * an account's or a person's name begins with. Each kind of text is looked up in its own index. What
 * Stripe told of and we keep no row of (a charge, say) is found by the events about it. Holds and keys are asked of each account:
 * of the newest ones first, `most` at a time, and of those before `after` (`acct_…`) where it goes on.
 */
export async function findAnything(
  db: Reader,
  typed: string,
  { after = null, most = MAX_ASKED }: { readonly after?: string | null; readonly most?: number } = {},
): Promise<Answer> {
  const text = typed.trim();
  if (text === "" || text.length > MAX_LENGTH || text.includes("\u0000")) return { found: [], next: null };
  const lookups = [ofOurs(text), ofStripe(text), ofPeople(text), ofPaper(text)].flat();
  const found: Row[] = [];
  for (const lookup of lookups) found.push(...(await run(db, lookup)));
  if (found.length === 0 && /^[a-z]{2,12}_\w+$/.test(text)) found.push(...(await run(db, ofEvents(text))));
  if (found.length > 0 || isNoneOfApi(text)) return { found: withoutRepeats(found.map(toFound)), next: null };
  const asked = await findAsked(db, { after, most });
  for (const lookup of [...ofNames(text), ofApi(text, asked)]) found.push(...(await run(db, lookup)));
  return { found: withoutRepeats(found.map(toFound)), next: found.length > 0 ? null : asked.next };
}

/** What is found: its kind, its account and, where there is one, its order. */
type Lookup = ReturnType<typeof lookup>;

const lookup = (kind: FoundKind, rows: ReturnType<typeof sql>) => ({ kind, rows });

const run = (db: Reader, { kind, rows }: Lookup): Promise<Row[]> =>
  db.execute<Row>(sql`
    select ${kind}::text as kind, f.account_id, a.name as account_name, f.order_id
    from (${rows} limit ${MAX_FOUND}) f join accounts a on a.id = f.account_id
    limit ${MAX_FOUND}`) as unknown as Promise<Row[]>;

const NO_ORDER = sql`null::uuid as order_id`;

function ofOurs(text: string): Lookup[] {
  const id = (kind: IdKind) => fromPublicId(kind, text);
  const [account, order, person] = [id("account"), id("order"), id("user")];
  const [refund, grant, payment, attention] = [id("refund"), id("grant"), id("planPayment"), id("attention")];
  return [
    account &&
      lookup("account", sql`select id as account_id, ${NO_ORDER} from accounts where id = ${account}`),
    order && lookup("order", sql`select account_id, id as order_id from orders where id = ${order}`),
    person &&
      lookup("person", sql`select account_id, ${NO_ORDER} from memberships where user_id = ${person}`),
    refund &&
      lookup(
        "refund",
        sql`select account_id, order_id from order_refunds where id = ${refund}
          union all select account_id, null::uuid from invoice_refund_requests where id = ${refund}`,
      ),
    grant && lookup("grant", sql`select account_id, ${NO_ORDER} from grants where id = ${grant}`),
    payment &&
      lookup("plan_payment", sql`select account_id, ${NO_ORDER} from plan_payments where id = ${payment}`),
    attention &&
      lookup(
        "attention",
        sql`select account_id, ${NO_ORDER} from attention_items where id = ${attention} and account_id is not null`,
      ),
  ].filter((each) => typeof each === "object" && each !== null);
}

/** What begins like an id of Stripe's. */
const OF_STRIPE = /^(cus|pi|in|sub|re|pyr|dp|du|cs|evt|ch|py|pm|seti|txn|si|il|cn|price|prod|card)_/;

/** Whether a text is neither a hold's id nor likely to be the key of a call: an e-mail address, or an id of something else. */
const isNoneOfApi = (text: string): boolean =>
  normalizeEmail(text) !== null || OF_STRIPE.test(text) || (isPrefixed(text) && !text.startsWith("hold_"));

type Asked = { readonly before: string | null; readonly last: string | null; readonly next: string | null };

const isBefore = (before: string | null) => (before ? sql`id < ${before}::uuid` : sql`true`);
const isDownTo = (last: string | null) => (last ? sql`id >= ${last}::uuid` : sql`true`);

/** Which accounts are asked this time, by their ids, the newest first: those before `before`, down to `last`. */
async function findAsked(
  db: Reader,
  { after, most }: { readonly after: string | null; readonly most: number },
): Promise<Asked> {
  const before = fromPublicId("account", after);
  const [last, more] = await db.execute<{ id: string }>(sql`
    select id from accounts where ${isBefore(before)} order by id desc offset ${most - 1} limit 2`);
  return { before, last: last?.id ?? null, next: last && more ? toPublicId("account", last.id) : null };
}

/**
 * What callers of the API know: a hold's id, or the key they sent with a call, asked of each account's own index in turn. For
 * one index over all of them every spend would cost more than it may.
 */
function ofApi(text: string, { before, last }: Asked): Lookup {
  const some = sql`(select id from accounts where ${isBefore(before)} and ${isDownTo(last)}) a`;
  const holdId = fromPublicId("hold", text);
  return holdId
    ? lookup(
        "hold",
        sql`select a.id as account_id, ${NO_ORDER} from ${some}
          cross join lateral (select 1 from holds h where h.account_id = a.id and h.id = ${holdId}::uuid limit 1) h`,
      )
    : lookup(
        "idempotency_key",
        sql`select a.id as account_id, ${NO_ORDER} from ${some}
          cross join lateral (select 1 from entries e where e.account_id = a.id and e.key = ${keyMark(text)}::uuid limit 1) e`,
      );
}

function ofStripe(text: string): Lookup[] {
  const [prefix] = /^[a-z]+_/.exec(text) ?? [];
  switch (prefix) {
    case "cus_":
      return [
        lookup(
          "account",
          sql`select id as account_id, ${NO_ORDER} from accounts where stripe_customer_id = ${text}`,
        ),
      ];
    case "pi_":
      // Also payments that an order gave up.
      return [
        lookup(
          "order",
          sql`select account_id, id as order_id from orders where payment_intent_id = ${text}
            union select account_id, order_id from attempts where payment_intent_id = ${text}`,
        ),
      ];
    case "in_":
      return [lookup("invoice", sql`select account_id, ${NO_ORDER} from invoices where id = ${text}`)];
    case "sub_":
      return [
        lookup(
          "subscription",
          sql`select account_id, ${NO_ORDER} from subscription_owners where subscription_id = ${text}`,
        ),
      ];
    case "re_":
    case "pyr_":
      return [
        lookup(
          "refund",
          sql`select account_id, order_id from order_refunds where refund_id = ${text}
            union all select account_id, null::uuid from invoice_refunds where id = ${text}`,
        ),
      ];
    case "dp_":
    case "du_":
      return [
        lookup(
          "dispute",
          sql`select account_id, order_id from order_disputes where id = ${text}
            union all select account_id, null::uuid from invoice_disputes where id = ${text}`,
        ),
      ];
    case "cs_":
      return [
        lookup("checkout", sql`select account_id, ${NO_ORDER} from checkouts where session_id = ${text}`),
      ];
    case "evt_":
      return [lookup("event", ofNamed(sql`id = ${text}`))];
    default:
      return [];
  }
}

function ofPeople(text: string): Lookup[] {
  const email = text.includes("@") ? normalizeEmail(text) : null;
  if (!email) return [];
  return [
    lookup(
      "person",
      sql`select m.account_id, ${NO_ORDER} from users u join memberships m on m.user_id = u.id where u.email = ${email}`,
    ),
  ];
}

/** Shorter beginnings are everybody's. */
const SHORTEST_NAME = 3;
/** Sorts behind whatever begins with the same. */
const LAST = "\u{10FFFF}";

/** By what a name begins with, in capitals or not, as far as the database's locale knows letters: A to Z in every one. */
function ofNames(text: string): Lookup[] {
  if (text.length < SHORTEST_NAME || isPrefixed(text)) return [];
  const begins = sql`lower(name) ~>=~ lower(${text}) and lower(name) ~<~ (lower(${text}) || ${LAST})`;
  return [
    lookup(
      "account",
      sql`select id as account_id, ${NO_ORDER} from accounts where ${begins} order by lower(name), id`,
    ),
    lookup(
      "person",
      sql`select m.account_id, ${NO_ORDER} from (select id from users where ${begins} limit ${MAX_FOUND}) u
        join memberships m on m.user_id = u.id`,
    ),
  ];
}

/** What stands on paper: an order's reference, a document's number. */
function ofPaper(text: string): Lookup[] {
  const upper = text.toUpperCase();
  if (/^CR-[A-Z0-9-]{4,20}$/.test(upper))
    return [lookup("order", sql`select account_id, id as order_id from orders where reference = ${upper}`)];
  const [, series, number] = /^(\S{0,40}?)(\d{6,18})$/.exec(text) ?? [];
  if (series === undefined || number === undefined) return [];
  return [
    lookup(
      "document",
      sql`select account_id, order_id from document_numbers where series = ${series} and number = ${number}::bigint`,
    ),
  ];
}

/** The accounts of events: those they were found to be of, or whose customers they name. */
const ofNamed = (events: SQL): SQL => sql`
  select distinct a.id as account_id, ${NO_ORDER} from (
    select found_account_id, ${EVENT_CUSTOMER} as customer from stripe_events where ${events}
  ) e left join accounts c on c.stripe_customer_id = e.customer join accounts a on a.id = coalesce(e.found_account_id, c.id)`;

/** By the newest events about an object of Stripe's. */
const ofEvents = (text: string): Lookup =>
  lookup("event", ofNamed(sql`${EVENT_OBJECT} = ${text} order by received_at desc limit 20`));

const toFound = (row: Row): Found => ({
  kind: row.kind,
  accountId: toPublicId("account", row.account_id),
  accountName: row.account_name,
  orderId: row.order_id && toPublicId("order", row.order_id),
});

function withoutRepeats(found: readonly Found[]): readonly Found[] {
  const keys = found.map(({ kind, accountId, orderId }) => `${kind} ${accountId} ${orderId}`);
  return found.filter((_, index) => keys.indexOf(keys[index] ?? "") === index).slice(0, MAX_FOUND);
}
