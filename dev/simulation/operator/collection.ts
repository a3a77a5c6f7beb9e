import { idOf } from "../../stripe/ids";
import { type Desk, planEdit } from "./edit";

const DAY_S = 86_400;

const pause = planEdit(
  "pause collection",
  2,
  async ({ stripe, plan, random, now }) => {
    const behavior = random.pick(["keep_as_draft", "mark_uncollectible", "void"] as const);
    const resumes_at = random.chance(0.4) ? now + DAY_S * (1 + random.whole(60)) : undefined;
    await stripe.subscriptions.update(plan.id, { pause_collection: { behavior, resumes_at } });
    return behavior;
  },
  ({ plan }) => plan.pause_collection === null,
);

const resume = planEdit(
  "resume collection",
  4,
  async ({ stripe, plan }) => {
    await stripe.subscriptions.update(plan.id, { pause_collection: "" });
    return "resumed";
  },
  ({ plan }) => plan.pause_collection !== null,
);

/** Free time on a plan that runs, or less of it. */
const trial = planEdit(
  "give a trial",
  1,
  async ({ stripe, plan, random, now }) => {
    const trial_end = random.chance(0.25) ? "now" : now + DAY_S * (1 + random.whole(45));
    const proration_behavior = random.pick(["none", "create_prorations"] as const);
    await stripe.subscriptions.update(plan.id, { trial_end, proration_behavior });
    return `${trial_end === "now" ? "over" : "given"}, ${proration_behavior}`;
  },
  ({ plan }) => idOf(plan.schedule) === null && plan.status !== "paused",
);

const byMail = planEdit(
  "send invoices by mail",
  1,
  async ({ stripe, plan, random }) => {
    if (plan.collection_method === "send_invoice") {
      await stripe.subscriptions.update(plan.id, { collection_method: "charge_automatically" });
      return "charge again";
    }
    const days_until_due = random.pick([7, 30]);
    await stripe.subscriptions.update(plan.id, { collection_method: "send_invoice", days_until_due });
    return `due in ${days_until_due}`;
  },
  ({ plan }) => idOf(plan.schedule) === null,
);

const METHODS = [
  ["pays", "pm_card_visa", 6],
  ["declines", "pm_card_chargeCustomerFail", 2],
  ["asks the bank", "pm_card_authenticationRequired", 2],
  ["a debit that is paid", "pm_usBankAccount_success", 3],
  ["a debit that fails", "pm_usBankAccount_insufficientFunds", 2],
  ["a debit that is never decided", "pm_usBankAccount_processing", 0.5],
] as const;

/** Whatever the customer told on the phone: from now on the plan is paid with this. */
const method = planEdit("change how it is paid", 3, async (desk) => {
  const { stripe, plan, random } = desk;
  const [name, token] = random.weighted(METHODS.map((each) => [each, each[2]] as const)) ?? METHODS[0];
  const { id } = await attach(desk, token);
  await stripe.subscriptions.update(plan.id, { default_payment_method: id });
  return name;
});

export const attach = ({ stripe, customer }: Desk, token: string) =>
  stripe.paymentMethods.attach(token, { customer });

/** A present, or what a complaint came to: the next invoices ask for less. */
const balance = planEdit("credit the balance", 1, async ({ stripe, customer, random }) => {
  const amount = -100 * (1 + random.whole(400));
  await stripe.customers.createBalanceTransaction(customer, { amount, currency: "usd" });
  return "credited";
});

export const COLLECTION = [pause, resume, trial, byMail, method, balance];
