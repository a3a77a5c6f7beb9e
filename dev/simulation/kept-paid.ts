import { sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import type { Wrong } from "./checks";

/** An allowance that is paid for, with its invoice's money. */
export type Paid = {
  readonly account_id: string;
  readonly source: string;
  readonly grant_id: string;
  readonly expires_at: string;
  readonly credits: string;
  readonly revoked: string;
  readonly invoice_id: string | null;
  /** Of its invoice: what was charged, less than nothing where it credited more than it sold; and what went back of that. */
  readonly charged_cents: string | null;
  readonly returned_cents: string | null;
  /** What was credited to the customer's balance, where its subscription is over: later months ended with that. */
  readonly balance_notes_cents: string | null;
  /** What its invoice credited of others, and what went back of all others' money. */
  readonly credited_cents: string | null;
  readonly returned_elsewhere_cents: string | null;
  readonly frozen: boolean;
  readonly closed: string | null;
};

/**
 * Of what its invoice gave, the share of the money that went back, at most: the newest of it may have gone whole (I14). What it credited
 * of others was paid with their money: where that went back, so did that part. What a credit note put on the customer's balance ended
 * months that had not begun, so the rest of the money has that many fewer to take before those that were given.
 */
export function returnedShare(one: Pick<Paid, "invoice_id">, all: readonly Paid[]): bigint {
  const its = all.filter((each) => one.invoice_id !== null && each.invoice_id === one.invoice_id);
  const [first] = its;
  const charged = BigInt(first?.charged_cents ?? 0);
  const credited = BigInt(first?.credited_cents ?? 0);
  if (!first) return 0n;
  const given = its.reduce((sum, each) => sum + BigInt(each.credits), 0n);
  const elsewhere = BigInt(first.returned_elsewhere_cents ?? 0);
  const brought = elsewhere < credited ? elsewhere : credited;
  const returned = BigInt(first.returned_cents ?? 0);
  const gone = returned > 0n ? returned + BigInt(first.balance_notes_cents ?? 0) : 0n;
  const ofItsOwn = charged > 0n ? (given * (gone < charged ? gone : charged)) / charged : 0n;
  // With nothing of its own it was paid for by what others brought alone.
  const ofOthers = charged > 0n && brought > 0n ? (given * brought) / (charged + brought) : given;
  const most = ofItsOwn + (brought > 0n ? ofOthers : 0n);
  const taken = its.reduce((sum, each) => sum + BigInt(each.revoked), 0n);
  return taken > most ? 0n : most;
}

/** I24: remembers what was paid for, and finds what of it was shortened, revoked, frozen or taken for unpaid since. */
export class PaidBefore {
  private readonly known = new Map<string, number>();

  async findShortened(db: Database): Promise<readonly Wrong[]> {
    const rows = await db.execute<Paid>(sql`
      select a.account_id, a.source, g.id as grant_id, g.expires_at, g.credits, g.revoked_credits as revoked,
        g.frozen_at is not null as frozen, a.closed, a.invoice_id,
        case when i.total_cents > 0 then greatest(i.total_cents - coalesce(i.pre_payment_notes_cents, 0), i.paid_cents)
          else least(0, (
            select coalesce(sum(l.amount_cents), 0) from invoice_lines l
            where l.account_id = a.account_id and l.invoice_id = a.invoice_id
          )) end as charged_cents,
        i.paid_back_elsewhere_cents + (
          select coalesce(sum(r.amount_cents), 0) from invoice_refunds r
          where r.account_id = a.account_id and r.invoice_id = a.invoice_id and r.status = 'succeeded'
        ) as returned_cents,
        case when s.status in ('canceled', 'incomplete_expired') then greatest(0,
          i.credit_notes_cents - coalesce(i.pre_payment_notes_cents, 0) - i.paid_back_elsewhere_cents
        ) else 0 end as balance_notes_cents,
        (
          select coalesce(-sum(l.amount_cents), 0) from invoice_lines l
          where l.account_id = a.account_id and l.invoice_id = a.invoice_id and l.amount_cents < 0
        ) as credited_cents,
        (
          select coalesce(sum(j.paid_back_elsewhere_cents), 0) from invoices j
          where j.account_id = a.account_id and j.id <> a.invoice_id
        ) + (
          select coalesce(sum(r.amount_cents), 0) from invoice_refunds r
          where r.account_id = a.account_id and r.invoice_id <> a.invoice_id and r.status = 'succeeded'
        ) as returned_elsewhere_cents
      from allowances a
      join current_grants g on g.account_id = a.account_id and g.id = a.grant_id
      left join invoices i on i.account_id = a.account_id and i.id = a.invoice_id
      left join subscriptions s on s.account_id = a.account_id and s.id = a.subscription_id
      where a.payment = 'paid' and a.subscription_id is not null`);
    const wrongs: Wrong[] = [];
    const seen = new Set<string>();
    for (const row of rows) {
      const { account_id, source, grant_id, expires_at, revoked, frozen, closed } = row;
      const until = new Date(expires_at).getTime();
      const before = this.known.get(grant_id);
      seen.add(grant_id);
      const say = (what: string) =>
        wrongs.push({ accountId: account_id, what: `${source} was paid for and ${what} (I24)` });
      // Closed out before it was paid, it was given again.
      if (closed !== null && before === undefined) continue;
      if (closed !== null) say(`was closed out: ${closed}`);
      if (BigInt(revoked) > returnedShare(row, rows)) say(`${revoked} of it were revoked`);
      if (frozen) say("is frozen");
      if (before !== undefined && until < before)
        say(`ends ${new Date(until).toISOString()}, earlier than it did`);
      this.known.set(grant_id, until);
    }
    for (const id of this.known.keys())
      if (!seen.has(id))
        wrongs.push({
          accountId: null,
          what: `the paid allowance of grant ${id} is not paid any more (I24)`,
        });
    return wrongs;
  }
}
