import { and, asc, eq, gt, inArray, isNotNull, sql } from "drizzle-orm";
import { accountMails, accounts, orders, stripeAccount } from "../../db/schema";
import { transact } from "../../db/transact";
import { lockAccount } from "../billing/account";
import { openAttention } from "../billing/attention/items";
import { syncPaymentMethods } from "../billing/cards/sync";
import type { BillingDeps } from "../billing/deps";
import { settleReturns } from "../billing/orders/returns/settle";
import { settleOrder } from "../billing/orders/settle";
import {
  answerOf,
  eachRecord,
  type PaymentRecord,
  type ProviderRecords,
  ProviderSilent,
} from "../billing/provider-records";
import { syncSubscription } from "../billing/subscriptions/sync";
import { isNobodysTrouble } from "../ledger/each-account";
import { type BroughtBack, bringBackOrder, skipLostAttempts } from "./bring-back-order";
import { beginRecovery, endRecovery, findRecovery } from "./mode";
import { findLost, namedOrder, newestInstant } from "./notice";

export type RecoverDeps = BillingDeps & { readonly records: ProviderRecords };

export type LostPayment = {
  readonly paymentId: string;
  readonly accountId: string;
  readonly orderId: string;
  readonly amountCents: bigint;
  readonly currency: string;
  readonly status: PaymentRecord["status"];
  readonly why: Extract<BroughtBack, "account_lost" | "unreadable">;
};

export type RecoveryReport = {
  /** Orders that are here again, and what became of them. */
  readonly orders: readonly {
    readonly accountId: string;
    readonly orderId: string;
    readonly paymentId: string;
    readonly status: string | null;
  }[];
  /** Orders that were open here and were settled by what Stripe said. */
  settledOpen: number;
  customersLinked: number;
  accountsRead: number;
  /** Accounts, or payments, that could not be read: run it again. */
  readonly unread: string[];
  /** Money that was taken for orders that cannot be made again: each is an attention item. */
  readonly lost: LostPayment[];
  /** Accounts that Stripe has a customer of and that are not here. */
  readonly lostAccounts: { readonly accountId: string; readonly customerId: string }[];
  /** What happened here after it is lost where only this database knew it: spends, people, settings. */
  newestHere: Date | null;
  /** When the newest was made of what was sold before the instant that was named and is not here: too late a day was named. */
  lostBefore: Date | null;
  /** False: something could not be read, and the mode goes on. */
  done: boolean;
};

export type RecoverOptions = {
  /** Some time before the backup was made: what Stripe made since then is looked at. */
  readonly since: Date;
  /** Told of each step as it begins, with how many things it has where that is known. */
  readonly onStep?: (what: string, total?: number) => void;
  /** Told how many things of the step are done. */
  readonly onDone?: (things: number) => void;
};
type Watch = Required<Pick<RecoverOptions, "onStep" | "onDone">>;

const PAGE = 500;
/** Stripe's instants are whole seconds. */
const SECOND_MS = 1_000;

/**
 * Brings back from Stripe what a restored database has lost: customers, subscriptions with all that their invoices pay for, cards,
 * orders and their payments. While it runs nothing is sold, swept or renewed; it ends that only when everything could be read.
 * Run twice, cut short or not, it does each thing once. What was paid for a cycle that is over by now is given in the running one,
 * as nobody knows what was used of it. Throws `ProviderSilent` where Stripe does not answer.
 */
export async function recover(
  deps: RecoverDeps,
  { since, onStep = () => {}, onDone = () => {} }: RecoverOptions,
): Promise<RecoveryReport> {
  const report = newReport();
  const watch = { onStep, onDone };
  if ((await findRecovery(deps.db)) === null) report.newestHere = await newestInstant(deps.db);
  await beginRecovery(deps.db, null);
  const begun = await findRecovery(deps.db);
  report.lostBefore = await findLostBefore(deps, since);
  if (report.lostBefore) return report;
  await linkCustomers(deps, since, report, watch);
  await readAccounts(deps, report, watch);
  const newest = await bringBackPayments(deps, since, report, watch);
  await settleOpenOrders(deps, report, watch);
  await settleReturned(deps, since, report, watch);
  if (report.unread.length > 0) return report;
  await transact(deps.db, async (tx) => {
    if (begun) await dropMails(tx, begun.since);
    await endRecovery(tx, new Date((newest ?? since).getTime() + SECOND_MS));
  });
  report.done = true;
  return report;
}

