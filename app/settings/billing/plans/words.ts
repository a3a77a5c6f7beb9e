import type { PlanView } from "@/lib/billing/account-view";
import type { EndedPlan } from "@/lib/billing/subscriptions/standing-rows";
import type { SubscriptionView } from "@/lib/billing/subscriptions/view";
import type { NamedPlan } from "@/lib/catalog/plans";
import type { PlanInterval } from "@/lib/catalog/prices";
import { type Cents, cents } from "@/lib/money/credits";
import { formatCents, formatCredits, formatDollars } from "@/lib/money/format";
import { formatInstant } from "@/lib/wording/instants";

/** `$299 a month` */
export const priceInWords = (priceCents: Cents, interval: PlanInterval, locale: string): string =>
  `${formatDollars(priceCents, locale)} a ${interval}`;

type Priced = Pick<SubscriptionView, "pieceCents" | "interval" | "quantity">;

/** `$299 a month`, `$299 a month × 3`; null while nobody can tell. */
export function subscriptionPriceInWords(
  { pieceCents, interval, quantity }: Priced,
  locale: string,
): string | null {
  if (pieceCents === null) return null;
  const price = priceInWords(pieceCents, interval, locale);
  return quantity === 1 ? price : `${price} × ${quantity}`;
}

type Asked = Pick<SubscriptionView, "sendsInvoice" | "hasDiscountOrTax" | "balanceCents">;

/** What Stripe adds to a price, or takes off it: `, before discounts and taxes`, `, before $50.00 in your favor`; empty: nothing. */
export function beforeWhat(
  { hasDiscountOrTax, balanceCents }: Omit<Asked, "sendsInvoice">,
  locale: string,
): string {
  const inYourFavor = balanceCents < 0n && `${formatCents(cents(-balanceCents), locale)} in your favor`;
  const carriedOver =
    balanceCents > 0n && `${formatCents(cents(balanceCents), locale)} carried over from before`;
  const all = [hasDiscountOrTax && "discounts and taxes", inYourFavor || carriedOver].filter(Boolean);
  return all.length > 0 ? `, before ${all.join(" and ")}` : "";
}

/** What stands behind an amount that will be asked for: ` is charged`, `, before discounts and taxes, is charged`. */
export function isCharged(subscription: Asked, locale: string): string {
  const before = beforeWhat(subscription, locale);
  return `${before && `${before},`} is ${subscription.sendsInvoice ? "invoiced" : "charged"}`;
}

/** The plan that the running period was billed as, where the account's has become another since. */
export const planNow = ({ plan, subscription }: Pick<PlanView, "plan" | "subscription">): NamedPlan =>
  subscription?.billedAs?.plan ?? plan;

/** `Starter × 3`, `Starter, yearly`. */
export const seatsName = (name: string, quantity: number): string =>
  quantity === 1 ? name : `${name} × ${quantity}`;

/** The interval that an address or a form names; months are what everybody can buy. */
export const readInterval = (value: unknown): PlanInterval => (value === "year" ? "year" : "month");

/** The one value of a query's parameter. */
export const single = (value: string | string[] | undefined): string | null =>
  typeof value === "string" ? value : null;

/** What became of the credits of a plan that ended: sentences, each with a space behind it. */
export function whatWent(
  { expired, revoked, left }: EndedPlan,
  where: { readonly locale: string; readonly timeZone: string },
): string {
  const sentences = [
    expired > 0n && `${formatCredits(expired, where.locale)} unused credits expired with it. `,
    revoked > 0n && `${formatCredits(revoked, where.locale)} credits that were not paid for were revoked. `,
    left &&
      `The ${formatCredits(left.credits, where.locale)} unused credits you have paid for stay yours until ${formatInstant(left.until, where)}. `,
  ];
  return sentences.filter(Boolean).join("");
}
