import { and, inArray, sql } from "drizzle-orm";
import type { Database, Tx } from "../../db/client";
import { operatorActs } from "../../db/schema";
import { transact } from "../../db/transact";
import { lockAccounts } from "../billing/account";
import { findInvoiceGrants } from "../billing/allowances/apply/carry-out-returns";
import { type Applying, readFacts } from "../billing/allowances/apply/read-facts";
import { sourceIn } from "../billing/allowances/apply/sources";
import type { Read } from "../billing/allowances/apply/stored-facts";
import { decide } from "../billing/allowances/decide";
import type { Decision } from "../billing/allowances/facts";
import { revokedSoFar } from "../billing/returns/moves";
import { ok } from "../result";
import type { PlanCredits, Unpaid } from "./facts";
import { listAboveWorth, listNotGiven } from "./judge-plan";

/**
 * What of these accounts' plan credits is not as their paid lines, and what went back of them, say: one account after another, each
 * under its lock for as long as its facts are read, so that nothing is settled in between. Nothing is written.
 */
export async function findPlanCredits(db: Database, accountIds: readonly string[]): Promise<PlanCredits[]> {
  const found: PlanCredits[] = [];
  for (const accountId of accountIds) {
    const own = await transact(db, async (tx) => ok(await judge(tx, accountId)));
    if (own.ok) found.push(...own.value.map((each) => ({ accountId, ...each })));
  }
  return found;
}

async function judge(tx: Tx, accountId: string): Promise<readonly Omit<PlanCredits, "accountId">[]> {
  const [locked] = await lockAccounts(tx, [accountId]);
  if (!locked) return [];
  const { account } = locked;
  // What time alone does is due from then on, and done by whoever comes first: until it is, nothing is missing.
  const due = account.cycleDueAt;
  const now = due && due <= locked.now ? new Date(due.getTime() - 1) : locked.now;
  const applying: Applying = { account, now };
  const [read] = await readFacts(tx, [applying]);
  if (!read) return [];
  const decision = decide(read.facts, now);
  return [
    ...listNotGiven(read.facts, decision, now),
    ...listAboveWorth(read.facts),
    ...(await listNotTakenBack(tx, accountId, read, decision)),
  ];
}

/** Not what an operator took before, which is not there. Below 0: so many are to be put back. */
async function listNotTakenBack(
  tx: Tx,
  accountId: string,
  { facts, rows, reversals }: Read,
  { returned }: Decision,
): Promise<Omit<PlanCredits, "accountId">[]> {
  const found: Omit<PlanCredits, "accountId">[] = [];
  for (const { invoiceId, decision, allowances: keys } of returned) {
    const { revoke, restore } = decision;
    if (revoke === 0n && restore === 0n) continue;
    const before = reversals.filter((each) => each.invoiceId === invoiceId);
    const sources = keys.map((key) => sourceIn(rows, key));
    const grants = await findInvoiceGrants(tx, accountId, { sources, before });
    const there = grants.reduce(
      (sum, each) => sum + each.remaining + each.held + each.spent + each.expired,
      0n,
    );
    const given = rows.reduce((sum, each) => (sources.includes(each.source) ? sum + each.credits : sum), 0n);
    const tooMany = there - (given - revokedSoFar(before) - revoke);
    const most = tooMany < revoke ? tooMany : revoke;
    const credits = restore > 0n ? -restore : most;
    if (credits === 0n || (restore === 0n && credits < 0n)) continue;
    const since = facts.invoices.find(({ id }) => id === invoiceId)?.paidAt ?? null;
    found.push({ kind: "plan_credits_not_taken_back", invoiceId, credits, since });
  }
  return found;
}

type Row = {
  readonly account_id: string;
  readonly source: string;
  readonly credits: string;
  readonly invoice_id: string | null;
  readonly since: string;
  readonly what: Unpaid["what"];
};

/**
 * Credits given in the day without what they are given for: a paid order, a month of a plan with as many credits, what a refund or
 * dispute that ended put back, what was left of another grant, or an operator's act; and paid allowances without a paid invoice.
 */
export async function findUnpaid(db: Database, from: Date, to: Date): Promise<Unpaid[]> {
  const isOfDay = (column: string) =>
    sql`${sql.raw(column)} >= ${from.toISOString()}::timestamptz and ${sql.raw(column)} < ${to.toISOString()}::timestamptz`;
  const rows = await db.execute<Row>(sql`
    select g.account_id, g.source, g.credits::text, null as invoice_id, g.created_at as since,
      case g.kind when 'purchase' then 'bought' else 'given' end as what
    from grants g
    where ${isOfDay("g.created_at")}
      and not exists (select from order_payments p where p.account_id = g.account_id and p.grant_id = g.id)
      and (g.kind = 'purchase' or not (
        exists (select from allowances a where a.account_id = g.account_id and a.grant_id = g.id and a.credits = g.credits)
        or exists (select from allowances a where a.account_id = g.account_id and a.regrant_id = g.id
          and g.credits <= greatest(a.credits, coalesce(a.debt_credits, 0)))
        or exists (select from order_reversals r where r.account_id = g.account_id and r.grant_id = g.id
          and r.kind = 'give' and r.used + r.unused = g.credits)
        or exists (select from invoice_reversals r where r.account_id = g.account_id and r.grant_id = g.id
          and r.kind = 'give' and r.used + r.unused = g.credits)
        -- An earlier release wrote down no months of plans.
        or exists (select from accounts m where m.id = g.account_id and g.created_at < m.migrated_at)
        or exists (select from grants o where o.account_id = g.account_id and g.source = 'carried:' || o.id::text
          and (select sum(t.revoked_credits) from grants t where t.account_id = g.account_id) >= g.credits)
      ))
    union all
    select a.account_id, a.source, a.credits::text, a.invoice_id, a.opened_at as since, 'allowance' as what
    from allowances a left join invoices i on i.account_id = a.account_id and i.id = a.invoice_id
    where a.payment = 'paid' and a.origin <> 'migrated' and i.status is distinct from 'paid'
      and ${isOfDay("a.opened_at")}`);
  const acts = await findActs(db, rows);
  return rows.flatMap(({ account_id: accountId, source, credits, invoice_id: invoiceId, since, what }) => {
    const isOfAct = what === "given" && acts.get(source) === accountId;
    return isOfAct
      ? []
      : [{ what, accountId, source, credits: BigInt(credits), invoiceId, since: new Date(since) }];
  });
}

const AT_A_TIME = 500;
const ACT = /^act:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Whose account an act gave credits to that are granted under these sources. */
async function findActs(db: Database, rows: readonly Row[]): Promise<ReadonlyMap<string, string | null>> {
  const ids = rows.flatMap(({ source }) => ACT.exec(source)?.[1] ?? []);
  const found = new Map<string, string | null>();
  for (let at = 0; at < ids.length; at += AT_A_TIME) {
    const acts = await db
      .select({ id: operatorActs.id, accountId: operatorActs.accountId })
      .from(operatorActs)
      .where(
        and(
          inArray(operatorActs.id, ids.slice(at, at + AT_A_TIME)),
          inArray(operatorActs.kind, ["grant", "write_off"]),
        ),
      );
    for (const { id, accountId } of acts) found.set(`act:${id}`, accountId);
  }
  return found;
}
