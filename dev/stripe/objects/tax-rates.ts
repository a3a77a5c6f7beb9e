import type Stripe from "stripe";
import { newId } from "../ids";
import { invalidParameter, missing } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import {
  created,
  decimal,
  flag,
  mergeMetadata,
  metadata,
  needed,
  pageShape,
  text,
  type Values,
  word,
} from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { emit, emitChange } from "./events";

type TaxRate = Stripe.TaxRate;

const shared = { active: flag, country: word, description: text, jurisdiction: text, metadata, state: text };
const createShape = {
  ...shared,
  display_name: needed(word),
  inclusive: needed(flag),
  percentage: needed(decimal),
};
const updateShape = { ...shared, display_name: word };

/** A rate's percentage never changes: another one is made, and this one put out of use. */
export const taxRateRoutes: Route[] = [
  route("POST", "/v1/tax_rates", createShape, create),
  route("GET", "/v1/tax_rates", { ...pageShape, active: flag, created, inclusive: flag }, (work, params) => {
    const rows = work.store
      .list("tax_rate")
      .filter((rate) => within(rate.created, params.created))
      .filter((rate) => params.active === undefined || rate.active === params.active)
      .filter((rate) => params.inclusive === undefined || rate.inclusive === params.inclusive);
    return pageOf(rows, params, "/v1/tax_rates", "tax rate");
  }),
  route("GET", "/v1/tax_rates/:id", {}, (work, _params, id) => getTaxRate(work, id, "tax_rate")),
  route("POST", "/v1/tax_rates/:id", updateShape, (work, { metadata: given, ...params }, id) => {
    const before = getTaxRate(work, id, "tax_rate");
    const named = Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
    const metadata = mergeMetadata(before.metadata ?? {}, given);
    const after = work.store.update("tax_rate", id, { ...named, metadata });
    emitChange(work, "tax_rate.updated", before, after);
    return after;
  }),
];

function getTaxRate(work: Work, id: string, param: string): TaxRate {
  const rate = work.store.get("tax_rate", id);
  if (!rate) throw missing("tax rate", id, param);
  return rate;
}

/** The rates that somebody names by their ids; one that is out of use is not taken any more. */
export function taxRatesBy(work: Work, ids: string[], at: string): TaxRate[] {
  return ids.map((id, index) => {
    const rate = getTaxRate(work, id, `${at}[${index}]`);
    if (rate.active) return rate;
    throw invalidParameter(`The tax rate ${id} is archived and cannot be used.`, `${at}[${index}]`);
  });
}

function create(work: Work, { metadata: given, ...params }: Values<typeof createShape>): TaxRate {
  const { percentage } = params;
  if (percentage < 0 || percentage > 100)
    throw invalidParameter("A percentage is between 0 and 100.", "percentage");
  const { active = true, country = null, description = null, jurisdiction = null, state = null } = params;
  const rate = work.store.put("tax_rate", {
    id: newId("txr"),
    object: "tax_rate",
    active,
    country,
    created: work.now,
    description,
    display_name: params.display_name,
    effective_percentage: null,
    flat_amount: null,
    inclusive: params.inclusive,
    jurisdiction,
    jurisdiction_level: null,
    livemode: false,
    metadata: mergeMetadata({}, given),
    percentage,
    rate_type: "percentage",
    state,
    tax_type: null,
  });
  emit(work, "tax_rate.created", rate);
  return rate;
}
