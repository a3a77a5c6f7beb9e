import type Stripe from "stripe";
import type { CheckoutFacts, PlanGateway } from "../billing/plan-gateway";
import { actOrFind, ask, freshKey } from "./ask";
import { claimCancellation } from "./cancellations";
import { CARDS_ONLY_CHECKOUT } from "./cards-only";
import { findBeforeUpgrade, payInvoice, previewUpgrade, upgrade, voidInvoice } from "./plan-payments";
import { createPriceBook } from "./plan-prices";
import { findInvoice } from "./plan-reading";
import { findPortal } from "./portal";
import { readBilling } from "./read-billing";
import { rememberFor } from "./remember";
import { claimSchedule, scheduleChange, setCancelAtPeriodEnd } from "./schedules";
import { removeCard, setSubscriptionCard } from "./subscription-cards";
import { idOf } from "./translate";

const MINUTE_MS = 60_000;

/** What the product asks about plans, asked of Stripe. Whatever charges carries the caller's stored key. */
export function createStripePlanGateway(stripe: Stripe): PlanGateway {
  const prices = createPriceBook(stripe);
  const reader = { stripe, prices };
  const portal = rememberFor(MINUTE_MS, () => findPortal(stripe));
  return {
    listPlanPrices: () => ask(() => prices.listOnSale()),
    startCheckout: (request) => ask(() => startCheckout(stripe, request)),
    findCheckout: (id) => ask(async () => toCheckout(await stripe.checkout.sessions.retrieve(id))),
    expireCheckout: (id) => ask(() => expireCheckout(stripe, id)),
    readBilling: (customerId, known) => ask(() => readBilling(reader, customerId, known)),
    previewUpgrade: (request) => ask(() => previewUpgrade(reader, request)),
    findBeforeUpgrade: (id) => ask(() => findBeforeUpgrade(stripe, id)),
    upgrade: (request) => upgrade(reader, request),
    payInvoice: (request) => payInvoice(reader, request),
    findInvoice: (id) => ask(() => findInvoice(reader, id)),
    findInvoiceDocuments: (id) =>
      ask(async () => {
        const { hosted_invoice_url, invoice_pdf } = await stripe.invoices.retrieve(id);
        return { pageUrl: hosted_invoice_url ?? null, pdfUrl: invoice_pdf ?? null };
      }),
    voidInvoice: (id) => ask(() => voidInvoice(reader, id)),
    scheduleChange: (request) => scheduleChange(reader, request),
    setCancelAtPeriodEnd: (id, cancel) => setCancelAtPeriodEnd(stripe, id, cancel),
    claimSchedule: (request) => ask(() => claimSchedule(stripe, request)),
    claimCancellation: (id) => ask(() => claimCancellation(stripe, id)),
    setSubscriptionCard: (id, card) => ask(() => setSubscriptionCard(stripe, id, card)),
    removeCard: (id) => ask(() => removeCard(stripe, id)),
    openPortal: ({ customerId, returnUrl }) =>
      ask(async () => {
        const configuration = await portal();
        const { url } = await stripe.billingPortal.sessions.create({
          customer: customerId,
          return_url: returnUrl,
          ...(configuration ? { configuration: configuration.id } : {}),
        });
        return { url };
      }),
  };
}

async function startCheckout(
  stripe: Stripe,
  request: Parameters<PlanGateway["startCheckout"]>[0],
): Promise<CheckoutFacts> {
  const metadata = { account_id: request.accountId };
  const session = await stripe.checkout.sessions.create(
    {
      mode: "subscription",
      ...CARDS_ONLY_CHECKOUT,
      // Left out, the account's setting decides, and a customer may be charged in a currency that is not the price's.
      adaptive_pricing: { enabled: false },
      customer: request.customerId,
      client_reference_id: request.accountId,
      line_items: [{ price: request.priceId, quantity: 1 }],
      metadata,
      subscription_data: { metadata },
      success_url: request.successUrl,
      cancel_url: request.cancelUrl,
      expires_at: Math.floor(request.expiresAt.getTime() / 1000),
    },
    { idempotencyKey: request.key },
  );
  return toCheckout(session);
}

async function expireCheckout(stripe: Stripe, id: string): Promise<CheckoutFacts> {
  const session = await actOrFind(
    () => stripe.checkout.sessions.expire(id, {}, freshKey()),
    () => stripe.checkout.sessions.retrieve(id),
    ({ status }) => status === "complete" || status === "expired",
  );
  return toCheckout(session);
}

const CHECKOUT_ENDS = ["complete", "expired"] as const;

function toCheckout(session: Stripe.Checkout.Session): CheckoutFacts {
  return {
    id: session.id,
    status: CHECKOUT_ENDS.find((each) => each === session.status) ?? "open",
    customerId: idOf(session.customer),
    subscriptionId: idOf(session.subscription),
    url: session.url,
  };
}
