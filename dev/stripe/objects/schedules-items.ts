import { idOf } from "../ids";
import type { Work } from "../work";
import type { Schedule } from "./schedules-rows";
import { type Item, isMetered, itemFor, planOf, type Subscription, timeOf } from "./subscription-rows";

export type Phase = Schedule["phases"][number];

/** The subscription's items as a phase has them: one keeps its id for the same price, or else in its place. */
export function itemsOfPhase(work: Work, subscription: Subscription, phase: Phase): Item[] {
  const free = [...subscription.items.data];
  const take = (found: Item | undefined) => {
    if (found) free.splice(free.indexOf(found), 1);
    return found;
  };
  const bySame = phase.items.map(({ price }) => take(free.find((item) => item.price.id === idOf(price))));
  return phase.items.map((wanted, index) => {
    const old = bySame[index] ?? take(free[0]);
    return old ? withPhaseItem(work, old, wanted) : addPhaseItem(work, subscription, wanted);
  });
}

function withPhaseItem(work: Work, old: Item, wanted: Phase["items"][number]): Item {
  const price = priceOf(work, wanted);
  const { quantity: _before, ...kept } = old;
  const quantity = isMetered(price) ? {} : { quantity: wanted.quantity ?? 1 };
  return { ...kept, plan: planOf(price), price, ...quantity, tax_rates: wanted.tax_rates ?? [] };
}

/** Its period is over at once, so that the renewal of this moment begins its first. */
function addPhaseItem(work: Work, subscription: Subscription, wanted: Phase["items"][number]): Item {
  const now = timeOf(work, subscription);
  const given = {
    quantity: wanted.quantity ?? 1,
    metadata: wanted.metadata ?? {},
    period: { start: now, end: now },
    taxRates: wanted.tax_rates ?? [],
  };
  return itemFor(subscription.id, priceOf(work, wanted), given, now);
}

function priceOf(work: Work, wanted: Phase["items"][number]) {
  const price = work.store.get("price", idOf(wanted.price) ?? "");
  if (!price) throw new Error("a phase has no price");
  return price;
}

/**
 * What a phase makes of its subscription besides the items. The schedule's card, or the phase's own, takes the place of
 * the subscription's (reported by the community: design note "Schedules"); metadata is added to what is there
 * (documentation, "Update a schedule"); what the phase does not name falls back to the schedule's defaults.
 */
export function settingsOfPhase(
  work: Work,
  schedule: Schedule,
  phase: Phase,
  subscription: Pick<Subscription, "metadata">,
): Partial<Subscription> {
  const defaults = schedule.default_settings;
  const card = idOf(phase.default_payment_method) ?? idOf(defaults.default_payment_method);
  const automatic = phase.automatic_tax ?? defaults.automatic_tax;
  const merged = { ...subscription.metadata, ...phase.metadata };
  return {
    automatic_tax: {
      disabled_reason: null,
      enabled: automatic?.enabled ?? false,
      liability: automatic?.enabled ? { type: "self" } : null,
    },
    collection_method: phase.collection_method ?? defaults.collection_method ?? "charge_automatically",
    days_until_due: phase.invoice_settings?.days_until_due ?? defaults.invoice_settings.days_until_due,
    default_payment_method: card && isAttached(work, card, schedule) ? card : null,
    // Taxes have no defaults to fall back to: not named, they are gone (contract, `phases.default_tax_rates`).
    default_tax_rates: phase.default_tax_rates ?? [],
    description: phase.description ?? defaults.description,
    metadata: Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== "")),
  };
}

function isAttached(work: Work, card: string, schedule: Schedule): boolean {
  return idOf(work.store.get("payment_method", card)?.customer) === idOf(schedule.customer);
}
