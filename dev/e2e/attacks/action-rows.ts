import { type Customer, PASSWORD } from "../customers";
import { BUY_CREDIT, CARDS, OVERVIEW, PLANS } from "../pages";
import { cookieOf } from "../session";
import type { World } from "../test";
import {
  CARDS_OF_NOBODY,
  CENTS,
  IDS,
  INTERVALS,
  INVOICES_OF_NOBODY,
  PLANS_OF_NOBODY,
  TEXTS,
  UUIDS,
  type Values,
} from "./bad-values";
import {
  captureActionForm,
  confirmedOrder,
  pastDue,
  placeOrder,
  type Scene,
  type Stage,
  sceneAt,
  sendOnce,
  subscriber,
  waitingUpgrade,
} from "./scene";

/** What is tried on one server action, beside what is tried on all of them alike. */
export type ActionRow = {
  arrange(stage: Stage, action: string): Promise<Scene>;
  /** Per field, values no page of ours would send (null: the field is left out): each is refused and changes nothing. */
  readonly bad: Readonly<Record<string, Values>>;
  /** Why somebody who is signed out may send it. */
  readonly publicBecause?: string;
  /** An operator's; the scene's customer is whom it is about. */
  readonly ofDesk?: true;
  /** Why a member may send it, who may otherwise only look. */
  readonly memberMayBecause?: string;
  /** How often it took effect; at most once, however often it is sent. */
  effects?(world: World, customer: Customer): Promise<number>;
  /** Why sending it often is no harm, where `effects` is left out. */
  readonly repeatableBecause?: string;
};

const OWN = "it is about the person alone";
const charges = async (_: World, customer: Customer) => (await customer.charged()).length;
const orders = async (_: World, customer: Customer) => (await customer.orders()).length;
/** Beyond the one that began the plan. */
const furtherCharges = async (_: World, customer: Customer) => (await customer.charged()).length - 1;
const count =
  (table: string) =>
  async ({ owner }: World, { accountId }: Customer): Promise<number> => {
    const [found] = await owner.unsafe<{ n: number }[]>(
      `select count(*)::int as n from ${table} where account_id = $1::uuid`,
      [accountId],
    );
    return found?.n ?? 0;
  };

const ORDER = "app/settings/billing/buy-credit/[orderId]/actions.ts";
const PLAN = "app/settings/billing/plans/actions.ts";
const PAYMENT = "app/settings/billing/plans/payments/[paymentId]/actions.ts";
const CARD = "app/settings/billing/payment-method/actions.ts";
const PROFILE = "app/settings/profile/actions.ts";
const SESSIONS = "app/settings/profile/session-actions.ts";
const PROFILE_PAGE = "/settings/profile";

const onOrder =
  (cards: string[], begin: typeof placeOrder): ActionRow["arrange"] =>
  async (stage, action) => {
    const customer = await stage.customer({ cards });
    return sceneAt(stage, customer, action, { path: await begin(stage, customer) });
  };
const asksTheBank = ["pm_card_authenticationRequired"];

const onPlanOf =
  (path: string, containing?: string): ActionRow["arrange"] =>
  async (stage, action) =>
    sceneAt(stage, await subscriber(stage), action, { path, ...(containing && { containing }) });

const onPayment: ActionRow["arrange"] = async (stage, action) => {
  const { customer, path } = await waitingUpgrade(stage);
  return sceneAt(stage, customer, action, { path });
};

const onCards =
  (cards: string[]): ActionRow["arrange"] =>
  async (stage, action) =>
    sceneAt(stage, await stage.customer({ cards }), action, { path: CARDS });

/** The demo's customer whose renewal was declined, with a card beside it that pays. */
const onPastDue: ActionRow["arrange"] = async (stage, action) =>
  sceneAt(stage, await pastDue(stage), action, { path: PLANS, filled: {} });

const onProfile =
  (filled: Record<string, string> = {}): ActionRow["arrange"] =>
  async (stage, action) =>
    sceneAt(stage, await stage.customer(), action, { path: PROFILE_PAGE, filled });

