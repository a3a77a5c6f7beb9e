import type Stripe from "stripe";
import {
  type CatalogPrice,
  listCatalogPrices,
  listSelfServePlanIds,
  lookupKeyOf,
  PLAN_INTERVALS,
} from "../catalog/prices";
import { newId } from "../ids";
import { cents } from "../money/credits";
import { formatCents } from "../money/format";
import type { Change } from "./setup-change";
import type { CountSubscriptions } from "./setup-counts";
import { isMarked, metadataOf, productIdOf } from "./setup-products";
import { idOf } from "./translate";

const CURRENCY = "usd";

/** Every price that is to be made, exchanged, put right or taken off sale. Of what somebody pays, how many go on paying it. */
export async function findPriceChanges(stripe: Stripe, count: CountSubscriptions): Promise<Change[]> {
  const sold = listCatalogPrices();
  const changes = await Promise.all([
    ...sold.map((price) => priceChange(stripe, price, count)),
    ...listSelfServePlanIds().flatMap((plan) =>
      PLAN_INTERVALS.map((interval) => ({ plan, interval, lookupKey: lookupKeyOf(plan, interval) }))
        .filter(({ lookupKey }) => !sold.some((each) => each.lookupKey === lookupKey))
        .map((former) => offSale(stripe, former, count)),
    ),
  ]);
  return changes.filter((each) => each !== null);
}

/** An amount cannot be changed at Stripe: another price takes over the key, and who has the old one keeps it. */
async function priceChange(
  stripe: Stripe,
  wanted: CatalogPrice,
  count: CountSubscriptions,
): Promise<Change | null> {
  const { lookupKey, plan, priceCents } = wanted;
  const current = await findPrice(stripe, lookupKey);
  const costs = `${formatCents(priceCents, "en")} a ${wanted.interval}`;
  if (!current) {
    return { says: `price ${lookupKey}: new, ${costs}`, apply: () => createPrice(stripe, wanted, null) };
  }
  if (!sellsTheSame(current, wanted)) {
    return {
      says: `price ${lookupKey}: now ${costs} for who subscribes from now on; ${await whoKeeps(current, count)}`,
      apply: async () => {
        await createPrice(stripe, wanted, current.id);
        await stripe.prices.update(current.id, { active: false, metadata: metadataOf(plan) });
      },
    };
  }
  if (current.active && isMarked(current, plan)) return null;
  return {
    says: `price ${lookupKey}: marked as ours and active`,
    apply: () => stripe.prices.update(current.id, { active: true, metadata: metadataOf(plan) }),
  };
}

/** What the catalog does not sell any more, a retired plan's or a year's: nobody can choose it, and who has it keeps it. */
async function offSale(
  stripe: Stripe,
  { plan, lookupKey }: Pick<CatalogPrice, "plan" | "lookupKey">,
  count: CountSubscriptions,
): Promise<Change | null> {
  const current = await findPrice(stripe, lookupKey);
  if (!current || (!current.active && isMarked(current, plan))) return null;
  return {
    says: `price ${lookupKey}: taken off sale; ${await whoKeeps(current, count)}`,
    apply: () => stripe.prices.update(current.id, { active: false, metadata: metadataOf(plan) }),
  };
}

async function whoKeeps(price: Stripe.Price, count: CountSubscriptions): Promise<string> {
  const { subscriptions, orMore } = await count(price.id);
  const amount =
    price.unit_amount !== null && price.currency === CURRENCY
      ? `, ${formatCents(cents(BigInt(price.unit_amount)), "en")}`
      : "";
  const old = `the old one (${price.id}${amount})`;
  if (subscriptions === 0) return `nobody has ${old}`;
  return `${subscriptions}${orMore ? " or more" : ""} ${subscriptions === 1 ? "subscription keeps" : "subscriptions keep"} ${old}`;
}

function sellsTheSame(price: Stripe.Price, { plan, interval, priceCents }: CatalogPrice): boolean {
  return (
    price.unit_amount === Number(priceCents) &&
    price.currency === CURRENCY &&
    price.recurring?.interval === interval &&
    price.recurring.interval_count === 1 &&
    idOf(price.product) === productIdOf(plan)
  );
}

async function findPrice(stripe: Stripe, lookupKey: string): Promise<Stripe.Price | null> {
  return (await stripe.prices.list({ lookup_keys: [lookupKey], limit: 1 })).data[0] ?? null;
}

/**
 * Two runs at once ask with the same key, which names what is replaced: so going back to an amount is asked anew. A price
 * that was made under this key and deleted in the dashboard since would only be repeated; then a key of its own makes it.
 */
async function createPrice(stripe: Stripe, price: CatalogPrice, replaces: string | null): Promise<void> {
  const { plan, interval, priceCents, lookupKey } = price;
  const amount = Number(priceCents);
  const create = (idempotencyKey: string) =>
    stripe.prices.create(
      {
        product: productIdOf(plan),
        currency: CURRENCY,
        unit_amount: amount,
        recurring: { interval },
        lookup_key: lookupKey,
        transfer_lookup_key: true,
        metadata: metadataOf(plan),
      },
      { idempotencyKey },
    );
  await create(`refill-setup:${lookupKey}:${amount}:${replaces ?? "first"}`);
  if (!(await findPrice(stripe, lookupKey))) await create(newId());
}
