import type Stripe from "stripe";
import type { PricedPlan } from "../billing/plan-gateway";
import { listSelfServePlanIds, lookupKeyOf, PLAN_INTERVALS } from "../catalog/prices";
import { isMissing } from "./ask";
import { mapSome } from "./map-some";
import { type PlanOf, toPricedPlan } from "./plan-translate";
import { rememberFor } from "./remember";

/** What Stripe's prices sell. An amount never changes; what a price is called, an operator may put right. */
export type PriceBook = {
  /** The prices of our plans on sale now. */
  listOnSale(): Promise<readonly PricedPlan[]>;
  /** Looks these prices up and answers for them. */
  read(priceIds: Iterable<string>): Promise<PlanOf>;
  /** The prices themselves, each with its product; one that Stripe does not know is missing. */
  find(priceIds: Iterable<string>): Promise<ReadonlyMap<string, Stripe.Price>>;
};

const MINUTE_MS = 60_000;
const PRICE_MS = 5 * MINUTE_MS;
/** Far more than anybody sells; past it, what was remembered is forgotten. */
const MAX_PRICES = 1_000;

export function createPriceBook(stripe: Stripe): PriceBook {
  const known = new Map<string, () => Promise<Stripe.Price | null>>();
  const remember = (id: string, price?: Stripe.Price) => {
    if (known.size > MAX_PRICES) known.clear();
    const ask = rememberFor<Stripe.Price | null>(PRICE_MS, () => lookUp(stripe, id), price);
    known.set(id, ask);
    return ask;
  };
  const findOne = (id: string) => (known.get(id) ?? remember(id))();
  // What is on sale need not be looked up one by one: whoever subscribes to ours subscribes to these as a rule.
  let listing: Promise<unknown> | null = null;
  const listAndRemember = () => {
    const listed = listOnSale(stripe);
    listing = listed;
    return listed.then((prices) => {
      for (const price of prices) remember(price.id, price);
      return prices.map(toPricedPlan).filter((each) => each !== null);
    });
  };
  const find = async (priceIds: Iterable<string>) => {
    await listing?.catch(() => null);
    const prices = await mapSome([...new Set(priceIds)], findOne);
    return new Map(prices.filter((each) => each !== null).map((each) => [each.id, each]));
  };
  return {
    listOnSale: rememberFor(MINUTE_MS, listAndRemember),
    find,
    async read(priceIds) {
      const prices = await find(priceIds);
      return (id) => {
        const price = prices.get(id);
        return price ? toPricedPlan(price) : null;
      };
    },
  };
}

async function lookUp(stripe: Stripe, id: string): Promise<Stripe.Price | null> {
  try {
    return await stripe.prices.retrieve(id, { expand: ["product"] });
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** So many keys may be asked for at once: five plans by the month and by the year (https://docs.stripe.com/api/prices/list). */
const MAX_KEYS = 10;

async function listOnSale(stripe: Stripe): Promise<readonly Stripe.Price[]> {
  const keys = listSelfServePlanIds().flatMap((id) => PLAN_INTERVALS.map((each) => lookupKeyOf(id, each)));
  const some = Array.from({ length: Math.ceil(keys.length / MAX_KEYS) }, (_, index) =>
    keys.slice(index * MAX_KEYS, (index + 1) * MAX_KEYS),
  );
  const pages = await mapSome(some, (lookup_keys) =>
    stripe.prices.list({
      lookup_keys,
      active: true,
      currency: "usd",
      limit: 100,
      expand: ["data.product"],
    }),
  );
  return pages.flatMap(({ data }) => data);
}
