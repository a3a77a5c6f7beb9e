"use server";

import { revalidatePath } from "next/cache";
import { redirect } from "next/navigation";
import { z } from "zod";
import { customerAction, failed, hiddenField, invalid } from "@/lib/action";
import { placeOrder } from "@/lib/billing/orders/place";
import { findOrder } from "@/lib/billing/orders/queries";
import { getCatalog } from "@/lib/catalog/catalog";
import { toPublicId } from "@/lib/ids";
import { notationOf } from "@/lib/money/notation";
import { orderPath } from "../paths";
import { BUYERS } from "../roles";
import { placeOrderSentence } from "../sentences";

export const placeOrderAction = customerAction({
  roles: BUYERS,
  input: z.object({
    requestId: hiddenField(36).pipe(z.uuid()),
    bundle: z.string().optional(),
    amount: z.string().optional(),
    accepted: z.string().optional(),
  }),
  echo: ["bundle", "amount"],
  run: async ({ input, customer, deps }) => {
    const { amount = "", bundle, accepted } = input;
    // Without JavaScript a card stays chosen while an amount is typed: whatever is typed counts.
    const custom = amount !== "" || bundle === undefined;
    const placed = await placeOrder(deps, {
      accountId: customer.accountId,
      userId: customer.userId,
      requestId: input.requestId,
      choice: custom
        ? { kind: "custom", typed: amount, notation: notationOf(customer.locale), accepted }
        : { kind: "bundle", bundleId: bundle },
    });
    if (!placed.ok) {
      const sentence = placeOrderSentence(placed.error, getCatalog().purchase, customer.locale);
      if (placed.error.code !== "bad_amount") return failed(placed.error.code, sentence);
      const fields: Record<string, string> = { amount: sentence };
      if (placed.error.problem === "another_notation") fields.accepted = placed.error.reading.toString();
      return invalid(fields, sentence);
    }
    const orderId = toPublicId("order", placed.value.orderId);
    const order = await findOrder(deps.db, customer.accountId, orderId);
    revalidatePath("/settings/billing", "layout");
    // An old page sent again with the same choice is the same order, which may be over by now.
    const over = order && (order.paidAt !== null || order.status === "canceled");
    redirect(over ? `${orderPath(orderId)}?again=yes` : orderPath(orderId));
  },
});
