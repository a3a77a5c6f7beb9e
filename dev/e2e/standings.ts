import { and, eq } from "drizzle-orm";
import { allowances } from "../../db/schema";
import type { Customer } from "./customers";
import {
  changePrice,
  DAY,
  declineFrom,
  endOf,
  failedRenewal,
  HOUR,
  newestInvoice,
  pause,
  pausedTrial,
  priceOf,
  type Stage,
  startOf,
  subscribe,
  tenDaysOn,
  until,
} from "./standing-stage";

export type Scene = {
  readonly name: string;
  /** As an operator, a bank or time brings it about. */
  make(stage: Stage): Promise<Customer>;
  /** On Overview and on Plans. */
  readonly says: RegExp;
  /** What Overview's panel says of the plan and its price. */
  readonly plan: RegExp;
  readonly mayBuy: boolean;
  /** On Buy Credit where nothing can be bought; what `says` otherwise. */
  readonly saysInstead?: RegExp;
  /** Buttons and links that Overview and Plans both have for the way on. */
  readonly offers?: readonly (string | RegExp)[];
};

const NOT_PAID = /^The last payment for your Starter plan did not go through$/;
const DAY_NAME = "[A-Z][a-z]{2} \\d{1,2}";

/** Every row of the decision table that a page has a sentence of its own for. The stack leaves what is never paid `unpaid`. */
export const SCENES: readonly Scene[] = [
  {
    name: "a trial",
    make: async (stage) => {
      const who = await stage.arrive();
      await subscribe(stage, who, { trial_period_days: 14 });
      return who;
    },
    says: /^Your Starter trial runs until .+\. Your plan begins then: \$299\.00 is charged to Visa •••• 4242\./,
    plan: /^Starter, \$299 a month$/,
    mayBuy: false,
    saysInstead: /^Your Starter trial runs until .+ You can buy add-on credits from then on\.$/,
  },
  {
    name: "a trial without a card",
    make: async (stage) => {
      const who = await stage.arrive({ cards: [] });
      await subscribe(stage, who, pausedTrial);
      return who;
    },
    says: /^Your Starter trial runs until .+\. No card is saved\. Add one before then/,
    plan: /^Starter, \$299 a month$/,
    mayBuy: false,
    offers: ["Add card"],
  },
  {
    name: "a trial that ended without a card",
    make: async (stage) => {
      const who = await stage.arrive({ cards: [] });
      const { trial_end } = await subscribe(stage, who, pausedTrial);
      await stage.goTo((trial_end ?? 0) + HOUR);
      return who;
    },
    says: /^Your Starter trial is over, and no card was saved to continue\. Your plan is paused/,
    plan: /^Starter, \$299 a month$/,
    mayBuy: false,
    offers: ["Add card", "Contact us"],
  },
  {
    name: "collection paused, the period paid",
    make: async (stage) => {
      const who = await stage.arrive();
      const subscription = await subscribe(stage, who);
      const resumes_at = endOf(subscription) + 40 * DAY;
      await pause(stage, subscription, { resumes_at });
      return who;
    },
    says: /^Payments for your Starter plan are paused until .+: until then nothing is charged, and no new credits are added\. Your current period runs until /,
    plan: /^Starter, \$299 a month$/,
    mayBuy: true,
    offers: ["Contact us"],
  },
  {
    name: "collection paused, the period over",
    make: async (stage) => {
      const who = await stage.arrive();
      const subscription = await subscribe(stage, who);
      await pause(stage, subscription);
      await stage.goTo(endOf(subscription) + 2 * HOUR);
      return who;
    },
    says: /^Payments for your Starter plan are paused until we start them again: until then nothing is charged/,
    plan: /^Starter, \$299 a month$/,
    mayBuy: false,
    saysInstead: /You can buy add-on credits once payments resume\.$/,
    offers: ["Contact us"],
  },
  {
    name: "a price that was never known",
    make: async (stage) => {
      const who = await stage.arrive();
      const metadata = { refill_plan: "custom", refill_credits: "100,000,000" };
      const { id: product } = await stage.stripe.products.create({ name: "Custom for ACME", metadata });
      const price = await stage.stripe.prices.create({
        product,
        unit_amount: 500_000,
        currency: "usd",
        recurring: { interval: "month" },
      });
      await subscribe(stage, who, { items: [{ price: price.id }] });
      return who;
    },
    says: /^Your plan is being set up\. Its credits are added as soon as that is done/,
    plan: /^Being set up$/,
    mayBuy: false,
    offers: ["Contact us"],
  },
  {
    name: "a price that says nothing any more",
    make: async (stage) => {
      const who = await stage.arrive();
      const subscription = await subscribe(stage, who);
      const { id: product } = await stage.stripe.products.create({ name: "Starter, 20% off for ACME" });
      const price = await stage.stripe.prices.create({
        product,
        unit_amount: 23_900,
        currency: "usd",
        recurring: { interval: "month" },
      });
      await changePrice(stage, subscription, price.id, { proration_behavior: "none" });
      return who;
    },
    says: /^We are updating the details of your Starter plan\. It continues as it is/,
    plan: /^Starter, \$239 a month$/,
    mayBuy: true,
    offers: ["Contact us"],
  },
  {
    name: "a first payment that is missing",
    make: async (stage) => {
      const who = await stage.arrive({ cards: ["pm_card_visa", "pm_card_chargeCustomerFail"] });
      await subscribe(stage, who, { payment_behavior: "allow_incomplete" });
      return who;
    },
    says: /^Your Starter plan has not begun: its first payment is missing$/,
    plan: /^Free, \$0 a month$/,
    mayBuy: false,
    offers: [/pay \$299\.00$/i],
  },
  {
    name: "an invoice sent by mail",
    make: async (stage) => {
      const who = await stage.arrive();
      const sent = { collection_method: "send_invoice", days_until_due: 14 } as const;
      const subscription = await subscribe(stage, who, sent);
      await stage.goTo(startOf(subscription) + 2 * HOUR);
      return who;
    },
    says: /^An invoice for your Starter plan is due$/,
    plan: /^Starter, \$299 a month$/,
    mayBuy: false,
  },
  {
    name: "raised at once with prorations",
    make: async (stage) => {
      const { who, subscription } = await tenDaysOn(stage, "starter");
      await changePrice(stage, subscription, await priceOf(stage, "premium"));
      return who;
    },
    says: new RegExp(
      `^Premium since ${DAY_NAME}; [\\d,]+ more credits come with the invoice of ${DAY_NAME}\\.$`,
    ),
    plan: /^Premium, \$499 a month$/,
    mayBuy: true,
  },
  {
    name: "lowered by an operator",
    make: async (stage) => {
      const { who, subscription } = await tenDaysOn(stage, "premium");
      await changePrice(stage, subscription, await priceOf(stage, "starter"), { proration_behavior: "none" });
      return who;
    },
    says: new RegExp(
      `^Starter from ${DAY_NAME}: \\$299\\.00 a month, 24,000,000 credits a cycle\\. Until then you keep Premium`,
    ),
    plan: /^Premium, \$499 a month$/,
    mayBuy: true,
  },
  {
    name: "a renewal that was voided",
    make: async (stage) => {
      const who = await stage.arrive();
      const subscription = await subscribe(stage, who);
      await declineFrom(stage, who, subscription);
      await stage.goTo(endOf(subscription) + HOUR / 2);
      // The schedule opens the cycle: its credits are there before the invoice is tried.
      const given = and(eq(allowances.accountId, who.accountId), eq(allowances.origin, "provisional"));
      await until(async () => (await stage.db.select().from(allowances).where(given)).length > 0);
      await stage.goTo(endOf(subscription) + 2 * HOUR);
      await stage.stripe.invoices.voidInvoice(await newestInvoice(stage, subscription.id));
      return who;
    },
    says: /^The invoice for your Starter plan, .+, was canceled, and its credits ended\./,
    plan: /^Starter, \$299 a month$/,
    mayBuy: true,
  },
  {
    name: "a renewal that failed",
    make: async (stage) => (await failedRenewal(stage)).who,
    says: NOT_PAID,
    plan: /^Starter, \$299 a month$/,
    mayBuy: false,
  },
  {
    name: "unpaid to the last try, and the month after",
    make: async (stage) => {
      const { who, subscription } = await failedRenewal(stage);
      const { id } = subscription;
      await stage.goTo(endOf(await stage.stripe.subscriptions.retrieve(id)) + 2 * HOUR);
      return who;
    },
    says: NOT_PAID,
    plan: /^Starter, \$299 a month$/,
    mayBuy: false,
  },
  {
    name: "a later invoice paid, an older one open",
    make: async (stage) => {
      const { who, subscription } = await failedRenewal(stage);
      const { id } = subscription;
      await stage.goTo(endOf(await stage.stripe.subscriptions.retrieve(id)) + 2 * HOUR);
      const newest = await newestInvoice(stage, id);
      await stage.stripe.invoices.pay(newest, { payment_method: who.cardIds[0] ?? "" });
      return who;
    },
    says: /^Also unpaid: an older invoice for your plan$/,
    plan: /^Starter, \$299 a month$/,
    mayBuy: true,
  },
  {
    name: "several of a plan",
    make: async (stage) => {
      const who = await stage.arrive();
      await subscribe(stage, who, { items: [{ price: await priceOf(stage, "starter"), quantity: 3 }] });
      return who;
    },
    says: /^72,000,000$/,
    plan: /^Starter, \$299 a month × 3$/,
    mayBuy: true,
  },
  {
    name: "canceled at once",
    make: async (stage) => {
      const { who, subscription } = await tenDaysOn(stage, "starter");
      await stage.stripe.subscriptions.cancel(subscription.id);
      return who;
    },
    offers: [/^Start again( for \$299\.00)?$/],
    says: /The 24,000,000 unused credits you have paid for stay yours until .+ You are on Free now\./,
    plan: /^Free, \$0 a month$/,
    mayBuy: false,
    saysInstead: /^You are on the Free plan\./,
  },
  {
    name: "ended for want of payment",
    make: async (stage) => {
      const { who, subscription } = await failedRenewal(stage);
      await stage.stripe.subscriptions.cancel(subscription.id);
      return who;
    },
    says: /^Your Starter plan has ended, and an invoice for it was not paid$/,
    plan: /^Free, \$0 a month$/,
    mayBuy: false,
    saysInstead: /^You are on the Free plan\./,
  },
];
