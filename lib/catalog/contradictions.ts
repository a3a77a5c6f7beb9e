import { type CatalogFile, MAX_ALLOWANCE } from "./file";

/** Where in the file, and what is wrong there. */
export type Problem = { readonly place: string; readonly says: string };

/** The first place where a file whose every field is in order says two things that cannot both be; null where none does. */
export function findContradiction(file: CatalogFile): Problem | null {
  const [first] = [...ofPlans(file), ...ofPrices(file), ...ofBundles(file), ...ofCategories(file)];
  return first ?? null;
}

function* ofPlans({ plans }: CatalogFile): Generator<Problem> {
  yield* repeated(plans, "plans", "id");
  yield* repeated(plans, "plans", "name");
  const free = plans.flatMap(({ kind }, index) => (kind === "free" ? [index] : []));
  const [first, second] = free;
  if (first === undefined)
    yield { place: "plans", says: 'must have a plan of kind "free": an account without another is on it' };
  if (second !== undefined)
    yield { place: `plans[${second}]`, says: 'is a second plan of kind "free", of which there is one' };
  if (first !== undefined && first > 0)
    yield { place: `plans[${first}]`, says: "must come first: plans stand from the smallest to the largest" };
}

function* ofPrices({ plans }: CatalogFile): Generator<Problem> {
  let smaller: { readonly id: string; readonly month: number } | null = null;
  for (const [index, plan] of plans.entries()) {
    if (plan.kind !== "self_serve") continue;
    const { month, year } = plan.prices_cents;
    const place = `plans[${index}].prices_cents`;
    if (year !== undefined && year < month)
      yield { place: `${place}.year`, says: "must not be less than the price of a month" };
    if (plan.retired) continue;
    if (smaller && month < smaller.month)
      yield {
        place: `${place}.month`,
        says: `is less than that of ${smaller.id} before it: plans stand from the smallest to the largest`,
      };
    smaller = { id: plan.id, month };
  }
}

function* ofBundles(file: CatalogFile): Generator<Problem> {
  const { bundles, purchase_cents, credits_per_dollar } = file;
  const { min, max } = purchase_cents;
  const creditsPerCent = BigInt(credits_per_dollar) / 100n;
  if (min > max) yield { place: "purchase_cents.min", says: `must not be more than max, which is ${max}` };
  if (BigInt(max) * creditsPerCent > BigInt(MAX_ALLOWANCE))
    yield {
      place: "purchase_cents.max",
      says: `buys more than the ${MAX_ALLOWANCE} credits one grant may give`,
    };
  yield* repeated(bundles, "bundles", "id");
  yield* repeated(bundles, "bundles", "price_cents");
  for (const [index, { price_cents, credits }] of bundles.entries()) {
    const right = BigInt(price_cents) * creditsPerCent;
    if (BigInt(credits) !== right)
      yield {
        place: `bundles[${index}].credits`,
        says: `must be ${right}, which its price buys at the rate`,
      };
    if (price_cents < min || price_cents > max)
      yield {
        place: `bundles[${index}].price_cents`,
        says: `must be within purchase_cents, from ${min} to ${max}`,
      };
  }
}

function* ofCategories({ categories }: CatalogFile): Generator<Problem> {
  yield* repeated(categories, "categories", "id");
  yield* repeated(categories, "categories", "number");
  yield* repeated(categories, "categories", "label");
  if (categories.every(({ retired }) => retired))
    yield { place: "categories", says: "must have one that is not retired, or nothing can be spent" };
}

function* repeated<T>(list: readonly T[], name: string, field: keyof T & string): Generator<Problem> {
  const seen = new Map<unknown, number>();
  for (const [index, each] of list.entries()) {
    const before = seen.get(each[field]);
    if (before !== undefined)
      yield {
        place: `${name}[${index}].${field}`,
        says: `is ${JSON.stringify(each[field])}, as ${name}[${before}] has it already`,
      };
    seen.set(each[field], index);
  }
}