const newReport = () => ({
  orders: [] as { accountId: string; orderId: string; paymentId: string; status: string | null }[],
  settledOpen: 0,
  customersLinked: 0,
  accountsRead: 0,
  unread: [] as string[],
  lost: [] as LostPayment[],
  lostAccounts: [] as { accountId: string; customerId: string }[],
  newestHere: null as Date | null,
  lostBefore: null as Date | null,
  done: false,
});
type Report = ReturnType<typeof newReport>;

/** What was sold after the backup and before the day that was named would never be looked for again. */
async function findLostBefore({ db, records }: RecoverDeps, since: Date): Promise<Date | null> {
  const [row] = await db.select({ until: stripeAccount.recoveredUntil }).from(stripeAccount);
  const lost = await findLost({ db, records }, { from: row?.until ?? null, to: since });
  if (lost === "unknown") throw new ProviderSilent("Stripe did not answer");
  return lost?.createdAt ?? null;
}

const isUuid = (text: string | null): text is string =>
  text !== null && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

/** Accounts that became customers at Stripe after the backup. Of several the newest comes first, and is the one. */
async function linkCustomers(
  { db, records }: RecoverDeps,
  since: Date,
  report: Report,
  { onStep, onDone }: Watch,
): Promise<void> {
  onStep("customers");
  let read = 0;
  for await (const { id, accountId } of eachRecord(records.listCustomers, { from: since, to: null })) {
    read += 1;
    onDone(read);
    if (!isUuid(accountId)) continue;
    const known = await db.$count(accounts, eq(accounts.id, accountId));
    if (known === 0) {
      report.lostAccounts.push({ accountId, customerId: id });
      continue;
    }
    const linked = await transact(db, async (tx) => {
      const { account } = await lockAccount(tx, accountId);
      if (account.stripeCustomerId !== null) return false;
      await tx
        .update(accounts)
        .set({ stripeCustomerId: id, customerRequest: null })
        .where(eq(accounts.id, accountId));
      return true;
    });
    if (linked) report.customersLinked += 1;
  }
}

/** What every customer subscribes to, has paid for, and has saved, read again to its end. */
async function readAccounts(deps: RecoverDeps, report: Report, { onStep, onDone }: Watch): Promise<void> {
  const isCustomer = isNotNull(accounts.stripeCustomerId);
  onStep("plans and cards of customers", await deps.db.$count(accounts, isCustomer));
  let read = 0;
  for (let after = "00000000-0000-0000-0000-000000000000"; ; ) {
    const page = await deps.db
      .select({ accountId: accounts.id, customerId: accounts.stripeCustomerId })
      .from(accounts)
      .where(and(gt(accounts.id, after), isCustomer))
      .orderBy(asc(accounts.id))
      .limit(PAGE);
    for (const { accountId, customerId } of page) {
      if (customerId && (await readAccount(deps, { accountId, customerId }))) report.accountsRead += 1;
      else report.unread.push(accountId);
      read += 1;
      onDone(read);
    }
    const last = page.at(-1);
    if (!last) return;
    after = last.accountId;
  }
}

/** One account's trouble keeps no other from being read; a database that is away is nobody's. */
async function readAccount(
  deps: RecoverDeps,
  ref: { readonly accountId: string; readonly customerId: string },
): Promise<boolean> {
  try {
    const { facts } = await syncSubscription(deps, ref, { toTheEnd: true });
    if (facts?.customerDeleted) return true;
    const cards = await syncPaymentMethods(deps, ref);
    return facts !== null && cards.ok;
  } catch (error) {
    if (isNobodysTrouble(error)) throw error;
    deps.log.error({ accountId: ref.accountId, err: error }, "an account could not be brought up to date");
    return false;
  }
}

