import type Stripe from "stripe";
import { getPlan, type PlanId } from "../catalog/plans";
import { listSelfServePlanIds, PRICE_METADATA } from "../catalog/prices";
import { actOrFind, isMissing } from "./ask";
import type { Change } from "./setup-change";

export const productIdOf = (plan: PlanId): string => `refill_${plan}`;
export const metadataOf = (plan: PlanId) => ({ [PRICE_METADATA.plan]: plan });
export const isMarked = ({ metadata }: { readonly metadata: Stripe.Metadata }, plan: PlanId): boolean =>
  metadata[PRICE_METADATA.plan] === plan;

/** What differs between our catalog and a Stripe account's products. */
export async function findProductChanges(stripe: Stripe): Promise<Change[]> {
  const products = await Promise.all(listSelfServePlanIds().map((plan) => productChange(stripe, plan)));
  return products.filter((each) => each !== null);
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
