import type { SubscriptionRow } from "../subscription-row";
import { isOperatorsPlan } from "./planned";

/** Something for the period's end: nothing, something smaller, or Free. */
export type Choice = Pick<SubscriptionRow, "wish" | "wishPlan" | "wishInterval">;
type Wish = Choice &
  Pick<SubscriptionRow, "wishedAt" | "formerWish" | "formerPlan" | "formerInterval" | "askingUntil">;

const NO_FORMER = { formerWish: null, formerPlan: null, formerInterval: null } as const;

export const NO_WISH: Wish = {
  wish: null,
  wishPlan: null,
  wishInterval: null,
  wishedAt: null,
  ...NO_FORMER,
  askingUntil: null,
};

/** A wish as it is stored, with what counted before it. One to keep the plan comes after nothing: it ends everything. */
export function toWish(choice: Choice, row: SubscriptionRow, now: Date): Omit<Wish, "askingUntil"> {
  return { ...choice, wishedAt: now, ...(choice.wish === "keep" ? NO_FORMER : formerTo(choice, row)) };
}

function formerTo(choice: Choice, row: SubscriptionRow) {
  const { wish, wishPlan, wishInterval } = counting(row);
  if (wish === "keep") return NO_FORMER;
  const isSame = wish === choice.wish && wishPlan === choice.wishPlan && wishInterval === choice.wishInterval;
  if (isSame) {
    const { formerWish, formerPlan, formerInterval } = row;
    return { formerWish, formerPlan, formerInterval };
  }
  return { formerWish: wish, formerPlan: wishPlan, formerInterval: wishInterval };
}

/** What counts until something else is chosen: the last wish, or what Stripe has. */
function counting(row: SubscriptionRow): Choice {
  const { wish, wishPlan, wishInterval, cancelAt, nextPlan, nextInterval } = row;
  if (wish) return { wish, wishPlan, wishInterval };
  // What an operator planned was never the customer's choice.
  if (isOperatorsPlan(row)) return { wish: null, wishPlan: null, wishInterval: null };
  if (cancelAt) return { wish: "cancel", wishPlan: null, wishInterval: null };
  if (nextPlan) return { wish: "change", wishPlan: nextPlan, wishInterval: nextInterval };
  return { wish: null, wishPlan: null, wishInterval: null };
}

/** What counted before a wish, as the wish that it is again; null where nothing did. */
export function formerOf({
  formerWish: wish,
  formerPlan: wishPlan,
  formerInterval: wishInterval,
}: SubscriptionRow) {
  return wish ? { wish, wishPlan, wishInterval, ...NO_FORMER } : null;
}

/**
 * What is left of a wish by what Stripe says. It stays until Stripe has it, or there is nothing left to change; and while
 * somebody is asking, whose call may yet undo what Stripe has now.
 */
export function wishLeft(
  row: SubscriptionRow,
  { counts, now }: { /** The account's plan is this one. */ readonly counts: boolean; readonly now: Date },
): Wish {
  const asking = row.askingUntil !== null && row.askingUntil > now;
  // An operator planned something else since: what the customer may still choose is to end the plan.
  const isOverruled = row.wish !== "cancel" && isOperatorsPlan(row);
  if (!row.wish || !counts || (!asking && (isOverruled || isFulfilled(row)))) return NO_WISH;
  const { wish, wishPlan, wishInterval, wishedAt } = row;
  const { formerWish, formerPlan, formerInterval, askingUntil } = row;
  return { wish, wishPlan, wishInterval, wishedAt, formerWish, formerPlan, formerInterval, askingUntil };
}

function isFulfilled(row: SubscriptionRow): boolean {
  const { wish, wishPlan, wishInterval, cancelAt, scheduleId, periodEnd } = row;
  if (wish === "cancel") return cancelAt !== null && periodEnd !== null && cancelAt <= periodEnd;
  if (cancelAt !== null) return false;
  if (wish === "keep") return scheduleId === null;
  // Or it has come already.
  const coming = row.nextPlan ? { plan: row.nextPlan, interval: row.nextInterval } : row;
  return coming.plan === wishPlan && coming.interval === wishInterval;
}
