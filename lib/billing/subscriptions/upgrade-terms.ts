import { and, eq, gt, gte, inArray } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { invoiceLines, invoices } from "../../../db/schema";
import { type Cents, type Credits, cents, NO_CREDITS, sumCredits } from "../../money/credits";
import type { AccountRow } from "../account";
import { readFacts } from "../allowances/apply/read-facts";
import { toInvoice, toLine } from "../allowances/apply/stored-facts";
import { isPaid } from "../allowances/line-worth";
import { payFor } from "../allowances/paid-lines";
import type { InvoiceFact } from "../facts";
import type { PricedPlan, UpgradePreview, UpgradeRequest } from "../plan-gateway";
import type { SoldRow } from "../subscription-row";
import { toLineRow } from "./mirror-rows";
import { isNoUpgrades } from "./open-invoice";

const HOUR_MS = 60 * 60_000;

type Asking = {
  readonly customerId: string;
  readonly price: PricedPlan;
  readonly now: Date;
  /** The running period was paid. */
  readonly isPaidFor: boolean;
};

/**
 * How an upgrade is asked for. A year's unused time is credited, counted from the hour that runs: so the same is charged as
 * was shown, though somebody reads the page for a while, and nobody can name an instant of their own. Only a year that was paid:
 * Stripe credits unused time whether or not its invoice was paid (https://docs.stripe.com/billing/subscriptions/prorations).
 */
export function upgradeRequest(
  subscription: SoldRow,
  { customerId, price, now, isPaidFor }: Asking,
): UpgradeRequest {
  const hour = now.getTime() - (now.getTime() % HOUR_MS);
  // Stripe takes no instant outside of the running period.
  const from = new Date(Math.max(hour, subscription.periodStart.getTime()));
  return {
    customerId,
    subscriptionId: subscription.id,
    itemId: subscription.itemId,
    priceId: price.priceId,
    prorationAt: subscription.interval === "year" && isPaidFor ? from : null,
  };
}

export type UpgradeTerms = {
  /** How many pieces of the plan: the quantity that the subscription has. */
  readonly quantity: number;
  /** For the new period, before what is credited. */
  readonly priceCents: Cents;
  /** For time that was paid for and is not used. */
  readonly creditedCents: Cents;
  /** What is given once it is paid, by the same decision that gives it; and until when. */
  readonly credits: Credits;
  readonly creditsUntil: Date;
  /** Every month, of all pieces. */
  readonly creditsPerMonth: Credits;
};

/** What the invoice of a preview comes to, and what it gives once it is paid: asked of the decision that will give it. */
export async function readTerms(
  db: Reader,
  { account, now }: { readonly account: AccountRow; readonly now: Date },
  { invoice, period }: UpgradePreview,
): Promise<UpgradeTerms> {
  const [line] = invoice.lines.filter(
    (each) => !each.isProration && each.price?.reading.kind === "plan" && each.amountCents >= 0n,
  );
  if (line?.price?.reading.kind !== "plan") throw new Error("a preview has a line of the plan");
  const [read] = await readFacts(db, [{ account, now }]);
  if (!read) throw new Error("an account has facts");
  const { facts } = read;
  const shown = {
    ...facts,
    subscriptions: facts.subscriptions.map((each) =>
      each.id === invoice.subscriptionId ? { ...each, anchor: period.start } : each,
    ),
    invoices: [...facts.invoices, asPaid(account.id, invoice, now)],
  };
  const { open } = payFor(shown, { start: now, end: period.end }, now);
  const its = open.filter(({ invoiceId }) => invoiceId === invoice.id);
  const [cycle = null] = its.filter(({ isCycle }) => isCycle);
  const sum = (lines: typeof invoice.lines) => lines.reduce((total, each) => total + each.amountCents, 0n);
  return {
    quantity: line.quantity,
    priceCents: cents(line.amountCents),
    // An amount that an operator took off is none for unused time.
    creditedCents: cents(-sum(invoice.lines.filter((each) => each.amountCents < 0n && each.isProration))),
    credits: sumCredits(its.map((each) => each.credits)),
    creditsUntil: cycle?.expiresAt ?? period.end,
    creditsPerMonth: (line.price.reading.creditsPerMonth * BigInt(line.quantity)) as Credits,
  };
}

function asPaid(accountId: string, { lines, ...invoice }: InvoiceFact, now: Date) {
  return {
    ...invoice,
    status: "paid" as const,
    remainingCents: cents(0n),
    paidCents: invoice.dueCents,
    createdAt: now,
    paidAt: now,
    paidSeenAt: now,
    returns: null,
    revoked: NO_CREDITS,
    lines: lines
      .filter(({ price }) => price && price.reading.kind !== "other")
      .map((each) => toLine({ accountId, ...toLineRow(each) })),
  };
}

/** Whether what bills a subscription's running period to its end was paid, and not void or brought to nothing. */
export async function isRunningPeriodPaid(
  db: Reader,
  { accountId, id, periodEnd }: SoldRow,
): Promise<boolean> {
  const billing = await db
    .select({ invoice: invoices })
    .from(invoiceLines)
    .innerJoin(
      invoices,
      and(eq(invoices.accountId, invoiceLines.accountId), eq(invoices.id, invoiceLines.invoiceId)),
    )
    .where(
      and(
        eq(invoiceLines.accountId, accountId),
        eq(invoiceLines.subscriptionId, id),
        eq(invoiceLines.periodEnd, periodEnd),
        gte(invoiceLines.amountCents, cents(0n)),
      ),
    );
  return billing.some(({ invoice }) => isPaid(toInvoice(invoice, [])));
}

/**
 * What is still to be paid of a subscription's running period beside an upgrade: an upgrade does not take it back. A year is
 * always paid first, as an upgrade of it credits unused time.
 */
export async function readUnpaid(
  db: Reader,
  { accountId, id, interval, periodStart }: SoldRow,
): Promise<{
  /** Charged by itself within the hour. */ readonly draftCents: Cents;
  readonly isOpen: boolean;
  /** A year's: it is paid first, which nobody can before it is final. */
  readonly isYearsDraft: boolean;
}> {
  const rows = await db
    .select({ status: invoices.status, dueCents: invoices.dueCents, periodStart: invoices.periodStart })
    .from(invoices)
    .where(
      and(
        eq(invoices.accountId, accountId),
        eq(invoices.subscriptionId, id),
        inArray(
          invoices.status,
          interval === "year" ? ["draft", "open", "uncollectible"] : ["draft", "open"],
        ),
        gt(invoices.dueCents, cents(0n)),
        isNoUpgrades(db),
      ),
    );
  const running = rows.filter((each) => each.periodStart && each.periodStart >= periodStart);
  const drafts = running.filter(({ status }) => status === "draft");
  return {
    draftCents: cents(drafts.reduce((sum, each) => sum + each.dueCents, 0n)),
    isOpen: running.length > drafts.length,
    isYearsDraft: interval === "year" && drafts.length > 0,
  };
}
