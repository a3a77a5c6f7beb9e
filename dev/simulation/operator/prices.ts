import type Stripe from "stripe";
import { lookupKeyOf } from "../../../lib/catalog/prices";
import { idOf } from "../../stripe/ids";
import { CREDITS_A_MONTH, type SoldName } from "../promises";
import { meaningOf, saysSo } from "./dashboard";
import { type Desk, mayBeginAnew, planEdit } from "./edit";

export const PRORATIONS = ["none", "create_prorations", "always_invoice"] as const;

/** The price of a plan on sale. */
export async function priceOnSale(
  { stripe }: Desk,
  plan: SoldName,
  interval: "month" | "year",
): Promise<string> {
  const { data } = await stripe.prices.list({ lookup_keys: [lookupKeyOf(plan, interval)] });
  return data[0]?.id ?? "";
}

/** A price of the customer's own, by the month; its product says what it sells. */
export async function negotiate(
  { stripe, world, random }: Desk,
  least: bigint = 0n,
): Promise<{ readonly price: string; readonly product: string }> {
  const plan = random.pick(["starter", "premium", "custom"] as const);
  const all = { ...CREDITS_A_MONTH, custom: BigInt(20 + random.whole(100)) * 1_000_000n };
  const creditsPerMonth = all[plan] < least ? least : all[plan];
  const sold = creditsPerMonth === all[plan] ? plan : "custom";
  const metadata = {
    refill_plan: sold,
    ...(sold === "custom" ? { refill_credits: String(creditsPerMonth) } : {}),
  };
  const product = await stripe.products.create({ name: `${sold} for this customer`, metadata });
  const price = await stripe.prices.create({
    product: product.id,
    unit_amount: 15_000 + 100 * random.whole(600),
    currency: "usd",
    recurring: { interval: "month" },
  });
  world.dashboard.made.set(price.id, { plan: sold, interval: "month", creditsPerMonth });
  return { price: price.id, product: product.id };
}

const NONSENSE: readonly Record<string, string>[] = [
  { refill_plan: "", refill_credits: "" },
  { refill_plan: "startr" },
  { refill_plan: "custom", refill_credits: "24,000,000" },
];

/** Its metadata is mistyped, or removed; of a plan that was never read, that would leave nothing to see that it is one. */
export async function unsay({ stripe, world, random }: Desk, product: string, wasRead = true): Promise<void> {
  const { metadata } = await stripe.products.retrieve(product);
  world.dashboard.unsaid.set(product, metadata);
  await stripe.products.update(product, { metadata: random.pick(wasRead ? NONSENSE : NONSENSE.slice(1)) });
}

const productOf = ({ world }: Desk, price: Stripe.Price): string =>
  idOf(world.simulator.store.get("price", price.id)?.product) ?? "";

/** At what is negotiated nobody gets less: what was assumed meanwhile is never taken back. */
const negotiated = planEdit(
  "a price of their own",
  2,
  async (desk) => {
    const { stripe, random, plan, item, world } = desk;
    const now = meaningOf(world.simulator.store, world.dashboard, item.price);
    const { price, product } = await negotiate(desk, now?.creditsPerMonth);
    const says = random.chance(0.5);
    if (!says) await unsay(desk, product);
    const proration_behavior = random.pick(PRORATIONS);
    await stripe.subscriptions.update(plan.id, { items: [{ id: item.id, price }], proration_behavior });
    return `${says ? "that says so" : "that says nothing"}, ${proration_behavior}`;
  },
  mayBeginAnew,
);

const unreadable = planEdit(
  "take the metadata away",
  2,
  async (desk) => {
    await unsay(desk, productOf(desk, desk.item.price));
    return "done";
  },
  ({ world, item }) =>
    world.dashboard.made.has(item.price.id) && saysSo(world.simulator.store, world.dashboard, item.price),
);

export async function sayAgain({ stripe, world }: Desk, product: string): Promise<void> {
  const said = world.dashboard.unsaid.get(product);
  if (!said) return;
  const blank = { refill_plan: "", refill_credits: "" };
  await stripe.products.update(product, { metadata: { ...blank, ...said } });
  world.dashboard.unsaid.delete(product);
}

const readable = planEdit(
  "put the metadata right",
  4,
  async (desk) => {
    await sayAgain(desk, productOf(desk, desk.item.price));
    return "done";
  },
  ({ world, item }) => !saysSo(world.simulator.store, world.dashboard, item.price),
);

export const PRICE_EDITS = [negotiated, unreadable, readable];
