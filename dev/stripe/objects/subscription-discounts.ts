import type Stripe from "stripe";
import { idOf } from "../ids";
import { missing } from "../wire/errors";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { type DiscountRequest, endDiscounts, redeem } from "./discounts";
import { changeSubscription, getSubscription, type Subscription } from "./subscription-rows";

/** A subscription with the discounts that are asked for, and no others; nothing asked leaves what there is. */
export function discountChanges(
  work: Work,
  before: Subscription,
  asked: DiscountRequest[] | undefined,
  at?: string,
): Partial<Subscription> {
  if (!asked) return {};
  const owner = { customer: idOf(before.customer) ?? "", subscription: before.id };
  const discounts = redeem(work, asked, owner, at);
  endDiscounts(
    work,
    namesOf(before).filter((id) => !discounts.includes(id)),
  );
  return { discounts };
}

const namesOf = ({ discounts }: Subscription) => discounts.map((each) => idOf(each) ?? "");

export const subscriptionDiscountRoutes: Route[] = [
  route("DELETE", "/v1/subscriptions/:id/discount", {}, (work, _params, id) => {
    const subscription = getSubscription(work, id);
    const [discount] = namesOf(subscription).flatMap((each) => work.store.get("discount", each) ?? []);
    if (!discount) throw missing("discount", id);
    changeSubscription(work, id, { discounts: [] });
    endDiscounts(work, namesOf(subscription));
    return deletedOf(discount);
  }),
  route("DELETE", "/v1/customers/:id/discount", {}, (work, _params, id) => {
    const discount = work.store.get("customer", id)?.discount;
    if (!discount) throw missing("discount", id);
    work.store.update("customer", id, { discount: null });
    endDiscounts(work, [discount.id]);
    return deletedOf(discount);
  }),
];

/** Without its end, which is over. */
function deletedOf({ end: _end, ...discount }: Stripe.Discount): object {
  return { ...discount, deleted: true };
}

/** As an operator gives one to a customer in the dashboard: for every invoice that has no discount of its own. */
export function discountCustomer(work: Work, customer: string, coupon: string): object {
  const [id = ""] = redeem(work, [{ coupon }], { customer, subscription: null });
  const discount = work.store.get("discount", id);
  if (!discount) throw missing("discount", id);
  return work.store.update("customer", customer, { discount });
}
