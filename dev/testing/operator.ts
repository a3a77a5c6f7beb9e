import type Stripe from "stripe";
import { makeDefaultCard } from "../../lib/billing/cards/default";
import { syncPaymentMethods } from "../../lib/billing/cards/sync";
import { lookupKeyOf } from "../../lib/catalog/prices";
import { createStripePlanGateway } from "../../lib/stripe/plan-gateway";
import { HOUR, type PlanShop, type Subscriber } from "./plans";

/** What an operator does in Stripe's dashboard, and what a customer's bank makes of it. */
export type Operator = {
  /** Our price of a plan on sale. */
  priceOf(plan: "starter" | "premium", interval?: "month" | "year"): Promise<string>;
  /** A price that only Stripe knows. */
  makePrice(product: string, unitAmount: number, more?: Partial<Stripe.PriceCreateParams>): Promise<string>;
  /** The first item of the newest subscription moves to another price. */
  changePrice(who: Subscriber, price: string, how: Stripe.SubscriptionUpdateParams): Promise<void>;
  /** Stripe's "reset billing cycle", now. */
  resetCycle(who: Subscriber): Promise<void>;
  /** From now on every charge is declined, or none is. */
  replaceCard(who: Subscriber, card: "pm_card_visa" | "pm_card_chargeCustomerFail"): Promise<string>;
  /** So long after the end of what Stripe bills now; whatever is due by then happened, and was told. */
  passPeriod(who: Subscriber, after?: number): Promise<void>;
  /** The next period at another price, as the dashboard schedules it. Returns the schedule. */
  scheduleNext(who: Subscriber, price: string, quantity?: number): Promise<string>;
  /** Our prices are looked up anew, as a few minutes later. */
  forgetPrices(): void;
};

export function makeOperator(shop: PlanShop): Operator {
  const itemOf = async (who: Subscriber) => {
    const { id, items } = await shop.subscriptionOf(who);
    return { id, item: items.data[0]?.id ?? "", end: items.data[0]?.current_period_end ?? 0 };
  };
  return {
    async priceOf(plan, interval = "month") {
      const { data } = await shop.stripe.prices.list({ lookup_keys: [lookupKeyOf(plan, interval)] });
      return data[0]?.id ?? "";
    },
    async makePrice(product, unitAmount, more = {}) {
      const recurring = { interval: "month" } as const;
      const made = { product, unit_amount: unitAmount, currency: "usd", recurring, ...more };
      return (await shop.stripe.prices.create(made)).id;
    },
    async changePrice(who, price, how) {
      const { id, item } = await itemOf(who);
      await shop.stripe.subscriptions.update(id, { items: [{ id: item, price }], ...how });
    },
    async resetCycle(who) {
      const { id } = await itemOf(who);
      await shop.stripe.subscriptions.update(id, {
        billing_cycle_anchor: { type: "now" },
        proration_behavior: "none",
      });
    },
    async replaceCard(who, card) {
      const customerId = await shop.customerOf(who);
      const { id } = await shop.stripe.paymentMethods.attach(card, { customer: customerId });
      await syncPaymentMethods(shop.deps, { accountId: who.accountId, customerId });
      const made = await makeDefaultCard(shop.deps, { accountId: who.accountId, paymentMethodId: id });
      if (!made.ok) throw new Error(made.error.code);
      return id;
    },
    async passPeriod(who, after = 2 * HOUR) {
      const { end } = await itemOf(who);
      await shop.clock.moveTo(new Date(end * 1000 + after));
      await shop.sync(who);
    },
    async scheduleNext(who, price, quantity = 1) {
      const { id: from_subscription } = await shop.subscriptionOf(who);
      const { id, phases } = await shop.stripe.subscriptionSchedules.create({ from_subscription });
      const [running] = phases;
      const items = (running?.items ?? []).map((each) => ({
        price: String(each.price),
        quantity: each.quantity ?? 1,
      }));
      const now = { items, start_date: running?.start_date ?? 0, end_date: running?.end_date ?? 0 };
      const next = { items: [{ price, quantity }], duration: { interval: "month" as const } };
      await shop.stripe.subscriptionSchedules.update(id, {
        phases: [now, { ...next, proration_behavior: "none" }],
      });
      return id;
    },
    forgetPrices() {
      (shop.deps as { plans: unknown }).plans = createStripePlanGateway(shop.stripe);
    },
  };
}
