import { and, eq, gte, sql } from "drizzle-orm";
import type { Reader, Tx } from "../../../db/client";
import { accounts, planPayments, subscriptions } from "../../../db/schema";
import { transact } from "../../../db/transact";
import type { BillingPeriod } from "../../calendar";
import { getPlan, type Plan } from "../../catalog/plans";
import { compareOffers, type PlanInterval } from "../../catalog/prices";
import { newId, toPublicId } from "../../ids";
import { getBalance } from "../../ledger/queries";
import { type Cents, type Credits, cents, sumCredits } from "../../money/credits";
import { err, ok, type Result } from "../../result";
import { lockAccount, readAccount } from "../account";
import { choosePayingCard, type PayingCardError } from "../cards/choose";
import { isAdopting } from "../cards/default";
import { isRemoving } from "../cards/remove";
import type { BillingDeps } from "../deps";
import type { BeforeUpgrade, PricedPlan, UpgradePreview, UpgradeRequest } from "../plan-gateway";
import { checkPurchasesOpen, type PurchasesPaused } from "../purchases-switch";
import { isLive, isSold, type SoldRow } from "../subscription-row";
import { findOffer, type Offer, type OfferError } from "./offers";
import { findOpenPayment, isCleanupRunning, type PlanPaymentRow } from "./payment-rows";
import { isOperatorsPlan } from "./planned";
import { askForPayment, type PlanPaymentOutcome, returnUrlOf, settlePayment } from "./settle-payment";
import { checkChangeable, type NotChangeable } from "./standing";
import { readStanding } from "./standing-rows";
import {
  isRunningPeriodPaid,
  readTerms,
  readUnpaid,
  type UpgradeTerms,
  upgradeRequest,
} from "./upgrade-terms";

export type UpgradeError =
  | OfferError
  | PurchasesPaused
  | PayingCardError
  | NotChangeable
  | { readonly code: "no_subscription" }
  | { readonly code: "not_an_upgrade" }
  | { readonly code: "past_due" }
  /** Something else was chosen for the end of the cycle: undone first, so that a declined upgrade loses nothing. */
  | { readonly code: "change_scheduled" }
  /** An operator planned something for this subscription. */
  | { readonly code: "change_planned" }
  /** Its invoices are sent: Stripe lets no update of such a subscription wait for its payment, so an operator has to do it. */
  | { readonly code: "paid_by_invoice" }
  | { readonly code: "payment_in_progress" }
  /** The invoice of the running period is open: it is paid first. */
  | { readonly code: "invoice_open" }
  /** The invoice of the running year is a draft, which Stripe charges or sends by itself within about an hour. */
  | { readonly code: "invoice_draft" }
  /** Not what was shown any more: shown again, it can be confirmed. */
  | { readonly code: "price_changed" };

export type UpgradeOffer = UpgradeTerms & {
  readonly from: Plan;
  readonly to: Plan;
  readonly interval: PlanInterval;
  /** What is charged now. */
  readonly dueCents: Cents;
  /** The running period's invoice, which is a draft yet: it is charged as well, whether or not this is confirmed. */
  readonly alsoDueCents: Cents;
  /** What is paid for now: a month or a year. */
  readonly period: BillingPeriod;
  /** Plan credits that are left: they keep their own end. */
  readonly keeps: { readonly credits: Credits; readonly until: Date } | null;
  /** Add-on credits that are left, and the end they get: the later of their own and the new cycle's. */
  readonly addOns: { readonly credits: Credits; readonly until: Date } | null;
};

export type ChosenOffer = { readonly accountId: string; readonly plan: string; readonly interval: string };

