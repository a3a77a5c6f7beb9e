/**
 * Whose a schedule is. `customer`: it has what the customer chose here for the period's end, and nothing else. `operator`:
 * somebody planned something in Stripe's dashboard; no button undoes that. `nobody`: it plans nothing, such as one that was
 * begun for a choice and cut short, or whose last phase is running.
 */
export type ScheduleOwner = "customer" | "operator" | "nobody";

/** What a schedule that a customer chose says of itself at Stripe. */
export const SCHEDULE_METADATA = {
  /** For an operator who reads it in the dashboard: `starter, month`. */
  chosen: "refill_chosen",
  /** The coming phase as it was asked for (`markOf`): changed in the dashboard, the schedule is the operator's. */
  phase: "refill_phase",
} as const;

type ComingPhase = {
  readonly start: Date | string;
  readonly items: readonly { readonly price: { readonly priceId: string }; readonly quantity: number }[];
};
type Planned = {
  readonly metadata: Readonly<Record<string, string>>;
  readonly endsByCancel: boolean;
  /** The phases after the running one, in order. */
  readonly next: readonly ComingPhase[];
};

/** Stripe's limit for a value of metadata. */
const MAX_VALUE = 500;

/** A coming phase in one line: when it begins, in seconds, and its prices with their quantities. */
export function markOf({ start, items }: ComingPhase): string {
  const sold = items.map(({ price, quantity }) => `${price.priceId}:${quantity}`).toSorted();
  return [new Date(start).getTime() / 1000, ...sold].join(" ").slice(0, MAX_VALUE);
}

/** Whose a schedule is: told by its metadata and by its phases, as the dashboard keeps the one when it changes the other. */
export function ownerOf({ metadata, endsByCancel, next }: Planned): ScheduleOwner {
  const [coming] = next;
  if (!coming) return endsByCancel ? "operator" : "nobody";
  const isAsChosen = next.length === 1 && metadata[SCHEDULE_METADATA.phase] === markOf(coming);
  return isAsChosen && !endsByCancel ? "customer" : "operator";
}
