import { refused } from "../wire/errors";
import type { Work } from "../work";
import { resolvePaymentMethod } from "./payment-methods";

/** A card as somebody's default: it must be attached to that customer. Returns its id. */
export function ownCard(
  work: Work,
  customer: string,
  card: string,
  param = "default_payment_method",
): string {
  const method = resolvePaymentMethod(work, card, param);
  if (method.customer === customer) return method.id;
  throw refused(
    `The customer does not have a payment method with the ID ${card}. The payment method must be attached to the ` +
      "customer.",
    { code: "resource_missing", param },
  );
}
