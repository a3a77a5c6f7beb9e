"use server";

import { revalidatePath } from "next/cache";
import { notFound, redirect } from "next/navigation";
import { z } from "zod";
import { customerAction, failed, hiddenField, invalid } from "@/lib/action";
import { cancelOrder } from "@/lib/billing/orders/cancel";
import { confirmOrder } from "@/lib/billing/orders/confirm";
import { undoOrder } from "@/lib/billing/orders/returns/undo";
import { type Settled, settleOrder } from "@/lib/billing/orders/settle";
import { env } from "@/lib/env";
import { fromPublicId, toPublicId } from "@/lib/ids";
import { cardField } from "../../card-field";
import { orderPath } from "../../paths";
import { toProviderPage } from "../../provider-page";
import { BUYERS } from "../../roles";
import { BANK_SILENT, cancelOrderSentence, confirmOrderSentence, undoOrderSentence } from "../../sentences";

/** The order behind the hidden field; one that is none does not exist. */
const orderField = hiddenField().transform((text) => fromPublicId("order", text) ?? notFound());

export const confirmOrderAction = customerAction({
  roles: BUYERS,
  limit: "pay",
  input: z.object({
    orderId: orderField,
    card: cardField,
    acknowledged: z.string().max(10).optional(),
  }),
  echo: ["card", "acknowledged"],
  run: async ({ input, customer, deps }) => {
    const { orderId, card, acknowledged } = input;
    const confirmed = await confirmOrder(deps, {
      accountId: customer.accountId,
      orderId,
      paymentMethodId: card,
      expiryAcknowledged: acknowledged === "yes",
    });
    if (confirmed.ok) return toNextPage(orderId, confirmed.value);
    const { error } = confirmed;
    if (error.code === "order_not_found") notFound();
    const sentence = confirmOrderSentence(error);
    return error.code === "acknowledgement_required"
      ? invalid({ acknowledged: sentence })
      : failed(error.code, sentence);
  },
});

export const cancelOrderAction = customerAction({
  roles: BUYERS,
  limit: "change",
  input: z.object({ orderId: orderField }),
  run: async ({ input, customer, deps }) => {
    const canceled = await cancelOrder(deps, { accountId: customer.accountId, orderId: input.orderId });
    if (canceled.ok || canceled.error.code === "already_paid") return toOrder(input.orderId);
    if (canceled.error.code === "order_not_found") notFound();
    return failed(canceled.error.code, cancelOrderSentence(canceled.error));
  },
});

export const refundOrderAction = customerAction({
  roles: BUYERS,
  limit: "pay",
  input: z.object({ orderId: orderField }),
  run: async ({ input, customer: { accountId, userId }, deps }) => {
    const { orderId } = input;
    const hours = env().REFUND_WINDOW_HOURS;
    const undone = await undoOrder(deps, { accountId, orderId }, { userId, hours });
    // Sent twice, it is done: the order's page says what came of it.
    if (undone.ok || undone.error.code === "nothing_left") return toOrder(orderId);
    if (undone.error.code === "order_not_found") notFound();
    return failed(undone.error.code, undoOrderSentence(undone.error));
  },
});

export const continueToBankAction = customerAction({
  roles: BUYERS,
  limit: "ask",
  input: z.object({ orderId: orderField }),
  run: async ({ input, customer, deps }) => {
    const settled = await settleOrder(deps, { accountId: customer.accountId, orderId: input.orderId });
    if (settled.status === null) notFound();
    return settled.unknown ? failed("unknown", BANK_SILENT) : toNextPage(input.orderId, settled);
  },
});

export const checkNowAction = customerAction({
  limit: "ask",
  input: z.object({ orderId: orderField }),
  run: async ({ input, customer, deps }) => {
    const settled = await settleOrder(deps, { accountId: customer.accountId, orderId: input.orderId });
    if (settled.status === null) notFound();
    return settled.unknown ? failed("unknown", BANK_SILENT) : toOrder(input.orderId);
  },
});

/** The bank's page when the buyer is wanted there, the order's own otherwise. */
function toNextPage(orderId: string, { actionUrl }: Settled): ReturnType<typeof failed> {
  return actionUrl ? toProviderPage(actionUrl) : toOrder(orderId);
}

function toOrder(orderId: string): never {
  revalidatePath("/settings/billing", "layout");
  redirect(orderPath(toPublicId("order", orderId)));
}
