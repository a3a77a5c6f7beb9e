import type Stripe from "stripe";
import { idOf } from "../../stripe/ids";
import { isLive } from "../at-stripe";
import type { Person } from "../person";
import type { Random } from "../random";
import type { World } from "../world";
import { meaningOf } from "./dashboard";

/** What the dashboard shows of a customer when an operator comes to do something. */
export type Desk = {
  readonly world: World;
  readonly stripe: Stripe;
  readonly person: Person;
  readonly random: Random;
  readonly customer: string;
  /** With a plan of ours, live, the newest first. */
  readonly plans: readonly Stripe.Subscription[];
  /** Live, and of other products alone. */
  readonly others: readonly Stripe.Subscription[];
  /** Of plans, whatever became of them, the newest first. */
  readonly invoices: readonly Stripe.Invoice[];
  /** Seconds. */
  readonly now: number;
};

/** A desk with a plan to do something to. */
export type PlanDesk = Desk & {
  readonly plan: Stripe.Subscription;
  readonly item: Stripe.SubscriptionItem;
};

/** Something an operator does, how likely it is in a situation, and what came of it in a word. */
export type Edit = {
  readonly name: string;
  weigh(desk: Desk): number;
  run(desk: Desk): Promise<string>;
};

/** Null for an account that was never a customer. */
export function deskOf(world: World, person: Person, random: Random): Desk | null {
  const { store } = world.simulator;
  const { stripe, accountOf } = world.dashboard;
  const customer = store
    .list("customer")
    .find(({ id }) => accountOf.get(id) === person.accountId && isUsed(world, id));
  if (!customer) return null;
  const its = store.list("subscription").filter((each) => idOf(each.customer) === customer.id);
  const live = its.filter(isLive);
  const isPlan = (each: Stripe.Subscription) => planItemOf(world, each) !== null;
  const plans = new Set(its.filter(isPlan).map(({ id }) => id));
  return {
    ...{ world, stripe, person, random, customer: customer.id },
    plans: live.filter(isPlan),
    others: live.filter((each) => !isPlan(each)),
    invoices: store
      .list("invoice")
      .filter((each) => plans.has(idOf(each.parent?.subscription_details?.subscription) ?? "")),
    now: Math.floor(world.now().getTime() / 1_000),
  };
}

/** One whose creation was never answered may be left behind; nobody does anything to it. */
const isUsed = ({ simulator: { store } }: World, customer: string): boolean =>
  store.list("payment_method").some((each) => idOf(each.customer) === customer);

/** The item that sells a plan of ours. */
export const planItemOf = (world: World, { items }: Stripe.Subscription): Stripe.SubscriptionItem | null =>
  items.data.find(({ price }) => meaningOf(world.simulator.store, world.dashboard, price)) ?? null;

/** A schedule refuses every other change. */
export const isFree = ({ plan }: PlanDesk): boolean => idOf(plan.schedule) === null;
/** Whether a new cycle ends a trial only the real Stripe could say. */
export const mayBeginAnew = (desk: PlanDesk): boolean => isFree(desk) && desk.plan.status !== "trialing";

/** An edit of a plan that lives, one of them where there are several. */
export function planEdit(
  name: string,
  weight: number,
  run: (desk: PlanDesk) => Promise<string>,
  fits: (desk: PlanDesk) => boolean = () => true,
): Edit {
  const at = (desk: Desk): PlanDesk | null => {
    const plan = desk.plans[0];
    const item = plan && planItemOf(desk.world, plan);
    return plan && item ? { ...desk, plan, item } : null;
  };
  return {
    name,
    weigh(desk) {
      const its = at(desk);
      return its && fits(its) ? weight : 0;
    },
    async run(desk) {
      const its = at(desk);
      return its ? run(its) : "nothing there";
    },
  };
}

/** An edit of an invoice in one of these states. */
export function invoiceEdit(
  name: string,
  weight: number,
  statuses: readonly Stripe.Invoice.Status[],
  run: (desk: Desk, invoice: Stripe.Invoice) => Promise<string>,
): Edit {
  const fitting = ({ invoices }: Desk) =>
    invoices.filter(({ status }) => status !== null && statuses.includes(status)).slice(0, 3);
  return {
    name,
    weigh: (desk) => (fitting(desk).length > 0 ? weight : 0),
    async run(desk) {
      const all = fitting(desk);
      return all.length > 0 ? run(desk, desk.random.pick(all)) : "nothing there";
    },
  };
}