/** What an upgrade would charge, give and keep, asked of Stripe. Changes nothing. */
export async function previewUpgrade(
  deps: BillingDeps,
  chosen: ChosenOffer,
): Promise<Result<UpgradeOffer, UpgradeError>> {
  const found = await findOffer(deps, chosen.plan, chosen.interval);
  if (!found.ok) return found;
  const { offer, price } = found.value;
  const may = await findUpgradable(deps.db, chosen.accountId, offer);
  if (!may.ok) return may;
  const { subscription } = may.value;
  const shown = await askTerms(deps, may.value, price);
  if (!shown.ok) return shown;
  const { preview, terms, alsoDueCents } = shown.value;
  const { dueCents, period } = preview;
  return ok({
    from: getPlan(subscription.plan),
    to: offer.plan,
    interval: offer.interval,
    dueCents,
    alsoDueCents,
    period,
    ...terms,
    ...(await findWhatStays(deps.db, chosen.accountId, period)),
  });
}

type Terms = {
  readonly request: UpgradeRequest;
  readonly preview: UpgradePreview;
  readonly terms: UpgradeTerms;
  readonly alsoDueCents: Cents;
};

/** What an upgrade costs and gives now, by Stripe and by what is known here. */
async function askTerms(
  deps: BillingDeps,
  { subscription, customerId }: Upgradable,
  price: PricedPlan,
): Promise<Result<Terms, UpgradeError>> {
  const known = await readAccount(deps.db, subscription.accountId);
  const isPaidFor = await isRunningPeriodPaid(deps.db, subscription);
  const request = upgradeRequest(subscription, { customerId, price, now: known.now, isPaidFor });
  const asked = await deps.plans.previewUpgrade(request);
  if (asked.kind !== "answered") return err({ code: "provider_unavailable" });
  const terms = await readTerms(deps.db, known, asked.value);
  const { draftCents: alsoDueCents } = await readUnpaid(deps.db, subscription);
  return ok({ request, preview: asked.value, terms, alsoDueCents });
}

type Upgradable = {
  readonly subscription: SoldRow;
  readonly customerId: string;
  /** The database's clock when this was read. */
  readonly now: Date;
};

async function findUpgradable(
  db: Reader,
  accountId: string,
  offer: Offer,
): Promise<Result<Upgradable, UpgradeError>> {
  const [row] = await db
    .select({
      subscription: subscriptions,
      customerId: accounts.stripeCustomerId,
      now: sql<string>`now()`,
    })
    .from(subscriptions)
    .innerJoin(accounts, eq(accounts.id, subscriptions.accountId))
    .where(and(eq(subscriptions.accountId, accountId), eq(subscriptions.isPrimary, true)));
  if (!row?.customerId || !isLive(row.subscription)) return err({ code: "no_subscription" });
  const { subscription, customerId } = row;
  const changeable = checkChangeable(await readStanding(db, accountId));
  if (!changeable.ok) return changeable;
  if (!isSold(subscription)) return err({ code: "no_subscription" });
  if (subscription.status !== "active") return err({ code: "past_due" });
  if (isOperatorsPlan(subscription)) return err({ code: "change_planned" });
  if (subscription.sendsInvoice) return err({ code: "paid_by_invoice" });
  if (subscription.cancelAt || subscription.nextPlan || subscription.pendingChange)
    return err({ code: "change_scheduled" });
  const isUp = compareOffers({ plan: offer.plan.id, interval: offer.interval }, subscription) > 0;
  if (!isUp) return err({ code: "not_an_upgrade" });
  // With a bank that takes its time, say: paid first, so that nobody pays for one period twice unawares.
  const { isOpen, isYearsDraft } = await readUnpaid(db, subscription);
  if (isOpen) return err({ code: "invoice_open" });
  if (isYearsDraft) return err({ code: "invoice_draft" });
  return ok({ subscription, customerId, now: new Date(row.now) });
}