/** Returns when the newest payment was made. */
async function bringBackPayments(
  deps: RecoverDeps,
  since: Date,
  report: Report,
  { onStep, onDone }: Watch,
): Promise<Date | null> {
  onStep("payments");
  let read = 0;
  let newest: Date | null = null;
  for await (const payment of eachRecord(deps.records.listPayments, { from: since, to: null })) {
    newest ??= payment.createdAt;
    read += 1;
    onDone(read);
    const order = namedOrder(payment);
    if (!order) continue;
    const { accountId, orderId } = order;
    const came = await transact(deps.db, (tx) => bringBackOrder(tx, order, payment));
    if (came === "account_lost" || came === "unreadable") {
      const { id: paymentId, amountCents, currency, status } = payment;
      report.lost.push({ paymentId, accountId, orderId, amountCents, currency, status, why: came });
      if (payment.status !== "canceled") await tellOfLost(deps, payment, came);
      continue;
    }
    if (came === "known") continue;
    const settled = await settleOrder(deps, { accountId, orderId }, { paymentIntentId: payment.id });
    if (settled.unknown) report.unread.push(accountId);
    report.orders.push({ accountId, orderId, paymentId: payment.id, status: settled.status });
  }
  return newest;
}

async function tellOfLost(
  { db, log }: RecoverDeps,
  payment: PaymentRecord,
  why: LostPayment["why"],
): Promise<void> {
  await transact(db, async (tx) => {
    const [clock] = await tx.execute<{ now: string }>(sql`select now() as now`);
    await openAttention(tx, {
      accountId: null,
      object: "payment_intent",
      id: payment.id,
      reason: "payment_of_lost_order",
      details: { why, amountCents: payment.amountCents, status: payment.status },
      now: new Date(clock?.now ?? Number.NaN),
      log,
    });
  });
}

/** Payments that were under way when the backup was made have gone on since. */
async function settleOpenOrders(deps: RecoverDeps, report: Report, { onStep, onDone }: Watch): Promise<void> {
  const open = await deps.db
    .select({ accountId: orders.accountId, orderId: orders.id, status: orders.status })
    .from(orders)
    .where(
      and(
        inArray(orders.status, ["processing", "requires_action", "declined"]),
        isNotNull(orders.paymentIntentId),
      ),
    );
  onStep("orders that are still open", open.length);
  for (const [at, { status, ...ref }] of open.entries()) {
    onDone(at);
    const settled = await settleOrder(deps, ref);
    if (settled.unknown) report.unread.push(ref.accountId);
    if (settled.status === "declined") await transact(deps.db, (tx) => skipLostAttempts(tx, ref));
    if (settled.status !== status) report.settledOpen += 1;
  }
}

/** What came back of payments since then, so that nobody keeps credits whose money was returned. */
async function settleReturned(
  deps: RecoverDeps,
  since: Date,
  report: Report,
  { onStep, onDone }: Watch,
): Promise<void> {
  onStep("refunds and disputes");
  const hints = answerOf(await deps.gateway.listRecentReturns({ since }));
  const payments = [...new Set(hints.map((each) => each.paymentIntentId))];
  onStep("payments with refunds or disputes", payments.length);
  for (const [at, paymentIntentId] of payments.entries()) {
    onDone(at);
    try {
      const { unknown } = await settleReturns(deps, { paymentIntentId });
      if (unknown) report.unread.push(paymentIntentId);
    } catch (error) {
      if (isNobodysTrouble(error)) throw error;
      deps.log.error({ paymentIntentId, err: error }, "what came back of a payment could not be settled");
      report.unread.push(paymentIntentId);
    }
  }
}

/** What was paid, declined or changed was told to people when it happened: what recovering told of again is not sent. */
async function dropMails(tx: Parameters<Parameters<typeof transact>[1]>[0], since: Date): Promise<void> {
  await tx
    .update(accountMails)
    .set({ state: "dropped", endedAt: sql`now()`, reason: "told before the database was restored" })
    .where(
      and(
        eq(accountMails.state, "waiting"),
        gt(accountMails.createdAt, since),
        isNotNull(accountMails.userId),
      ),
    );
}
