import type { z } from "zod";
import type { PlanId } from "../../db/schema";
import { type Credits, cents, credits } from "../money/credits";
import { invariant } from "../result";
import type { Catalog, FreePlan, Plan } from "./catalog";
import { findContradiction, type Problem } from "./contradictions";
import { type CatalogFile, catalogFile } from "./file";

/** The catalog cannot be gone by. One sentence: the file, the place in it, and what is wrong there. */
export class BadCatalog extends Error {
  override name = "BadCatalog";
}

/** Reads a catalog's text, which came from `name`. Throws `BadCatalog` with the first thing that is wrong. */
export function parseCatalog(text: string, name: string): Catalog {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch (error) {
    throw new BadCatalog(`${name}: is not JSON (${error instanceof Error ? error.message : error})`);
  }
  const parsed = catalogFile.safeParse(said);
  const wrong = parsed.success ? findContradiction(parsed.data) : problemOf(parsed.error, said);
  if (wrong) throw new BadCatalog(`${name}: ${wrong.place} ${wrong.says}`);
  invariant(parsed.success, "what is not wrong was read");
  return toCatalog(parsed.data, name);
}

function problemOf({ issues }: z.ZodError, said: unknown): Problem {
  const [issue] = issues;
  invariant(issue, "what is wrong has an issue");
  const { path, code, message } = issue;
  const place = placeOf(path);
  if (code === "unrecognized_keys") return { place, says: `has no field ${JSON.stringify(issue.keys[0])}` };
  const isMissing = path.length > 0 && valueAt(said, path) === undefined;
  return { place, says: isMissing ? "is missing" : message.replace(/^Invalid input: expected/, "must be") };
}

/** `plans[1].prices_cents.year`; the whole file where there is no path. */
const placeOf = (path: readonly PropertyKey[]): string =>
  path.length === 0
    ? "the file"
    : path.reduce<string>(
        (place, key) =>
          typeof key === "number" ? `${place}[${key}]` : place ? `${place}.${String(key)}` : String(key),
        "",
      );

const valueAt = (said: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], said);

const toCents = (value: number) => cents(BigInt(value));
const toCredits = (value: number): Credits => credits(BigInt(value));

function toCatalog(said: CatalogFile, name: string): Catalog {
  const plans = said.plans.map(toPlan);
  const free = plans.find(({ kind }) => kind === "free") as FreePlan | undefined;
  invariant(free, "the catalog has a free plan");
  return {
    file: name,
    creditsPerCent: BigInt(said.credits_per_dollar) / 100n,
    plans,
    free,
    trialAllowance: said.trial_allowance,
    bundles: said.bundles.map((each) => ({
      id: each.id,
      priceCents: toCents(each.price_cents),
      credits: toCredits(each.credits),
    })),
    purchase: { minCents: toCents(said.purchase_cents.min), maxCents: toCents(said.purchase_cents.max) },
    categories: said.categories.map(({ retired, ...each }) => ({ ...each, isRetired: retired })),
  };
}

function toPlan(said: CatalogFile["plans"][number]): Plan {
  const { name, kind } = said;
  const id = said.id as PlanId;
  const NO_PRICE = { priceCents: null, yearlyPriceCents: null };
  if (said.kind === "free") {
    const creditsPerCycle = toCredits(said.credits_per_cycle);
    const price = { ...NO_PRICE, priceCents: cents(0n) };
    return { id, name, kind, ...price, creditsPerCycle, mayBuyCredits: false, isRetired: false };
  }
  const { may_buy_credits: mayBuyCredits, retired: isRetired } = said;
  if (said.kind === "agreement")
    return { id, name, kind, ...NO_PRICE, creditsPerCycle: null, mayBuyCredits, isRetired };
  const { month, year } = said.prices_cents;
  const price = { priceCents: toCents(month), yearlyPriceCents: year === undefined ? null : toCents(year) };
  const creditsPerCycle = toCredits(said.credits_per_cycle);
  return { id, name, kind, ...price, creditsPerCycle, mayBuyCredits, isRetired };
}
