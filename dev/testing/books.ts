import { sql } from "drizzle-orm";
import { expect } from "vitest";
import type { Database } from "../../db/client";
import { findDrift } from "../../lib/ledger/reconcile";

/** Invariants I1, I2, I4 and the ledger's half of I8, over everything in the database. */
export async function expectBooksBalance(db: Database): Promise<void> {
  expect(await findDrift(db)).toEqual([]);
  const strangers = await db.execute(sql`
    select 'paid order without its grant' as what, o.account_id, o.id from orders o
    left join grants g on g.account_id = o.account_id and g.id = o.grant_id
      and g.kind = 'purchase' and g.source = 'order:' || o.id and g.credits = o.credits
    where o.status = 'paid' and g.id is null
    union all
    select 'purchase grant without a paid order', g.account_id, g.id from grants g
    left join orders o on o.account_id = g.account_id and o.grant_id = g.id and o.status = 'paid'
    where g.kind = 'purchase' and g.source like 'order:%' and o.id is null
    union all
    select 'paid order without one succeeded attempt', o.account_id, o.id from orders o
    where o.status = 'paid' and 1 <> (
      select count(*) from attempts a where a.account_id = o.account_id and a.order_id = o.id and a.status = 'succeeded'
    )`);
  expect([...strangers]).toEqual([]);
}
