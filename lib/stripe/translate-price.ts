import type Stripe from "stripe";
import type { PriceFact, PriceReading, UnreadableReason } from "../billing/facts";
import { findPlan, type Plan } from "../catalog/plans";
import {
  listSelfServePlanIds,
  lookupKeyOf,
  PLAN_INTERVALS,
  type PlanInterval,
  PRICE_METADATA,
} from "../catalog/prices";
import { MAX_GRANTED } from "../ledger/limits";
import { type Cents, type Credits, cents, credits } from "../money/credits";
import { idOf } from "./translate";

/** What a price may be sold in. */
const CURRENCY = "usd";

/**
 * A price of Stripe's, its product expanded. `soldIn` is the currency it is charged in where that is known: a price may
 * have amounts in several, of which it shows one.
 */
export function toPriceFact(price: Stripe.Price, soldIn: string = price.currency): PriceFact {
  const reading = readPrice(price);
  const converted = soldIn !== price.currency;
  return {
    priceId: price.id,
    unitCents: converted ? null : toUnitCents(price),
    currency: soldIn,
    reading: converted && reading.kind === "plan" ? unreadable("currency_not_sold") : reading,
  };
}

/** A price that Stripe does not know any more, by what refers to it: the copy in an item, or only its ids. */
export function toGonePriceFact(
  price: Pick<Stripe.Price, "id"> & Partial<Stripe.Price>,
  soldIn: string,
): PriceFact {
  const { metadata = {}, lookup_key = null, product = null } = price;
  const isOurs = saysOurs({ metadata, lookup_key, product });
  return {
    priceId: price.id,
    unitCents: price.currency === soldIn ? toUnitCents(price) : null,
    currency: soldIn,
    reading: isOurs ? unreadable("price_gone") : { kind: "other" },
  };
}

const unreadable = (reason: UnreadableReason): PriceReading => ({ kind: "unreadable", reason });

const toUnitCents = ({ unit_amount = null }: Partial<Stripe.Price>): Cents | null =>
  unit_amount === null || unit_amount < 0 ? null : cents(BigInt(unit_amount));

type Marks = Pick<Stripe.Price, "metadata" | "lookup_key"> & {
  readonly product: Stripe.Price["product"] | null;
};

/**
 * What a price sells, with what keeps it from being read if something does. Its own metadata comes before its
 * product's, and metadata before a lookup key, which moves to another price when a plan is sold for another amount.
 */
export function readPrice(price: Stripe.Price): PriceReading {
  if (!saysOurs(price)) return { kind: "other" };
  const says = metadataOf(price);
  const named = says[PRICE_METADATA.plan];
  const plan = named === undefined ? planOfLookupKey(price.lookup_key) : toSoldPlan(named);
  if (!plan) return unreadable(whyNoPlan(price, named));
  if (price.currency !== CURRENCY) return unreadable("currency_not_sold");
  const interval = toInterval(price.recurring);
  if (!interval) return unreadable("interval_not_sold");
  if (!isFixed(price)) return unreadable("not_a_fixed_price");
  const creditsPerMonth = plan.creditsPerCycle ?? toCredits(says[PRICE_METADATA.credits]);
  return creditsPerMonth
    ? { kind: "plan", plan: plan.id, interval, creditsPerMonth }
    : unreadable("no_credits");
}

function whyNoPlan({ product, lookup_key }: Marks, named: string | undefined): UnreadableReason {
  if (named !== undefined || LOOKUP_KEY.test(lookup_key ?? "")) return "unknown_plan";
  return typeof product === "object" && product?.deleted ? "product_deleted" : "no_plan";
}

const LOOKUP_KEY = /^refill_\w+_(month|year)$/;

/** Whether anything says that it is one of ours: our metadata, our lookup keys, or a product that the setup made. */
function saysOurs(marks: Marks): boolean {
  const says = metadataOf(marks);
  const productId = idOf(marks.product);
  return (
    Object.values(PRICE_METADATA).some((key) => Object.hasOwn(says, key)) ||
    LOOKUP_KEY.test(marks.lookup_key ?? "") ||
    listSelfServePlanIds().some((plan) => productId === `refill_${plan}`)
  );
}

function metadataOf({ product, metadata }: Pick<Marks, "product" | "metadata">): Stripe.Metadata {
  const ofProduct = product && typeof product === "object" && !product.deleted ? product.metadata : {};
  return { ...ofProduct, ...metadata };
}

/** Nobody pays for Free: a price that names it is mistyped. */
function toSoldPlan(id: string): Plan | null {
  const plan = findPlan(id);
  return plan?.kind === "free" ? null : plan;
}

function planOfLookupKey(key: string | null): Plan | null {
  const ids = listSelfServePlanIds();
  return findPlan(ids.find((id) => PLAN_INTERVALS.some((each) => lookupKeyOf(id, each) === key)));
}

function toInterval(recurring: Stripe.Price.Recurring | null): PlanInterval | null {
  if (recurring?.interval_count !== 1) return null;
  return PLAN_INTERVALS.find((each) => each === recurring.interval) ?? null;
}

/** So much for each piece, whatever is used and however many are bought. */
const isFixed = (price: Stripe.Price): boolean =>
  price.unit_amount !== null &&
  price.billing_scheme === "per_unit" &&
  !price.transform_quantity &&
  price.recurring?.usage_type === "licensed";

/** Digits an operator typed; anything else is no allowance. */
function toCredits(text: string | undefined): Credits | null {
  if (!text || !/^[1-9]\d{0,15}$/.test(text)) return null;
  const amount = credits(BigInt(text));
  return amount <= MAX_GRANTED ? amount : null;
}
