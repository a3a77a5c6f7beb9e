"use server";

import { randomUUID } from "node:crypto";
import { refresh, revalidatePath } from "next/cache";
import { redirect } from "next/navigation";
import { z } from "zod";
import { customerAction, failed, hiddenField } from "@/lib/action";
import { startCardSetup } from "@/lib/billing/cards/setup";
import { cancelPlan, keepPlan, scheduleDowngrade } from "@/lib/billing/subscriptions/change";
import { payOpenInvoice } from "@/lib/billing/subscriptions/pay-invoice";
import type { PlanPaymentOutcome } from "@/lib/billing/subscriptions/settle-payment";
import { startSubscribe } from "@/lib/billing/subscriptions/subscribe";
import { confirmUpgrade } from "@/lib/billing/subscriptions/upgrade";
import { cardField } from "../card-field";
import { PLANS, planPaymentPath } from "../paths";
import { toProviderPage } from "../provider-page";
import { BUYERS } from "../roles";
import { CARD_SETUP_UNAVAILABLE } from "../sentences";
import { CHECKOUT_RETURN, cardPayReturnPath } from "./return-paths";
import { changeSentence, payInvoiceSentence, subscribeSentence, upgradeSentence } from "./sentences";

const planField = hiddenField(40);
const intervalField = hiddenField(10);
const requestField = hiddenField(36).pipe(z.uuid());
const centsField = hiddenField(18).regex(/^\d+$/).transform(BigInt);

export const subscribeAction = customerAction({
  roles: BUYERS,
  limit: "hosted",
  input: z.object({ plan: planField, interval: intervalField }),
  run: async ({ input, customer, deps }) => {
    const started = await startSubscribe(deps, {
      accountId: customer.accountId,
      userId: customer.userId,
      ...input,
      returnPath: CHECKOUT_RETURN,
      cancelPath: PLANS,
    });
    if (!started.ok) return failed(started.error.code, subscribeSentence(started.error));
    return toProviderPage(started.value.url);
  },
});

export const confirmUpgradeAction = customerAction({
  roles: BUYERS,
  limit: "pay",
  input: z.object({
    requestId: requestField,
    plan: planField,
    interval: intervalField,
    shownCents: centsField,
    shownCredits: hiddenField(18).regex(/^\d+$/).transform(BigInt),
    shownAlsoDueCents: centsField,
    card: cardField,
  }),
  echo: ["card"],
  run: async ({ input: { card, ...input }, customer, deps }) => {
    const confirmed = await confirmUpgrade(deps, {
      accountId: customer.accountId,
      userId: customer.userId,
      ...input,
      paymentMethodId: card,
    });
    if (confirmed.ok) return toPayment(confirmed.value);
    if (confirmed.error.code === "price_changed") refresh(); // The figures below the sentence are to be the new ones.
    return failed(confirmed.error.code, upgradeSentence(confirmed.error));
  },
});

export const downgradeAction = customerAction({
  roles: BUYERS,
  limit: "change",
  input: z.object({ plan: planField, interval: intervalField }),
  run: async ({ input, customer, deps }) => {
    const scheduled = await scheduleDowngrade(deps, { accountId: customer.accountId, ...input });
    return scheduled.ok ? toPlans() : failed(scheduled.error.code, changeSentence(scheduled.error));
  },
});

export const cancelPlanAction = customerAction({
  roles: BUYERS,
  limit: "change",
  input: z.object({}),
  run: async ({ customer, deps }) => {
    const canceled = await cancelPlan(deps, { accountId: customer.accountId });
    return canceled.ok ? toPlans() : failed(canceled.error.code, changeSentence(canceled.error));
  },
});

export const keepPlanAction = customerAction({
  roles: BUYERS,
  limit: "change",
  input: z.object({}),
  run: async ({ customer, deps }) => {
    const kept = await keepPlan(deps, { accountId: customer.accountId });
    if (!kept.ok) return failed(kept.error.code, changeSentence(kept.error));
    revalidatePath("/settings/billing", "layout");
    redirect(`${PLANS}?kept=yes`);
  },
});

export const payInvoiceAction = customerAction({
  roles: BUYERS,
  limit: "pay",
  input: z.object({
    requestId: requestField,
    invoice: hiddenField(),
    shownCents: centsField,
    card: cardField,
  }),
  echo: ["card"],
  run: async ({ input: { requestId, invoice, shownCents, card }, customer, deps }) => {
    const paid = await payOpenInvoice(deps, {
      accountId: customer.accountId,
      userId: customer.userId,
      requestId,
      paymentMethodId: card,
      shown: { invoiceId: invoice, cents: shownCents },
    });
    if (paid.ok) return toPayment(paid.value);
    if (paid.error.code === "invoice_changed") refresh(); // The figures beside the sentence are to be the new ones.
    return failed(paid.error.code, payInvoiceSentence(paid.error));
  },
});

/** Saves a card at the provider's page, and pays with it on the way back. */
export const updateCardAndPayAction = customerAction({
  roles: BUYERS,
  limit: "hosted",
  input: z.object({ invoice: hiddenField(), shownCents: centsField }),
  run: async ({ input: { invoice, shownCents }, customer, deps }) => {
    const started = await startCardSetup(deps, {
      accountId: customer.accountId,
      returnPath: cardPayReturnPath({ invoice, cents: shownCents.toString(), request: randomUUID() }),
      cancelPath: PLANS,
    });
    if (!started.ok) return failed(started.error.code, CARD_SETUP_UNAVAILABLE);
    return toProviderPage(started.value.url);
  },
});

/** The bank's page when the buyer is wanted there, the payment's own otherwise. */
function toPayment({ paymentId, actionUrl }: PlanPaymentOutcome): ReturnType<typeof failed> {
  revalidatePath("/settings/billing", "layout");
  return actionUrl ? toProviderPage(actionUrl) : redirect(planPaymentPath(paymentId));
}

function toPlans(): never {
  revalidatePath("/settings/billing", "layout");
  redirect(PLANS);
}
