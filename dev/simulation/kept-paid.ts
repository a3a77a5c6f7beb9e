import { sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import type { Wrong } from "./checks";

type Paid = {
  readonly account_id: string;
  readonly source: string;
  readonly grant_id: string;
  readonly expires_at: string;
  readonly revoked: string;
  readonly frozen: boolean;
  readonly closed: string | null;
};

/** I24: remembers what was paid for, and finds what of it was shortened, revoked, frozen or taken for unpaid since. */
export class PaidBefore {
  private readonly known = new Map<string, number>();

  async findShortened(db: Database): Promise<readonly Wrong[]> {
    const rows = await db.execute<Paid>(sql`
      select a.account_id, a.source, g.id as grant_id, g.expires_at, g.revoked_credits as revoked,
        g.frozen_at is not null as frozen, a.closed
      from allowances a
      join current_grants g on g.account_id = a.account_id and g.id = a.grant_id
      where a.payment = 'paid' and a.subscription_id is not null`);
    const wrongs: Wrong[] = [];
    const seen = new Set<string>();
    for (const { account_id, source, grant_id, expires_at, revoked, frozen, closed } of rows) {
      const until = new Date(expires_at).getTime();
      const before = this.known.get(grant_id);
      seen.add(grant_id);
      const say = (what: string) =>
        wrongs.push({ accountId: account_id, what: `${source} was paid for and ${what} (I24)` });
      // Closed out before it was paid, it was given again.
      if (closed !== null && before === undefined) continue;
      if (closed !== null) say(`was closed out: ${closed}`);
      if (BigInt(revoked) > 0n) say(`${revoked} of it were revoked`);
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