async function findWhatStays(
  db: Reader,
  accountId: string,
  period: BillingPeriod,
): Promise<Pick<UpgradeOffer, "keeps" | "addOns">> {
  const { grants } = await getBalance(db, accountId);
  const left = grants.filter((each) => each.remaining > 0n && !each.frozen);
  const [plan, addOn] = [
    left.filter((each) => each.kind === "plan"),
    left.filter((each) => each.kind !== "plan"),
  ];
  const ends = (some: typeof left) => some.map((each) => each.expiresAt.getTime());
  const sum = (some: typeof left) => sumCredits(some.map((each) => each.remaining));
  return {
    keeps: plan.length > 0 ? { credits: sum(plan), until: new Date(Math.max(...ends(plan))) } : null,
    addOns:
      addOn.length > 0
        ? { credits: sum(addOn), until: new Date(Math.max(period.end.getTime(), ...ends(addOn))) }
        : null,
  };
}

export type ConfirmUpgrade = ChosenOffer & {
  readonly userId: string;
  /** Rendered into the form: submitting it twice is one upgrade. A uuid. */
  readonly requestId: string;
  /** The cents that the preview showed. */
  readonly shownCents: bigint;
  /** What it said beside that; where it is not given, it is not compared. */
  readonly shownCredits?: bigint;
  readonly shownAlsoDueCents?: bigint;
  /** One of the account's saved cards; null for the default one. */
  readonly paymentMethodId: string | null;
};

/**
 * Upgrades now: the full new price is charged to a saved card, a new cycle begins with the full new allowance, and
 * nothing of the old one is taken. The payment with its key is stored, then Stripe is asked, then the outcome is settled
 * in one transaction. Declined or abandoned, everything stays as it was. Called again it answers with what became of it.
 */
export async function confirmUpgrade(
  deps: BillingDeps,
  request: ConfirmUpgrade,
): Promise<Result<PlanPaymentOutcome, UpgradeError>> {
  const { accountId } = request;
  const found = await findOffer(deps, request.plan, request.interval);
  if (!found.ok) return found;
  const { offer, price } = found.value;
  const shown = await checkShown(deps, request, offer, price);
  if (!shown.ok) return shown;
  const begun = await transact(deps.db, (tx) =>
    beginUpgrade(tx, deps.appUrl, { request, offer, price, seen: shown.value }),
  );
  if (!begun.ok) return begun;
  const { payment, isNew, before } = begun.value;
  const asked = isNew ? await askForPayment(deps, payment, before) : null;
  const settled = await settlePayment(deps, { accountId, paymentId: payment.id }, asked);
  return ok({ ...settled, paymentId: toPublicId("planPayment", payment.id) });
}

/** What an upgrade finds at Stripe, and the database's time before that was asked. */
type Seen = Terms & { readonly before: BeforeUpgrade; readonly since: Date };

/**
 * What Stripe would charge has to be what the customer saw, and what it gives, unless this very upgrade was begun before (null). What the
 * upgrade finds is asked at the same time, so that nobody waits for one after the other.
 */
async function checkShown(
  deps: BillingDeps,
  request: ConfirmUpgrade,
  offer: Offer,
  price: PricedPlan,
): Promise<Result<Seen | null, UpgradeError>> {
  if (await findByRequest(deps.db, request)) return ok(null);
  const may = await findUpgradable(deps.db, request.accountId, offer);
  if (!may.ok) return may;
  const { subscription, now: since } = may.value;
  const [asked, before] = await Promise.all([
    askTerms(deps, may.value, price),
    deps.plans.findBeforeUpgrade(subscription.id),
  ]);
  if (!asked.ok) return asked;
  if (before.kind !== "answered") return err({ code: "provider_unavailable" });
  const { preview, terms, alsoDueCents } = asked.value;
  const { shownCents, shownCredits = terms.credits, shownAlsoDueCents = alsoDueCents } = request;
  const isSame =
    preview.dueCents === shownCents && terms.credits === shownCredits && alsoDueCents === shownAlsoDueCents;
  return isSame ? ok({ ...asked.value, before: before.value, since }) : err({ code: "price_changed" });
}

