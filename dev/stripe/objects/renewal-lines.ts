import { idOf } from "../ids";
import type { Work } from "../work";
import { type LineDraft, periodLine } from "./invoice-lines";
import type { Phase } from "./schedules-items";
import { shareOf } from "./subscription-periods";
import { billingIntervalOf, type Item, type Subscription } from "./subscription-rows";

/** The phase that takes over from another at an instant; null: none does. */
export function phaseBeginning(work: Work, subscription: Subscription, at: number): Phase | null {
  const schedule = work.store.get("subscription_schedule", idOf(subscription.schedule) ?? "");
  const index = schedule?.phases.findIndex(({ start_date }) => start_date === at) ?? -1;
  return index > 0 ? (schedule?.phases[index] ?? null) : null;
}

/**
 * What a renewal bills for periods that have begun. A period which a phase cut short, because the anchor of another
 * interval was kept, is billed as that phase prorates: with `none` not at all, and a year is then had for nothing until
 * its anchor comes (a sandbox, reported by the community: design note "Schedules").
 */
export function renewalLines(
  work: Work,
  renewed: Item[],
  { anchor, phase }: { anchor: number; phase: Phase | null },
): { now: LineDraft[]; later: LineDraft[] } {
  const isCut = ({ price, current_period_start: start, current_period_end: end }: Item) =>
    phase !== null && shareOf(anchor, billingIntervalOf(price), { start, end }) < 1;
  const behavior = phase?.proration_behavior;
  const line = (item: Item) => periodLine(work, item, anchor);
  const whole = renewed.filter((item) => !isCut(item)).map(line);
  const cut = renewed
    .filter(isCut)
    .filter(() => behavior !== "none")
    .map((item) => ({ ...line(item), proration: true }));
  return behavior === "always_invoice" ? { now: [...cut, ...whole], later: [] } : { now: whole, later: cut };
}
