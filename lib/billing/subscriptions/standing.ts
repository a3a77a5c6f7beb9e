import { type NamedPlan, namePlan, type PlanId } from "../../catalog/plans";
import type { PlanInterval } from "../../catalog/prices";
import type { Cents, Credits } from "../../money/credits";
import { err, ok, type Result } from "../../result";
import type { AccountRow } from "../account";
import { isLive, type SubscriptionRow } from "../subscription-row";

/** A subscription that neither just runs nor is just past due: each kind is told, and changed, in a way of its own. */
export type PlanStanding =
  /** Nothing is charged before then. */
  | { readonly kind: "trialing"; readonly until: Date | null }
  /** Stripe's `paused`: a trial ended, and there was no card to charge. */
  | { readonly kind: "trial_over" }
  /** Stripe's `unpaid`: no invoice is collected any more until the newest is paid. */
  | { readonly kind: "unpaid" }
  /** Stripe's `pause_collection`; null: until an operator resumes it. */
  | { readonly kind: "collection_paused"; readonly resumesAt: Date | null }
  /** A billing period runs that no invoice was made for. */
  | { readonly kind: "not_invoiced"; readonly since: Date }
  /** Its price cannot be read any more: the plan is the one that was last known. */
  | { readonly kind: "unreadable" }
  /** Its price could never be read: nobody knows which plan it is. */
  | { readonly kind: "unknown" };

/** An item of the shown subscription as the database builds it; credits and cents are of one piece. */
export type ItemJson = {
  readonly id: string;
  readonly plan: PlanId | null;
  readonly interval: PlanInterval | null;
  readonly credits: string | null;
  readonly cents: string | null;
  readonly currency: string;
  readonly quantity: number;
  readonly unreadable: string | null;
  readonly known: PlanId | null;
  readonly knownQuantity: number | null;
};

/** A line that covers this instant, as the database builds it; newest first. */
export type LineJson = Pick<ItemJson, "plan" | "interval" | "credits" | "cents" | "quantity"> & {
  readonly itemId: string | null;
};

type Row = Pick<
  SubscriptionRow,
  "status" | "plan" | "trialEnd" | "pauseBehavior" | "pauseResumesAt" | "downgradedToFreeAt"
>;
type Account = Pick<AccountRow, "planStatus" | "periodStart">;

/** What is to be said of the subscription that is shown; null: nothing beyond what it costs and when it renews. */
export function standingOf(
  row: Row | null,
  items: readonly ItemJson[],
  { planStatus, periodStart }: Account,
): PlanStanding | null {
  if (!row || !isLive(row) || row.downgradedToFreeAt) return null;
  if (row.plan === null) return { kind: "unknown" };
  if (row.status === "paused") return { kind: "trial_over" };
  if (row.status === "unpaid") return { kind: "unpaid" };
  if (row.status === "trialing") return { kind: "trialing", until: row.trialEnd };
  if (row.pauseBehavior) return { kind: "collection_paused", resumesAt: row.pauseResumesAt };
  if (planStatus === "pending") return { kind: "not_invoiced", since: periodStart };
  return items.some(isOdd) ? { kind: "unreadable" } : null;
}

/** It does not say what it sells: unreadable, of quantity 0, or one of several plan items. */
const isOdd = ({ unreadable, known }: ItemJson): boolean => unreadable !== null || known !== null;

/** Why a plan is not to be changed now, beyond what a change itself says against it. */
export type NotChangeable =
  | { readonly code: "trialing" }
  | { readonly code: "trial_over" }
  | { readonly code: "collection_paused" }
  /** What it sells or costs is not known now: an operator sees to it. */
  | { readonly code: "being_set_up" };

/**
 * Whether the customer may choose another plan: what an operator did to this one, or has yet to put right, is not undone by
 * a button. `unpaid` is for who asks: like a plan that is past due, it is paid first.
 */
export function checkChangeable(standing: PlanStanding | null): Result<undefined, NotChangeable> {
  switch (standing?.kind) {
    case "trialing":
    case "trial_over":
    case "collection_paused":
      return err({ code: standing.kind });
    case "not_invoiced":
    case "unreadable":
    case "unknown":
      return err({ code: "being_set_up" });
    default:
      return ok();
  }
}

/** Whether the customer may end the plan at the end of what is paid for: where nothing runs to an end, we do. */
export function checkCancelable(
  standing: PlanStanding | null,
): Result<undefined, Extract<NotChangeable, { code: "trial_over" | "being_set_up" }>> {
  if (standing?.kind === "trial_over") return err({ code: "trial_over" });
  return standing?.kind === "unknown" ? err({ code: "being_set_up" }) : ok();
}

/** The item that the plan is of, with its quantity; null where the mirror has none of it yet. */
export const itemOf = (items: readonly ItemJson[], itemId: string | null): ItemJson | null =>
  items.find((each) => each.id === itemId) ?? null;

const READS_AS_MONEY: readonly (string | null)[] = [
  null,
  "no_plan",
  "unknown_plan",
  "no_credits",
  "product_deleted",
];

/** What one piece costs an interval, in cents; null where that is not to be told in dollars a month or a year. */
export const tellableCents = (item: ItemJson | null, priceCents: Cents | null): Cents | null =>
  !item || (item.currency === "usd" && item.quantity > 0 && READS_AS_MONEY.includes(item.unreadable))
    ? priceCents
    : null;

/** How many of the plan; what was last known of one whose quantity says nothing. */
export const quantityOf = (item: ItemJson | null): number =>
  item?.knownQuantity ?? (item && item.quantity > 0 ? item.quantity : 1);

/** What the running period was billed as, where the plan has become another since, which counts from the next period on. */
export type BilledAs = {
  readonly plan: NamedPlan;
  readonly quantity: number;
  /** An interval, of one; null where the line says none. */
  readonly pieceCents: Cents | null;
  /** A month, of all pieces. */
  readonly creditsPerCycle: Credits;
};

/** The newest line of the item that covers this instant, if it sells something else than the item does now. */
export function billedAs(item: ItemJson | null, lines: readonly LineJson[]): BilledAs | null {
  if (!item || isOdd(item)) return null;
  const newest = lines.find((each) => each.itemId === item.id);
  if (!newest?.plan || newest.credits === null || newest.interval !== item.interval) return null;
  const isSame =
    newest.plan === item.plan &&
    newest.credits === item.credits &&
    newest.cents === item.cents &&
    newest.quantity === item.quantity;
  const { plan, quantity, cents, credits } = newest;
  return isSame
    ? null
    : {
        plan: namePlan(plan),
        quantity,
        pieceCents: cents === null ? null : (BigInt(cents) as Cents),
        creditsPerCycle: (BigInt(credits) * BigInt(quantity)) as Credits,
      };
}