async function findByRequest(
  db: Reader,
  { accountId, requestId }: Pick<ConfirmUpgrade, "accountId" | "requestId">,
): Promise<PlanPaymentRow | null> {
  const [known] = await db
    .select()
    .from(planPayments)
    .where(and(eq(planPayments.accountId, accountId), eq(planPayments.requestKey, `upgrade:${requestId}`)));
  return known ?? null;
}

type Checked = {
  readonly request: ConfirmUpgrade;
  readonly offer: Offer;
  readonly price: PricedPlan;
  readonly seen: Seen | null;
};

type Begun = {
  readonly payment: PlanPaymentRow;
  readonly isNew: boolean;
  /** Null where it may not be so any more: it is asked again. */
  readonly before: BeforeUpgrade | null;
};

async function beginUpgrade(
  tx: Tx,
  appUrl: string,
  { request, offer, price, seen }: Checked,
): Promise<Result<Begun, UpgradeError>> {
  const { accountId } = request;
  const { account, now } = await lockAccount(tx, accountId);
  const known = await findByRequest(tx, request);
  if (known) return ok({ payment: known, isNew: false, before: null });
  const switchedOn = await checkPurchasesOpen(tx);
  if (!switchedOn.ok) return switchedOn;
  const may = await findUpgradable(tx, accountId, offer);
  if (!may.ok) return may;
  if (await findOpenPayment(tx, accountId)) return err({ code: "payment_in_progress" });
  // The card of the subscription is being set back, or to another default: this upgrade would be charged to that.
  if (await isCleanupRunning(tx, accountId, now)) return err({ code: "payment_in_progress" });
  if (isAdopting(account, now) || (await isRemoving(tx, accountId, now)))
    return err({ code: "payment_in_progress" });
  const card = await choosePayingCard(tx, account, request.paymentMethodId);
  if (!card.ok) return card;
  const { subscription } = may.value;
  // Something else took its place between the look and this: then it is asked and shown again.
  if (seen?.request.itemId !== subscription.itemId) return err({ code: "price_changed" });
  // So, too, where the year was paid or its invoice voided since: only what was paid for is credited.
  const isCredited = subscription.interval === "year" && (await isRunningPeriodPaid(tx, subscription));
  if (isCredited !== Boolean(seen.request.prorationAt)) return err({ code: "price_changed" });
  const before = await stillSo(tx, subscription, seen);
  const id = newId();
  const [payment] = await tx
    .insert(planPayments)
    .values({
      accountId,
      id,
      requestKey: `upgrade:${request.requestId}`,
      kind: "upgrade",
      status: "processing",
      fromPlan: subscription.plan,
      toPlan: offer.plan.id,
      interval: offer.interval,
      amountCents: cents(request.shownCents),
      credits: seen.terms.credits,
      prorationAt: seen.request.prorationAt,
      subscriptionId: subscription.id,
      itemId: subscription.itemId,
      priceId: price.priceId,
      idempotencyKey: `upgrade:${id}`,
      paymentMethodId: card.value.id,
      cardBrand: card.value.brand,
      cardLast4: card.value.last4,
      returnUrl: returnUrlOf(appUrl, id),
      placedBy: request.userId,
      createdAt: now,
      updatedAt: now,
    })
    .returning();
  if (!payment) throw new Error("a new payment is stored");
  return ok({ payment, isNew: true, before });
}

/** What was seen before this upgrade was stored, unless another payment may have set the subscription's card since. */
async function stillSo(tx: Tx, subscription: SoldRow, seen: Seen | null): Promise<BeforeUpgrade | null> {
  if (!seen || seen.before.paymentMethodId !== subscription.paymentMethodId) return null;
  const { accountId } = subscription;
  const moved = await tx
    .select({ id: planPayments.id })
    .from(planPayments)
    .where(and(eq(planPayments.accountId, accountId), gte(planPayments.updatedAt, seen.since)))
    .limit(1);
  return moved.length > 0 ? null : seen.before;
}
