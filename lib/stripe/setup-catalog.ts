import type Stripe from "stripe";
import { getPlan, type PlanId } from "../catalog/plans";
import {
  type CatalogPrice,
  listCatalogPrices,
  listSelfServePlanIds,
  PRICE_METADATA,
} from "../catalog/prices";
import { newId } from "../ids";
import { formatCents } from "../money/format";
import { actOrFind, isMissing } from "./ask";
import type { Change } from "./setup";
import { idOf } from "./translate";

const CURRENCY = "usd";

const productIdOf = (plan: PlanId): string => `refill_${plan}`;
const metadataOf = (plan: PlanId) => ({ [PRICE_METADATA.plan]: plan });
const isMarked = ({ metadata }: { readonly metadata: Stripe.Metadata }, plan: PlanId): boolean =>
  metadata[PRICE_METADATA.plan] === plan;

/** What differs between our catalog and a Stripe account's products and prices. */
export async function findCatalogChanges(stripe: Stripe): Promise<Change[]> {
  const products = await Promise.all(listSelfServePlanIds().map((plan) => productChange(stripe, plan)));
  const prices = await Promise.all(listCatalogPrices().map((price) => priceChange(stripe, price)));
  return [...products, ...prices].filter((each) => each !== null);
}

async function productChange(stripe: Stripe, plan: PlanId): Promise<Change | null> {
  const id = productIdOf(plan);
  const wanted = { name: getPlan(plan).name, metadata: metadataOf(plan), active: true };
  const product = await findProduct(stripe, id);
  if (!product) {
    return {
      says: `product ${id}: new`,
      // Its id is ours, so of two runs at once one makes it and the other finds it.
      apply: () =>
        actOrFind<Stripe.Product | null>(
          () => stripe.products.create({ id, ...wanted }),
          () => findProduct(stripe, id),
          Boolean,
        ),
    };
  }
  const same = product.name === wanted.name && product.active && isMarked(product, plan);
  if (same) return null;
  const says = `product ${id}: named ${wanted.name}, marked as ours and active`;
  return { says, apply: () => stripe.products.update(id, wanted) };
}

async function findProduct(stripe: Stripe, id: string): Promise<Stripe.Product | null> {
  try {
    return await stripe.products.retrieve(id);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** An amount cannot be changed at Stripe: another price takes over the key, and who has the old one keeps it. */
async function priceChange(stripe: Stripe, wanted: CatalogPrice): Promise<Change | null> {
  const { lookupKey, plan, priceCents } = wanted;
  const current = await findPrice(stripe, lookupKey);
  const costs = `${formatCents(priceCents, "en")} a ${wanted.interval}`;
  if (!current) {
    return { says: `price ${lookupKey}: new, ${costs}`, apply: () => createPrice(stripe, wanted, null) };
  }
  if (!sellsTheSame(current, wanted)) {
    return {
      says: `price ${lookupKey}: now ${costs}; who has the old one (${current.id}) keeps it`,
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
