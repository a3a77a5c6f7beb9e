import { sql } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import type { invoices } from "../../../db/schema";
import { cents, timesCents, credits as toCredits } from "../../money/credits";
import { mailBuyers } from "../../outbox/enqueue";
import type { BillingFacts, InvoiceFact } from "../facts";
import { isLive, type SubscriptionRow } from "../subscription-row";
import type { Before } from "./mirror";

const DAY_MS = 86_400_000;
/** What happened longer ago is history, heard of late or at first contact: nobody is mailed of it now. */
const NEWS_MS = 3 * DAY_MS;

type News = {
  readonly accountId: string;
  readonly facts: BillingFacts;
  readonly before: Before;
  /** The account's subscriptions as they are now. */
  readonly subscribed: readonly SubscriptionRow[];
  readonly now: Date;
};

/**
 * A step: writes the mails of what a read found to have changed of an account's plan, in the transaction that stores it:
 * invoices paid and failed, a plan that ended, what was chosen for the period's end. A change is found once, under the
 * account's lock, however many events tell of it. Call it last: it compares with what was stored.
 */
export async function mailPlanNews(tx: Tx, news: News): Promise<void> {
  const { facts, before, subscribed: rows, now } = news;
  for (const invoice of facts.invoices) {
    const subscription = rows.find(({ id }) => id === invoice.subscriptionId);
    const was = before.invoices.find(({ id }) => id === invoice.id);
    if (!subscription) continue; // Another account's, or no plan's.
    await mailPaid(tx, news, { invoice, was, subscription });
    await mailFailed(tx, news, { invoice, was, subscription });
  }
  for (const was of before.subscriptions) {
    const is = rows.find(({ id }) => id === was.id);
    if (!is) continue;
    await mailEnd(tx, { was, is, rows, now });
    await mailChoice(tx, { was, is, now });
  }
}

type Billed = {
  readonly invoice: InvoiceFact;
  readonly was: typeof invoices.$inferSelect | undefined;
  readonly subscription: SubscriptionRow;
};

const WHAT: Readonly<Record<string, "began" | "renewed" | "changed">> = {
  subscription_create: "began",
  subscription_cycle: "renewed",
  subscription_update: "changed",
};

async function mailPaid(
  tx: Tx,
  { accountId, now }: News,
  { invoice, was, subscription }: Billed,
): Promise<void> {
  const { paidAt } = invoice;
  if (invoice.status !== "paid" || was?.status === "paid" || !paidAt) return;
  if (now.getTime() - paidAt.getTime() > NEWS_MS) return;
  const line = planLineOf(invoice);
  const what = WHAT[invoice.reason ?? ""] ?? "other";
  const reading = line?.price?.reading;
  await mailBuyers(tx, accountId, {
    kind: "plan_paid",
    effect: `plan_paid:${invoice.id}`,
    facts: {
      ...namesOf(invoice, subscription),
      what,
      paidCents: invoice.paidCents,
      paidAt,
      period: line ? line.period : null,
      credits:
        line && reading?.kind === "plan" ? toCredits(reading.creditsPerMonth * BigInt(line.quantity)) : null,
      lostCredits:
        what === "renewed" && line ? await lostAt(tx, accountId, line.period.start) : toCredits(0n),
    },
  });
}

const planLineOf = ({ lines }: InvoiceFact) =>
  lines.find(({ price, isProration }) => !isProration && price?.reading.kind === "plan");

function namesOf(invoice: InvoiceFact, { plan, interval }: SubscriptionRow) {
  const reading = planLineOf(invoice)?.price?.reading;
  const sold = reading?.kind === "plan" ? reading : plan && { plan, interval };
  return {
    invoiceId: invoice.id,
    number: invoice.number,
    currency: invoice.currency,
    plan: sold ? { id: sold.plan, interval: sold.interval } : null,
  };
}

/**
 * Plan credits that ended unused at a boundary, whether or not that was written down yet; those of the Free plan before it too,
 * whose month is counted by milliseconds and ends in the same minute.
 */
async function lostAt(tx: Tx, accountId: string, at: Date) {
  const minute = sql`${at.toISOString()}::timestamptz`;
  const [row] = await tx.execute<{ lost: string }>(sql`
    select coalesce(sum(remaining_credits + expired_credits), 0)::text as lost from current_grants
    where account_id = ${accountId} and kind = 'plan' and expires_at <= now()
      and expires_at between ${minute} - interval '1 minute' and ${minute} + interval '1 minute'`);
  return toCredits(BigInt(row?.lost ?? 0));
}

