import type { FaultRequest } from "../../stripe/control/faults";
import { type Customer, knownCustomer, type NewCustomer } from "../customers";
import type { Facts } from "../facts";
import { type CapturedForm, captureForm, type Sent, sendForm } from "../forge";
import { BUY_CREDIT, PLANS } from "../pages";
import { cookieOf } from "../session";
import { subscribe } from "../subscribers";
import type { World } from "../test";
import { listActions } from "./inventory";

/** What the arrangement of a scene may use. */
export type Stage = {
  readonly world: World;
  customer(options?: NewCustomer): Promise<Customer>;
  fault(request: FaultRequest): Promise<void>;
};

/** A form as its rightful sender has it before them. */
export type Scene = {
  readonly customer: Customer;
  readonly cookie: string;
  readonly form: CapturedForm;
  /** What has to be filled in so that it would be accepted. */
  readonly filled: Record<string, string>;
};

const idOf = new Map(listActions().map(({ name, id }) => [name, id]));

/** Captures the form on a page that calls an action; with `containing`, the one of several that has this text in it. */
export async function captureActionForm(
  facts: Facts,
  action: string,
  at: { readonly path: string; readonly cookie: string | undefined; readonly containing?: string },
): Promise<CapturedForm> {
  const id = idOf.get(action);
  if (!id) throw new Error(`the build knows no action ${action}`);
  return captureForm(facts, at.path, at.cookie, at.containing ?? id);
}

/** Lets somebody send a form that leads on, and answers the path it leads to. */
export async function follow(
  facts: Facts,
  form: CapturedForm,
  cookie: string,
  filled: Record<string, string>,
): Promise<string> {
  const { status, location }: Sent = await sendForm(facts, form, { cookie }, filled);
  if (!location) throw new Error(`a form on ${form.path} led nowhere (${status})`);
  return new URL(location, facts.url).pathname;
}

const PLACE_ORDER = "app/settings/billing/buy-credit/actions.ts#placeOrderAction";
const CONFIRM_ORDER = "app/settings/billing/buy-credit/[orderId]/actions.ts#confirmOrderAction";
const CONFIRM_UPGRADE = "app/settings/billing/plans/actions.ts#confirmUpgradeAction";

/** A scene with a form on a page that is there as soon as one is signed in. */
export async function sceneAt(
  { world: { facts } }: Stage,
  customer: Customer,
  action: string,
  at: { readonly path: string; readonly containing?: string; readonly filled?: Record<string, string> },
): Promise<Scene> {
  const cookie = await cookieOf(facts, customer);
  const form = await captureActionForm(facts, action, { ...at, cookie });
  return { customer, cookie, form, filled: at.filled ?? {} };
}

/** Places an order of $100 and answers its page. */
export async function placeOrder(stage: Stage, customer: Customer): Promise<string> {
  const { facts } = stage.world;
  const { form, cookie } = await sceneAt(stage, customer, PLACE_ORDER, { path: BUY_CREDIT });
  return follow(facts, form, cookie, { bundle: "usd100" });
}

/** Places an order and confirms it; where it stands then is for the card and the faults to say. */
export async function confirmedOrder(stage: Stage, customer: Customer): Promise<string> {
  const path = await placeOrder(stage, customer);
  const { form, cookie } = await sceneAt(stage, customer, CONFIRM_ORDER, { path });
  await sendForm(stage.world.facts, form, { cookie });
  return path;
}

/** Sends a scene's form once, as its sender would. */
export const sendOnce = ({ world }: Stage, { form, cookie, filled }: Scene): Promise<Sent> =>
  sendForm(world.facts, form, { cookie }, filled);

/** A subscriber with these cards, the last of which pays. */
export async function subscriber(stage: Stage, cards?: string[], plan = "starter"): Promise<Customer> {
  const customer = await stage.customer({ plan: "free", ...(cards && { cards }) });
  await subscribe(stage.world, customer, plan);
  return customer;
}

/** An upgrade that waits for the bank, and its payment's page. */
export async function waitingUpgrade(stage: Stage): Promise<{ customer: Customer; path: string }> {
  const { world } = stage;
  const customer = await subscriber(stage, ["pm_card_authenticationRequired", "pm_card_visa"]);
  const { form, cookie } = await sceneAt(stage, customer, CONFIRM_UPGRADE, {
    path: `${PLANS}/change?to=premium&interval=month`,
  });
  await sendForm(world.facts, form, { cookie }, { card: customer.cardIds[0] ?? "" });
  const [payment] = await world.owner<{ id: string }[]>`
    select id from plan_payments where account_id = ${customer.accountId}`;
  if (!payment) throw new Error("the upgrade was not begun");
  return { customer, path: `${PLANS}/payments/pay_${payment.id.replaceAll("-", "")}` };
}

/** The demo's customer whose renewal was declined: one for each stack, whose time need not be moved for it. */
export async function pastDue({ world }: Stage): Promise<Customer> {
  const [found] = await world.owner<{ user_id: string; account_id: string }[]>`
    select m.user_id, m.account_id from memberships m join users u on u.id = m.user_id
    where u.email = 'pastdue@example.com'`;
  if (!found) throw new Error("the demo's customers are missing");
  return knownCustomer(world.db, world.stripe, {
    email: "pastdue@example.com",
    userId: found.user_id,
    accountId: found.account_id,
    cardIds: [],
  });
}
