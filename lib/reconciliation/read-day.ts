import { and, eq, gt, gte, inArray, lt, or, sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { accounts, attempts, grants, invoices, orderPayments, orders, stripeAccount } from "../../db/schema";
import type { ProviderAnswer } from "../billing/gateway";
import {
  answerOf,
  type ChargeRecord,
  eachRecord,
  type InvoiceRecord,
  type ProviderRecords,
  type ReturnRecord,
} from "../billing/provider-records";
import { namedOrder } from "../recovery/notice";
import { type DayFacts, type OurInvoice, type OurOrder, orderKey } from "./facts";
import { findPlanCredits, findUnpaid } from "./read-credits";
import {
  findOurReturns,
  findPlanReturns,
  findReversalsDue,
  findTold,
  listReturns,
  namedOrders,
} from "./read-returns";

export type ReadDeps = { readonly db: Database; readonly records: ProviderRecords };

const AT_A_TIME = 500;

/** Reads both sides of a day, Stripe's first, so that what is settled meanwhile is here. Throws `ProviderSilent`. */
export async function readDay({ db, records }: ReadDeps, day: string): Promise<DayFacts> {
  const from = new Date(`${day}T00:00:00Z`);
  const to = new Date(from.getTime() + 86_400_000);
  const charges: ChargeRecord[] = [];
  for await (const charge of eachRecord(records.listCharges, { from, to }))
    if (charge.status === "succeeded") charges.push(charge);
  const returns = await listReturns(records, { from, to });
  const accountOf = await findAccounts(db, [...charges, ...returns]);
  const invoiceOf = new Map<string, InvoiceRecord | null>();
  for (const charge of charges)
    if (charge.paymentId && !namedOrder(charge) && accountOf.has(charge.customerId ?? ""))
      invoiceOf.set(charge.paymentId, answerOf(await records.invoiceOf(charge.paymentId)));

  const named = [...charges.flatMap((charge) => namedOrder(charge) ?? []), ...namedOrders(returns)];
  const paid = await findOrders(db, and(gte(orderPayments.paidAt, from), lt(orderPayments.paidAt, to)));
  const found = new Map(paid.map((each) => [orderKey(each.accountId, each.orderId), each]));
  for (let at = 0; at < named.length; at += AT_A_TIME) {
    const some = named.slice(at, at + AT_A_TIME);
    const isOne = some.map(({ accountId, orderId }) =>
      and(eq(orders.accountId, accountId), eq(orders.id, orderId)),
    );
    for (const each of await findOrders(db, or(...isOne)))
      found.set(orderKey(each.accountId, each.orderId), each);
  }
  const taken = new Set(charges.map(({ paymentId }) => paymentId));
  const takenBefore = new Map<string, readonly ChargeRecord[] | null>();
  for (const { paymentId } of paid)
    if (paymentId && !taken.has(paymentId))
      takenBefore.set(
        paymentId,
        await orNothing<readonly ChargeRecord[] | null>(records.chargesOf(paymentId), null),
      );

  const shown = [...invoiceOf.values()].flatMap((each) => each?.id ?? []);
  const mirrored = await findInvoices(db, { from, to, ids: shown });
  const invoicesAtStripe = new Map<string, InvoiceRecord | null>();
  for (const { id, isOfDay } of mirrored)
    if (isOfDay && !shown.includes(id))
      invoicesAtStripe.set(id, await orNothing<InvoiceRecord | null>(records.findInvoice(id), null));
  const went = await readReturns({ db, records }, { from, to }, returns);
  const unpaid = await findUnpaid(db, from, to);
  const whose = [...paid, ...went.ourReturns.values(), ...unpaid].map(({ accountId }) => accountId);
  const ofPlans = [...mirrored, ...went.ofPlans.values()].map(({ accountId }) => accountId);
  return {
    ...went,
    ...(await findFormer(db, [...new Set(whose)])),
    day,
    charges,
    accountOf,
    orders: found,
    paidHere: paid.map((each) => orderKey(each.accountId, each.orderId)),
    takenBefore,
    invoiceOf,
    invoices: new Map(mirrored.map((each) => [each.id, each])),
    invoicesAtStripe,
    unpaid,
    planCredits: await findPlanCredits(db, [...new Set(ofPlans)]),
  };
}

/** What is here of what went back, beside what Stripe listed. */
async function readReturns(
  { db, records }: ReadDeps,
  window: { readonly from: Date; readonly to: Date },
  returns: readonly ReturnRecord[],
): Promise<Pick<DayFacts, "returns" | "ourReturns" | "returnsAtStripe" | "reversals" | "ofPlans" | "told">> {
  const ours = await findOurReturns(db, window, namedOrders(returns));
  const listed = new Set(returns.map(({ id }) => id));
  const returnsAtStripe = new Map<string, ReturnRecord | null>();
  const ofPlans = await findPlanReturns(
    db,
    window,
    returns.map(({ id }) => id),
  );
  for (const { kind, id, isOfDay } of [...ours, ...ofPlans])
    if (isOfDay && !listed.has(id))
      returnsAtStripe.set(id, await orNothing<ReturnRecord | null>(records.findReturn(kind, id), null));
  const refs = new Map(ours.map((each) => [orderKey(each.accountId, each.orderId), each]));
  return {
    returns,
    ourReturns: new Map(ours.map((each) => [each.id, each])),
    returnsAtStripe,
    reversals: await findReversalsDue(db, [...refs.values()]),
    ofPlans: new Map(ofPlans.map((each) => [each.id, each])),
    told: await findTold(
      db,
      returns.flatMap(({ paymentId }) => paymentId ?? []),
    ),
  };
}

/** Since when whose the database is, and which of these accounts had a customer at Stripe before the one that they have. */
async function findFormer(
  db: Database,
  accountIds: readonly string[],
): Promise<Pick<DayFacts, "boundAt" | "hadOthers">> {
  const [bound] = await db.select({ at: stripeAccount.boundAt }).from(stripeAccount);
  const hadOthers = new Set<string>();
  for (let at = 0; at < accountIds.length; at += AT_A_TIME) {
    const some = accountIds.slice(at, at + AT_A_TIME);
    const rows = await db
      .select({ id: accounts.id })
      .from(accounts)
      .where(and(inArray(accounts.id, some), gt(accounts.formerCustomers, 0)));
    for (const { id } of rows) hadOthers.add(id);
  }
  return { boundAt: bound?.at ?? null, hadOthers };
}

/** What Stripe does not have is not there; any other refusal says nothing of it. */
async function orNothing<T>(asked: Promise<ProviderAnswer<T>>, nothing: T): Promise<T> {
  const answer = await asked;
  return answer.kind === "refused" && answer.code === "resource_missing" ? nothing : answerOf(answer);
}

async function findAccounts(
  db: Database,
  charges: readonly Pick<ChargeRecord, "customerId">[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(charges.flatMap(({ customerId }) => customerId ?? []))];
  const found = new Map<string, string>();
  for (let at = 0; at < ids.length; at += AT_A_TIME) {
    const rows = await db
      .select({ accountId: accounts.id, customerId: accounts.stripeCustomerId })
      .from(accounts)
      .where(inArray(accounts.stripeCustomerId, ids.slice(at, at + AT_A_TIME)));
    for (const { accountId, customerId } of rows) if (customerId) found.set(customerId, accountId);
  }
  return found;
}

const findOrders = (db: Database, where: ReturnType<typeof and>): Promise<OurOrder[]> =>
  db
    .select({
      accountId: orders.accountId,
      orderId: orders.id,
      status: sql<string>`${orders.status}`,
      parkedReason: orders.parkedReason,
      customerIds: sql<
        string[]
      >`array(select ${attempts.customerId} from ${attempts} where ${attempts.accountId} = ${orders.accountId} and ${attempts.orderId} = ${orders.id})`,
      amountCents: orders.amountCents,
      currency: orders.currency,
      credits: orders.credits,
      paymentId: orderPayments.paymentIntentId,
      paidAt: orderPayments.paidAt,
      grantedCredits: grants.credits,
    })
    .from(orders)
    .leftJoin(
      orderPayments,
      and(eq(orderPayments.accountId, orders.accountId), eq(orderPayments.orderId, orders.id)),
    )
    .leftJoin(
      grants,
      and(eq(grants.accountId, orderPayments.accountId), eq(grants.id, orderPayments.grantId)),
    )
    .where(where);

type Window = { readonly from: Date; readonly to: Date; readonly ids: readonly string[] };

async function findInvoices(
  db: Database,
  { from, to, ids }: Window,
): Promise<(OurInvoice & { isOfDay: boolean })[]> {
  const ofDay = and(gte(invoices.paidAt, from), lt(invoices.paidAt, to));
  const rows = await db
    .select({
      accountId: invoices.accountId,
      id: invoices.id,
      status: sql<string>`${invoices.status}`,
      paidCents: invoices.paidCents,
      currency: invoices.currency,
      paidAt: invoices.paidAt,
      credits: sql<string>`(select coalesce(sum(a.credits), 0)::text from allowances a
        where a.account_id = invoices.account_id and a.invoice_id = invoices.id and a.payment = 'paid')`,
      undecidedLines: sql<number>`(select count(*)::int from invoice_lines l
        where l.account_id = invoices.account_id and l.invoice_id = invoices.id and l.plan is not null and l.decided_at is null)`,
      isOfDay: sql<boolean>`coalesce(${ofDay}, false)`,
    })
    .from(invoices)
    .where(ids.length > 0 ? or(ofDay, inArray(invoices.id, [...ids])) : ofDay);
  return rows.map((row) => ({ ...row, credits: BigInt(row.credits) }));
}
