import { attach } from "./collection";
import { type Desk, type Edit, planEdit } from "./edit";
import { negotiate, priceOnSale, unsay } from "./prices";

const cancelNow = planEdit("cancel at once", 1.5, async ({ stripe, plan, random }) => {
  const [prorate, invoice_now] = [random.chance(0.5), random.chance(0.5)];
  await stripe.subscriptions.cancel(plan.id, { prorate, invoice_now });
  return `${prorate ? "prorated" : "not prorated"}, ${invoice_now ? "billed" : "not billed"}`;
});

const cancelLater = planEdit("cancel later", 1, async ({ stripe, plan, random, now }) => {
  if (plan.cancel_at !== null) {
    await stripe.subscriptions.update(plan.id, { cancel_at: "" });
    return "kept";
  }
  const cancel_at = random.chance(0.5) ? ("min_period_end" as const) : now + 86_400 * (1 + random.whole(50));
  await stripe.subscriptions.update(plan.id, { cancel_at, proration_behavior: "none" });
  return "will end";
});

/** Rarely: everything ends with it. */
const deleteCustomer: Edit = {
  name: "delete the customer",
  weigh: () => 0.15,
  async run({ stripe, customer }) {
    await stripe.customers.del(customer);
    return "deleted";
  },
};

/** For somebody on the phone, whether or not they have one: at a price on sale, or at one of their own. */
const subscribe: Edit = {
  name: "make a subscription",
  weigh: ({ plans }) => [3, 0.7][plans.length] ?? 0,
  async run(desk) {
    const { stripe, customer, random } = desk;
    const card = await attach(desk, random.chance(0.85) ? "pm_card_visa" : "pm_card_chargeCustomerFail");
    const made = random.chance(0.3) ? await negotiate(desk) : null;
    if (made && random.chance(0.4)) await unsay(desk, made.product, false);
    const price =
      made?.price ??
      (await priceOnSale(desk, random.pick(["starter", "premium"]), random.pick(["month", "month", "year"])));
    const trial_period_days = random.chance(0.3) ? 1 + random.whole(30) : undefined;
    const { status } = await stripe.subscriptions.create({
      customer,
      items: [{ price, quantity: random.pick([1, 1, 1, 2]) }],
      default_payment_method: card.id,
      trial_period_days,
    });
    return `${made ? "of their own" : "on sale"}, ${status}`;
  },
};

/** Nothing of ours. */
const otherProduct: Edit = {
  name: "sell another product",
  weigh: ({ others }) => (others.length === 0 ? 1 : 0),
  async run(desk: Desk) {
    const { stripe, customer, random } = desk;
    const card = await attach(desk, random.pick(["pm_card_visa", "pm_card_chargeCustomerFail"]));
    const seat = await stripe.prices.create({
      product_data: { name: "Another product" },
      unit_amount: 700,
      currency: "usd",
      recurring: { interval: "month" },
    });
    const { status } = await stripe.subscriptions.create({
      customer,
      items: [{ price: seat.id }],
      default_payment_method: card.id,
    });
    return status;
  },
};

export const ENDINGS = [cancelNow, cancelLater, deleteCustomer, subscribe, otherProduct];
