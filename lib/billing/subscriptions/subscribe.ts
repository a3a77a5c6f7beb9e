import { and, eq, isNotNull } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { checkouts, invoices, subscriptions } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { newId } from "../../ids";
import { err, ok, type Result } from "../../result";
import { lockAccount } from "../account";
import { ensureCustomer } from "../cards/customer";
import type { BillingDeps } from "../deps";
import { refusedIsUnknown } from "../gateway";
import { checkPurchasesOpen, type PurchasesPaused } from "../purchases-switch";
import { isLive } from "../subscription-row";
import { type CheckoutRow, findOpenCheckout, openAtStripe, settleCheckout } from "./checkouts";
import { findOffer, isOffer, type OfferError } from "./offers";
import { syncSubscription } from "./sync";

export type StartSubscribe = {
  readonly accountId: string;
  readonly userId: string;
  readonly plan: string;
  readonly interval: string;
  /** Comes back with `session_id` added. */
  readonly returnPath: string;
  readonly cancelPath: string;
};

export type SubscribeError = OfferError | PurchasesPaused | { readonly code: "already_subscribed" };

/** Stripe's least is 30 minutes; longer than this nobody looks for their card. */
const CHECKOUT_MS = 60 * 60_000;
/** A session with less than this to live is not worth returning to. */
const WORTHWHILE_MS = 5 * 60_000;
const MAX_TRIES = 3;

/**
 * Where a customer pays for a plan: Stripe's hosted Checkout. An account has at most one live subscription and one open
 * visit to Checkout; another choice ends the earlier visit at Stripe first, so that two tabs cannot both be paid.
 */
export async function startSubscribe(
  deps: BillingDeps,
  request: StartSubscribe,
): Promise<Result<{ url: string }, SubscribeError>> {
  if (!isOffer(request.plan, request.interval)) return err({ code: "unknown_plan" });
  const [found, customerId] = await Promise.all([
    findOffer(deps, request.plan, request.interval),
    ensureCustomer(deps, request.accountId),
  ]);
  if (!found.ok) return found;
  // Events may be lost: whoever subscribed elsewhere is found out before they pay a second time.
  const synced = customerId ? await syncSubscription(deps, request) : null;
  if (!customerId || !synced?.facts) return err({ code: "provider_unavailable" });
  const cleared = await clearUnfinished(deps, request);
  if (!cleared.ok) return cleared;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const begun = await transact(deps.db, (tx) =>
      begin(tx, deps.appUrl, { request, priceId: found.value.price.priceId, customerId }),
    );
    if (!begun.ok) return begun;
    const { checkout, isOther } = begun.value;
    if (isOther) {
      const ended = await endOther(deps, checkout);
      if (!ended.ok) return ended;
      continue;
    }
    const opened = await openAtStripe(deps, checkout);
    if (opened.ok) return opened;
    if (opened.error.code !== "refused") return err({ code: "provider_unavailable" });
  }
  return err({ code: "provider_unavailable" });
}

/**
 * One that was begun and never paid could still be, beside the one that is chosen now: its first invoice is voided, and with
 * it Stripe lets it expire. Should somebody have paid it meanwhile, Stripe refuses that, and it is the account's plan.
 */
async function clearUnfinished(
  deps: BillingDeps,
  { accountId }: Pick<StartSubscribe, "accountId">,
): Promise<Result<undefined, SubscribeError>> {
  const open = await deps.db
    .select({ id: invoices.id })
    .from(invoices)
    .innerJoin(
      subscriptions,
      and(eq(subscriptions.accountId, invoices.accountId), eq(subscriptions.id, invoices.subscriptionId)),
    )
    .where(
      and(
        eq(invoices.accountId, accountId),
        eq(invoices.status, "open"),
        eq(subscriptions.status, "incomplete"),
        isNotNull(subscriptions.plan),
      ),
    );
  if (open.length === 0) return ok();
  for (const { id } of open) {
    const voided = refusedIsUnknown(await deps.plans.voidInvoice(id));
    if (voided.kind !== "answered") return err({ code: "provider_unavailable" });
  }
  const { facts } = await syncSubscription(deps, { accountId });
  return facts ? ok() : err({ code: "provider_unavailable" });
}

type Checked = { readonly request: StartSubscribe; readonly priceId: string; readonly customerId: string };
type Begun = {
  readonly checkout: CheckoutRow /** It has to end before this one can begin. */;
  readonly isOther: boolean;
};

async function begin(tx: Tx, appUrl: string, checked: Checked): Promise<Result<Begun, SubscribeError>> {
  const { request, priceId, customerId } = checked;
  const { accountId } = request;
  const { now } = await lockAccount(tx, accountId);
  const subscribed = await tx
    .select({ status: subscriptions.status })
    .from(subscriptions)
    .where(and(eq(subscriptions.accountId, accountId), eq(subscriptions.isPrimary, true)));
  if (subscribed.some(isLive)) return err({ code: "already_subscribed" });
  const switchedOn = await checkPurchasesOpen(tx);
  if (!switchedOn.ok) return switchedOn;
  const open = await findOpenCheckout(tx, accountId);
  if (open) {
    const same = open.priceId === priceId && open.customerId === customerId;
    const lasts = open.expiresAt.getTime() - now.getTime() > WORTHWHILE_MS;
    return ok({ checkout: open, isOther: !(same && lasts) });
  }
  const id = newId();
  const [checkout] = await tx
    .insert(checkouts)
    .values({
      accountId,
      id,
      plan: request.plan as CheckoutRow["plan"],
      interval: request.interval as CheckoutRow["interval"],
      priceId,
      customerId,
      successUrl: withSession(new URL(request.returnPath, appUrl)),
      cancelUrl: new URL(request.cancelPath, appUrl).href,
      idempotencyKey: `checkout:${id}`,
      status: "started",
      placedBy: request.userId,
      createdAt: now,
      expiresAt: new Date(now.getTime() + CHECKOUT_MS),
      nextReadAt: new Date(now.getTime() + WORTHWHILE_MS),
    })
    .returning();
  if (!checkout) throw new Error("a new checkout is stored");
  return ok({ checkout, isOther: false });
}

const withSession = (url: URL): string =>
  `${url.href}${url.search ? "&" : "?"}session_id={CHECKOUT_SESSION_ID}`;

async function endOther(deps: BillingDeps, other: CheckoutRow): Promise<Result<undefined, SubscribeError>> {
  const ended = await settleCheckout(deps, other, { expire: true });
  if (ended === "complete") return err({ code: "already_subscribed" });
  return ended === "ended" ? ok() : err({ code: "provider_unavailable" });
}

/**
 * Back from Checkout: asks Stripe what became of the session and converges. Safe for any session id, however often.
 */
export async function finishSubscribe(
  deps: BillingDeps,
  { accountId, sessionId }: { readonly accountId: string; readonly sessionId: string },
): Promise<
  Result<
    { status: "subscribed" | "not_finished" },
    { readonly code: "provider_unavailable" } | { readonly code: "unknown_session" }
  >
> {
  const [checkout] = await deps.db
    .select()
    .from(checkouts)
    .where(and(eq(checkouts.accountId, accountId), eq(checkouts.sessionId, sessionId)));
  if (!checkout) return err({ code: "unknown_session" });
  if (checkout.status === "complete") return ok({ status: "subscribed" });
  switch (await settleCheckout(deps, checkout)) {
    case "complete":
      return ok({ status: "subscribed" });
    case "unknown":
      return err({ code: "provider_unavailable" });
    default:
      return ok({ status: "not_finished" });
  }
}
