import type Stripe from "stripe";
import { monthsAfter } from "../../../lib/calendar";
import { idOf } from "../../stripe/ids";
import type { SoldName } from "../promises";
import { isFree, mayBeginAnew, type PlanDesk, planEdit } from "./edit";
import { PRORATIONS, priceOnSale } from "./prices";

const OFFERS: readonly (readonly [SoldName, "month" | "year"])[] = [
  ["starter", "month"],
  ["starter", "month"],
  ["premium", "month"],
  ["premium", "month"],
  ["starter", "year"],
  ["premium", "year"],
];

const change = (
  { stripe, plan, item }: PlanDesk,
  to: Partial<Stripe.SubscriptionUpdateParams.Item>,
  how: Stripe.SubscriptionUpdateParams,
): Promise<unknown> => stripe.subscriptions.update(plan.id, { items: [{ id: item.id, ...to }], ...how });

const price = planEdit(
  "change the price",
  5,
  async (desk) => {
    const { random } = desk;
    const [plan, interval] = random.pick(OFFERS);
    const proration_behavior = random.pick(PRORATIONS);
    await change(desk, { price: await priceOnSale(desk, plan, interval) }, { proration_behavior });
    return `${plan} ${interval}, ${proration_behavior}`;
  },
  mayBeginAnew,
);

/** Twice at one instant, as somebody who misclicked. */
const upAndDown = planEdit(
  "raise and lower again",
  3,
  async (desk) => {
    const { random, item } = desk;
    const [plan, interval] = random.pick(OFFERS);
    const there = random.pick(PRORATIONS);
    const back = random.pick(PRORATIONS);
    await change(desk, { price: await priceOnSale(desk, plan, interval) }, { proration_behavior: there });
    await change(desk, { price: item.price.id }, { proration_behavior: back });
    return `${plan} ${interval} ${there}, back ${back}`;
  },
  mayBeginAnew,
);

const quantity = planEdit(
  "change the quantity",
  4,
  async (desk) => {
    const { random } = desk;
    const wanted = random.pick([1, 1, 2, 3]);
    const proration_behavior = random.pick(PRORATIONS);
    await change(desk, { quantity: wanted }, { proration_behavior });
    return `${wanted}, ${proration_behavior}`;
  },
  isFree,
);

const reset = planEdit(
  "reset the cycle",
  3,
  async ({ stripe, plan, random }) => {
    const proration_behavior = random.pick(["none", "create_prorations", "always_invoice"] as const);
    await stripe.subscriptions.update(plan.id, {
      billing_cycle_anchor: { type: "now" },
      proration_behavior,
    });
    return proration_behavior;
  },
  mayBeginAnew,
);

/** Another price from the period's end, or the end itself. */
const schedule = planEdit(
  "plan a change",
  2,
  async (desk) => {
    const { stripe, plan, item, random } = desk;
    const made = await stripe.subscriptionSchedules.create({ from_subscription: plan.id });
    if (random.chance(0.3)) {
      await stripe.subscriptionSchedules.update(made.id, { end_behavior: "cancel" });
      return "to end";
    }
    const [name, interval] = random.pick(OFFERS);
    const [first] = made.phases;
    if (!first) return "no phase";
    const end = item.current_period_end;
    const proration_behavior = random.pick(PRORATIONS);
    await stripe.subscriptionSchedules.update(made.id, {
      end_behavior: "release",
      phases: [
        {
          items: [{ price: item.price.id, quantity: item.quantity ?? 1 }],
          start_date: first.start_date,
          end_date: end,
        },
        {
          items: [{ price: await priceOnSale(desk, name, interval), quantity: random.pick([1, 1, 2]) }],
          start_date: end,
          end_date: seconds(monthsAfter(new Date(end * 1_000), interval === "year" ? 12 : 1)),
          ...(random.chance(0.7) ? { billing_cycle_anchor: "phase_start" as const } : {}),
          proration_behavior,
        },
      ],
    });
    return `${name} ${interval}, ${proration_behavior}`;
  },
  (desk) => isFree(desk) && desk.plan.status === "active",
);

const seconds = (date: Date): number => Math.floor(date.getTime() / 1_000);

const release = planEdit(
  "release a planned change",
  1.5,
  async ({ stripe, plan }) => {
    await stripe.subscriptionSchedules.release(idOf(plan.schedule) ?? "");
    return "released";
  },
  ({ plan }) => idOf(plan.schedule) !== null,
);

/** Another product on the same subscription, by the month as the plan is. */
const addSeat = planEdit(
  "add another product",
  1,
  async ({ stripe, plan, random }) => {
    const seat = await stripe.prices.create({
      product_data: { name: "Another product's seat" },
      unit_amount: 500,
      currency: "usd",
      recurring: { interval: "month" },
    });
    const proration_behavior = random.pick(PRORATIONS);
    await stripe.subscriptions.update(plan.id, { items: [{ price: seat.id }], proration_behavior });
    return proration_behavior;
  },
  (desk) =>
    isFree(desk) && desk.plan.items.data.length === 1 && desk.item.price.recurring?.interval === "month",
);

const removeSeat = planEdit(
  "remove another product",
  2,
  async ({ stripe, plan, item, random }) => {
    const seat = plan.items.data.find(({ id }) => id !== item.id);
    const proration_behavior = random.pick(PRORATIONS);
    await stripe.subscriptions.update(plan.id, {
      items: [{ id: seat?.id ?? "", deleted: true }],
      proration_behavior,
    });
    return proration_behavior;
  },
  (desk) => isFree(desk) && desk.plan.items.data.length > 1,
);

/** A second plan on the same subscription: nobody can say which one is meant. */
const addPlan = planEdit(
  "add a second plan",
  0.5,
  async (desk) => {
    const { stripe, plan, random, item } = desk;
    const other = await priceOnSale(desk, random.pick(["starter", "premium"]), "month");
    if (other === item.price.id) return "has it";
    const proration_behavior = random.pick(PRORATIONS);
    await stripe.subscriptions.update(plan.id, { items: [{ price: other }], proration_behavior });
    return proration_behavior;
  },
  (desk) =>
    isFree(desk) && desk.plan.items.data.length === 1 && desk.item.price.recurring?.interval === "month",
);

export const CHANGES = [price, upAndDown, quantity, reset, schedule, release, addSeat, removeSeat, addPlan];
