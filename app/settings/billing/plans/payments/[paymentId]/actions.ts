"use server";

import { revalidatePath } from "next/cache";
import { notFound, redirect } from "next/navigation";
import { z } from "zod";
import { customerAction, failed, hiddenField } from "@/lib/action";
import { cancelPlanPayment, settlePlanPayment } from "@/lib/billing/subscriptions/settle-payment";
import { fromPublicId } from "@/lib/ids";
import { planPaymentPath } from "../../../paths";
import { toProviderPage } from "../../../provider-page";
import { BUYERS } from "../../../roles";
import { cancelPaymentSentence, NO_ANSWER_YET } from "../../sentences";

/** The payment of the hidden field; one that is none does not exist. */
const input = z.object({
  paymentId: hiddenField().refine((text) => fromPublicId("planPayment", text) ?? notFound()),
});

export const continueToBankAction = customerAction({
  roles: BUYERS,
  limit: "ask",
  input,
  run: async ({ input: { paymentId }, customer, deps }) => {
    const settled = await settlePlanPayment(deps, { accountId: customer.accountId, paymentId });
    if (!settled) notFound();
    if (settled.actionUrl) return toProviderPage(settled.actionUrl);
    const isNowhere = settled.unknown || settled.status === "requires_action";
    return isNowhere ? failed("unknown", NO_ANSWER_YET) : toPayment(paymentId);
  },
});

export const checkNowAction = customerAction({
  limit: "ask",
  input,
  run: async ({ input: { paymentId }, customer, deps }) => {
    const settled = await settlePlanPayment(deps, { accountId: customer.accountId, paymentId });
    if (!settled) notFound();
    return settled.unknown ? failed("unknown", NO_ANSWER_YET) : toPayment(paymentId);
  },
});

export const cancelPaymentAction = customerAction({
  roles: BUYERS,
  limit: "change",
  input,
  run: async ({ input: { paymentId }, customer, deps }) => {
    const canceled = await cancelPlanPayment(deps, { accountId: customer.accountId, paymentId });
    if (canceled.ok || canceled.error.code === "already_paid") return toPayment(paymentId);
    if (canceled.error.code === "not_found") notFound();
    return failed("unknown", cancelPaymentSentence(canceled.error)); // It may have been paid: nobody says that nothing was charged.
  },
});

function toPayment(paymentId: string): never {
  revalidatePath("/settings/billing", "layout");
  redirect(planPaymentPath(paymentId));
}