/** A row for every action: the test that compares this with the build fails for one that has none. */
export const ACTION_ROWS: Readonly<Record<string, ActionRow>> = {
  "app/sign-in/actions.ts#signInAction": {
    arrange: async ({ world, customer }, action) => {
      const made = await customer();
      const form = await captureActionForm(world.facts, action, { path: "/sign-in", cookie: undefined });
      return { customer: made, cookie: "", form, filled: { email: made.email, password: PASSWORD } };
    },
    bad: { email: TEXTS, password: [...TEXTS, null] },
    publicBecause: "it is how one signs in",
    memberMayBecause: OWN,
    repeatableBecause: "each is a session of its own, and limits count them",
  },
  "app/sign-in/actions.ts#signOutAction": {
    arrange: onProfile(),
    bad: {},
    publicBecause: "who is signed out already stays so",
    memberMayBecause: OWN,
    repeatableBecause: "a session ends once",
  },
  [`${PROFILE}#saveProfileAction`]: {
    arrange: onProfile({ name: "Grace Hopper", timeZone: "Europe/Berlin" }),
    bad: {
      name: [...TEXTS, null],
      locale: ["", "xx-XX", "__proto__", "en-US\u0000", null],
      timeZone: ["Mars/Olympus", "__proto__", "../UTC", "x".repeat(65), null],
    },
    memberMayBecause: OWN,
    repeatableBecause: "the same words are saved again",
  },
  [`${PROFILE}#changePasswordAction`]: {
    arrange: onProfile({ currentPassword: PASSWORD, newPassword: "another-fine-horse" }),
    bad: {
      currentPassword: ["", "wrong", "x".repeat(9_000), null],
      newPassword: ["", "short", "x".repeat(9_000), null],
    },
    memberMayBecause: OWN,
    effects: async ({ owner }, { userId }) => {
      const [user] = await owner<
        { n: number }[]
      >`select session_version - 1 as n from users where id = ${userId}`;
      return user?.n ?? 0;
    },
  },
  [`${SESSIONS}#endSessionAction`]: {
    arrange: async (stage, action) => {
      const customer = await stage.customer();
      await cookieOf(stage.world.facts, customer); // Another browser of theirs, whose session can be ended.
      return sceneAt(stage, customer, action, { path: PROFILE_PAGE });
    },
    bad: { session: IDS },
    memberMayBecause: OWN,
    repeatableBecause: "a session ends once",
  },
  [`${SESSIONS}#endOtherSessionsAction`]: {
    arrange: async (stage, action) => {
      const customer = await stage.customer();
      await cookieOf(stage.world.facts, customer);
      return sceneAt(stage, customer, action, { path: PROFILE_PAGE });
    },
    bad: {},
    memberMayBecause: OWN,
    repeatableBecause: "sessions end once",
  },
  [`${SESSIONS}#signOutEverywhereAction`]: {
    arrange: onProfile(),
    bad: {},
    memberMayBecause: OWN,
    repeatableBecause: "who sent it is signed out, and has to sign in before the next",
  },
  "app/settings/billing/overview/actions.ts#refreshAction": {
    arrange: async (stage, action) => sceneAt(stage, await stage.customer(), action, { path: OVERVIEW }),
    bad: {},
    memberMayBecause: "it only looks again",
    repeatableBecause: "it only looks again",
  },
  "app/settings/billing/buy-credit/actions.ts#placeOrderAction": {
    arrange: async (stage, action) =>
      sceneAt(stage, await stage.customer(), action, { path: BUY_CREDIT, filled: { bundle: "usd100" } }),
    bad: { requestId: UUIDS, bundle: ["", "usd1", "__proto__", "toString", "usd500 ", ["usd100", "usd500"]] },
    effects: orders,
  },
  [`${ORDER}#confirmOrderAction`]: {
    arrange: onOrder(["pm_card_visa"], placeOrder),
    bad: { orderId: IDS, card: CARDS_OF_NOBODY },
    effects: charges,
  },
  [`${ORDER}#cancelOrderAction`]: {
    arrange: onOrder(["pm_card_visa"], placeOrder),
    bad: { orderId: IDS },
    effects: async (_, customer) =>
      (await customer.orders()).filter((each) => each.status === "canceled").length,
  },
  [`${ORDER}#continueToBankAction`]: {
    arrange: onOrder(asksTheBank, confirmedOrder),
    bad: { orderId: IDS },
    effects: charges,
  },
  [`${ORDER}#checkNowAction`]: {
    arrange: async (stage, action) => {
      const customer = await stage.customer();
      const path = await placeOrder(stage, customer);
      await stage.fault({
        kind: "fail_before",
        match: { method: "POST", pathPattern: "/v1/payment_intents" },
      });
      const confirming = await sceneAt(stage, customer, `${ORDER}#confirmOrderAction`, { path });
      await sendOnce(stage, confirming);
      return sceneAt(stage, customer, action, { path });
    },
    bad: { orderId: IDS },
    memberMayBecause: "it only asks Stripe what happened",
    effects: charges,
  },
  [`${PLAN}#subscribeAction`]: {
    arrange: async (stage, action) =>
      sceneAt(stage, await stage.customer({ plan: "free" }), action, { path: PLANS }),
    bad: { plan: PLANS_OF_NOBODY, interval: INTERVALS },
    effects: charges,
  },
  [`${PLAN}#confirmUpgradeAction`]: {
    arrange: onPlanOf(`${PLANS}/change?to=premium&interval=month`),
    bad: {
      requestId: UUIDS,
      plan: PLANS_OF_NOBODY,
      interval: INTERVALS,
      shownCents: ["1", ...CENTS],
      card: CARDS_OF_NOBODY,
    },
    effects: furtherCharges,
  },
  [`${PLAN}#downgradeAction`]: {
    arrange: async (stage, action) => {
      const customer = await subscriber(stage, undefined, "premium");
      return sceneAt(stage, customer, action, { path: `${PLANS}/downgrade?to=starter&interval=month` });
    },
    bad: { plan: PLANS_OF_NOBODY, interval: INTERVALS },
    effects: furtherCharges,
  },
  [`${PLAN}#cancelPlanAction`]: { arrange: onPlanOf(`${PLANS}/cancel`), bad: {}, effects: furtherCharges },
  [`${PLAN}#keepPlanAction`]: {
    arrange: async (stage, action) => {
      const customer = await subscriber(stage);
      await sendOnce(
        stage,
        await sceneAt(stage, customer, `${PLAN}#cancelPlanAction`, { path: `${PLANS}/cancel` }),
      );
      return sceneAt(stage, customer, action, { path: PLANS });
    },
    bad: {},
    effects: furtherCharges,
  },
  // Before the one that pays: the same account, which then owes nothing any more.
  [`${PLAN}#updateCardAndPayAction`]: {
    arrange: onPastDue,
    bad: { invoice: INVOICES_OF_NOBODY, shownCents: CENTS },
    effects: furtherCharges,
  },
  [`${PLAN}#payInvoiceAction`]: {
    arrange: onPastDue,
    bad: {
      requestId: UUIDS,
      invoice: ["in_of_nobody", ...INVOICES_OF_NOBODY],
      shownCents: ["1", ...CENTS],
      card: CARDS_OF_NOBODY,
    },
    effects: furtherCharges,
  },
  "app/settings/billing/plans/contact/actions.ts#requestContactAction": {
    arrange: async (stage, action) =>
      sceneAt(stage, await stage.customer(), action, {
        path: `${PLANS}/contact`,
        filled: { name: "Ada", company: "Engines", message: "We need 900M credits a month, please." },
      }),
    bad: {
      requestId: UUIDS,
      name: [...TEXTS, null],
      company: ["\u0000", "a\u202eb", "x".repeat(9_000), null],
      message: ["", "short", "\u0000".repeat(30), `${"a".repeat(30)}\u202e`, "x".repeat(9_999), null],
    },
    memberMayBecause: "anybody of an account may ask",
    effects: count("contact_requests"),
  },
  [`${PAYMENT}#continueToBankAction`]: {
    arrange: onPayment,
    bad: { paymentId: IDS },
    effects: furtherCharges,
  },
  [`${PAYMENT}#checkNowAction`]: {
    arrange: async (stage, action) => {
      await stage.fault({
        kind: "fail_before",
        match: { method: "POST", pathPattern: "/v1/subscriptions/*" },
      });
      const { customer, path } = await waitingUpgrade(stage);
      return sceneAt(stage, customer, action, { path });
    },
    bad: { paymentId: IDS },
    memberMayBecause: "it only asks Stripe what happened",
    effects: furtherCharges,
  },
  [`${PAYMENT}#cancelPaymentAction`]: {
    arrange: onPayment,
    bad: { paymentId: IDS },
    effects: furtherCharges,
  },
  [`${CARD}#addCardAction`]: {
    arrange: onCards(["pm_card_visa"]),
    bad: {
      destination: ["", "https://evil.example", "//evil.example", "__proto__", "a".repeat(9_000), null],
    },
    repeatableBecause:
      "each leads to a page of Stripe's, where nothing is saved before somebody types a card",
  },
  [`${CARD}#makeDefaultAction`]: {
    arrange: onCards(["pm_card_visa", "pm_card_mastercard"]),
    bad: { card: ["", ...CARDS_OF_NOBODY, null] },
    repeatableBecause: "the same card is chosen again",
  },
  [`${CARD}#removeCardAction`]: {
    arrange: async (stage, action) => {
      const customer = await stage.customer({ cards: ["pm_card_visa", "pm_card_mastercard"] });
      const path = `${CARDS}/remove?card=${customer.cardIds[0]}`;
      return sceneAt(stage, customer, action, { path });
    },
    bad: { card: ["", ...CARDS_OF_NOBODY, null] },
    effects: async ({ stripe, owner }, { accountId }) => {
      const [account] = await owner<
        { id: string }[]
      >`select stripe_customer_id as id from accounts where id = ${accountId}`;
      return 2 - (await stripe.customers.listPaymentMethods(account?.id ?? "")).data.length;
    },
  },
  [`${CARD}#openPortalAction`]: {
    arrange: onCards(["pm_card_visa"]),
    bad: {},
    repeatableBecause: "each leads to a page of Stripe's, and changes nothing by itself",
  },
};