/** Checkout tells of a first payment by itself, and an upgrade that waits for its payment is a plan payment. */
async function mailFailed(
  tx: Tx,
  { accountId }: News,
  { invoice, was, subscription }: Billed,
): Promise<void> {
  const isAttempted = invoice.attempts > (was?.attempts ?? 0);
  const needsBank = invoice.payment?.status === "requires_action";
  if (invoice.status !== "open" || !isAttempted || invoice.sendsInvoice || invoice.remainingCents <= 0n)
    return;
  if (invoice.reason === "subscription_create" || subscription.hasPendingUpdate) return;
  if (!isLive(subscription)) return;
  await mailBuyers(tx, accountId, {
    kind: "plan_payment_failed",
    effect: `plan_payment_failed:${invoice.id}:${invoice.attempts}`,
    facts: {
      ...namesOf(invoice, subscription),
      remainingCents: invoice.remainingCents,
      attempts: invoice.attempts,
      nextAttemptAt: invoice.nextAttemptAt,
      needsBank,
      failureCode: invoice.payment?.failureCode ?? null,
    },
  });
}

type Change = { readonly was: SubscriptionRow; readonly is: SubscriptionRow; readonly now: Date };

/** The plan that the account had is over, and no other subscription goes on in its place. */
async function mailEnd(
  tx: Tx,
  { was, is, rows, now }: Change & { rows: readonly SubscriptionRow[] },
): Promise<void> {
  if (!was.isPrimary || !isLive(was) || isLive(is) || !is.plan) return;
  if (rows.some((each) => each.isPrimary && isLive(each))) return;
  const endedAt = is.endedAt ?? now;
  if (now.getTime() - endedAt.getTime() > NEWS_MS) return;
  await mailBuyers(tx, is.accountId, {
    kind: "plan_ended",
    effect: `plan_ended:${is.id}`,
    facts: { plan: planOf(is), endedAt, wasUnpaid: was.status === "past_due" || was.status === "unpaid" },
  });
}

const planOf = ({ plan, interval }: Pick<SubscriptionRow, "plan" | "interval">) => ({
  id: plan ?? "",
  interval,
});

type Coming = "ends" | "changes" | "goes on";
const comingOf = ({ cancelAt, nextPlan }: SubscriptionRow): Coming =>
  cancelAt ? "ends" : nextPlan ? "changes" : "goes on";

/**
 * What comes at the period's end became another. While a choice is being requested of Stripe nothing is told, as what is there
 * meanwhile is a half of it; confirmed, it is. The plan's end and a change that has come are no undoing of either.
 */
async function mailChoice(tx: Tx, { was, is, now }: Change): Promise<void> {
  if (!is.isPrimary || !isLive(is) || !is.plan || is.pendingChange) return;
  const [before, after] = [comingOf(was), comingOf(is)];
  const isSame = before === after && was.nextPlan === is.nextPlan && was.nextInterval === is.nextInterval;
  const wasChosen = was.pendingChange !== null;
  if (isSame && !wasChosen) return;
  const { accountId, id } = is;
  const since = (was.pendingSince ?? now).toISOString();
  if (after === "ends" && is.cancelAt)
    return mailBuyers(tx, accountId, {
      kind: "plan_cancel_planned",
      effect: `plan_cancel_planned:${id}:${since}`,
      facts: { plan: planOf(is), endsAt: is.cancelAt, byOperator: !is.canceledByCustomer },
    });
  if (after === "changes" && is.nextPlan && is.periodEnd)
    return mailBuyers(tx, accountId, {
      kind: "plan_change_planned",
      effect: `plan_change_planned:${id}:${since}`,
      facts: { plan: planOf(is), ...nextOf(is), startsAt: is.periodEnd },
    });
  const hasCome = was.plan !== is.plan || was.interval !== is.interval || startsLater(was, is);
  if (hasCome || (wasChosen && was.pendingChange !== "keep")) return;
  return mailBuyers(tx, accountId, {
    kind: "plan_kept",
    effect: `plan_kept:${id}:${since}`,
    facts: { plan: planOf(is), renewsAt: is.periodEnd },
  });
}

const startsLater = (was: SubscriptionRow, is: SubscriptionRow): boolean =>
  was.periodStart !== null && is.periodStart !== null && was.periodStart < is.periodStart;

function nextOf({ nextPlan, nextInterval, nextPriceCents, nextCreditsPerCycle, schedule }: SubscriptionRow) {
  // Another product's items may come with it.
  const pieces = schedule?.next[0]?.items.find(({ price }) => price.plan !== null)?.quantity ?? 1;
  return {
    next: { id: nextPlan ?? "", interval: nextInterval },
    priceCents: timesCents(nextPriceCents ?? cents(0n), pieces),
    credits: toCredits((nextCreditsPerCycle ?? 0n) * BigInt(pieces)),
  };
}
