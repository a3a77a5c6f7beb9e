import type Stripe from "stripe";
import { idOf, newId } from "../ids";
import { monthsAfter } from "../months";
import { invalidParameter, missing, refused } from "../wire/errors";
import { hash, list, word } from "../wire/params";
import type { Work } from "../work";
import { nowOf } from "./clock";
import { getCoupon } from "./coupons";
import { emit } from "./events";

type Discount = Stripe.Discount;
export type DiscountRequest = { coupon?: string; discount?: string };
/** Whose a discount is: a customer's, and a subscription's where it names one. */
export type Owner = { customer: string; subscription: string | null };
/** What a discount takes off, and until when, in seconds; what its coupon said when it was redeemed. */
export type Reduction = Pick<Stripe.Coupon, "amount_off" | "duration" | "percent_off"> & {
  discount: string;
  end: number | null;
};

/** Said empty, there is to be none. */
export const discountsParam = list(hash({ coupon: word, discount: word }));

/** The discounts that are asked for, one after the other: a coupon is redeemed anew, a discount that there is goes on. */
export function redeem(work: Work, asked: DiscountRequest[], owner: Owner, at = "discounts"): string[] {
  return asked.map(({ coupon, discount }, index) => {
    if ((coupon === undefined) === (discount === undefined))
      throw invalidParameter("You must pass one of `coupon` and `discount`.", `${at}[${index}]`);
    return discount === undefined
      ? start(work, coupon ?? "", owner, `${at}[${index}][coupon]`).id
      : known(work, discount, owner, `${at}[${index}][discount]`).id;
  });
}

function known(work: Work, id: string, { customer }: Owner, param: string): Discount {
  const discount = work.store.get("discount", id);
  if (!discount || idOf(discount.customer) !== customer) throw missing("discount", id, param);
  return discount;
}

/** Months of a repeating coupon are counted from its redemption (documentation, "Coupons and promotion codes"). */
function start(work: Work, id: string, { customer, subscription }: Owner, param: string): Discount {
  const coupon = getCoupon(work, id, param);
  const now = nowOf(work, customer);
  assertRedeemable(coupon, now, param);
  const months = coupon.duration === "repeating" ? coupon.duration_in_months : null;
  work.store.update("coupon", id, { times_redeemed: coupon.times_redeemed + 1 });
  const discount = work.store.put("discount", {
    id: newId("di"),
    object: "discount",
    checkout_session: null,
    customer,
    customer_account: null,
    end: months === null ? null : monthsAfter(new Date(now * 1000), months).getTime() / 1000,
    invoice: null,
    invoice_item: null,
    promotion_code: null,
    source: { coupon: id, type: "coupon" },
    start: now,
    subscription,
    subscription_item: null,
  });
  work.store.put("redeemed", { id: discount.id, coupon });
  emit(work, "customer.discount.created", discount);
  return discount;
}

function assertRedeemable(coupon: Stripe.Coupon, now: number, param: string): void {
  const { max_redemptions: most, redeem_by: until, times_redeemed: done } = coupon;
  if ((most === null || done < most) && (until === null || now <= until)) return;
  throw refused(`Coupon expired: ${coupon.id}`, { code: "coupon_expired", param });
}

/** What a coupon would take off if it were redeemed then. */
export function reductionOf(coupon: Stripe.Coupon, discount: string): Reduction {
  const { amount_off, duration, percent_off } = coupon;
  return { amount_off, discount, duration, end: null, percent_off };
}

/** Of these discounts, those that still take something off at an instant. */
export function reductionsAt(work: Pick<Work, "store">, ids: string[], instant: number): Reduction[] {
  return ids.flatMap((id) => {
    const discount = work.store.get("discount", id);
    const redeemed = work.store.get("redeemed", id);
    if (!discount || !redeemed || (discount.end !== null && discount.end <= instant)) return [];
    return [{ ...reductionOf(redeemed.coupon, id), end: discount.end }];
  });
}

/** Nobody has these any more. What they took off stays on the invoices. */
export function endDiscounts(work: Work, ids: string[]): void {
  for (const id of ids) {
    const discount = work.store.get("discount", id);
    if (discount) emit(work, "customer.discount.deleted", discount);
  }
}
