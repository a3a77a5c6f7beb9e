import Stripe from "stripe";
import { mapSome } from "../map-some";
import { about, type Finding } from "./finding";

/** Nothing has this as its id: whoever may write is told so, and whoever may not is refused before. */
const NOBODY = "refill_doctor_asks_for_nothing";
const ONE = { limit: 1 } as const;

type Right = {
  /** As the dashboard names it. */
  readonly name: string;
  readonly level: "read" | "write";
  /** What does not work without it; null: `npm run stripe:setup` alone. */
  readonly without: string | null;
  ask(stripe: Stripe): Promise<unknown>;
};

const write = (name: string, without: string | null, ask: Right["ask"]): Right => ({
  ...{ name, level: "write", without, ask },
});
const read = (name: string, without: string | null, ask: Right["ask"]): Right => ({
  ...{ name, level: "read", without, ask },
});

/** What the product asks of Stripe, by the rights of a restricted key: https://docs.stripe.com/keys/restricted-api-keys. */
export const RIGHTS: readonly Right[] = [
  write("Customers", "nobody can buy or subscribe", (stripe) => stripe.customers.update(NOBODY, {})),
  write("PaymentIntents", "nobody can buy", (stripe) => stripe.paymentIntents.update(NOBODY, {})),
  write("PaymentMethods", "cards are neither shown nor removed", (stripe) =>
    stripe.paymentMethods.update(NOBODY, {}),
  ),
  write("Charges and Refunds", "nothing can be refunded", (stripe) => stripe.refunds.update(NOBODY, {})),
  write("Checkout Sessions", "no card can be saved, and nobody can subscribe", (stripe) =>
    stripe.checkout.sessions.expire(NOBODY),
  ),
  write("Subscriptions", "plans are neither changed nor canceled", (stripe) =>
    stripe.subscriptions.update(NOBODY, {}),
  ),
  write("Subscription Schedules", "nobody can choose a smaller plan", (stripe) =>
    stripe.subscriptionSchedules.update(NOBODY, {}),
  ),
  write("Invoices", "unpaid invoices cannot be paid", (stripe) => stripe.invoices.update(NOBODY, {})),
  write("Customer portal", "the portal does not open", (stripe) =>
    stripe.billingPortal.configurations.update(NOBODY, {}),
  ),
  read("SetupIntents", "a card that was saved is not found", (stripe) =>
    stripe.setupIntents.retrieve(NOBODY),
  ),
  read("Credit notes", "refunds and disputes of plans take no credits, and none come back", (stripe) =>
    stripe.creditNotes.list(ONE),
  ),
  read("Disputes", "disputes go unseen, and credits that were taken back stay", (stripe) =>
    stripe.disputes.list(ONE),
  ),
  read("Early fraud warnings (Radar)", "operators are not told of them", (stripe) =>
    stripe.radar.earlyFraudWarnings.list(ONE),
  ),
  read("Events", "events that were not delivered are not counted here", (stripe) => stripe.events.list(ONE)),
  read("Prices", "plans are not on sale", (stripe) => stripe.prices.list(ONE)),
  read("Products", "plans are not recognised", (stripe) => stripe.products.list(ONE)),
  write("Prices (write)", null, (stripe) => stripe.prices.update(NOBODY, {})),
  write("Products (write)", null, (stripe) => stripe.products.update(NOBODY, {})),
  write("Webhook Endpoints", null, (stripe) => stripe.webhookEndpoints.update(NOBODY, {})),
  write("Payment Method Configurations", null, (stripe) =>
    stripe.paymentMethodConfigurations.update(NOBODY, {}),
  ),
];

/** Whether a key is one that may lack rights. */
export const isRestricted = (secretKey: string): boolean => secretKey.startsWith("rk_");

/**
 * What a restricted key may not do of what the product asks. Nothing is changed: a right to write is tried on what does not
 * exist, which a key that has it is told (404), and one that has not never learns (403).
 */
export async function findLackingRights(stripe: Stripe): Promise<readonly Finding[]> {
  const { good, bad, note, unknown } = about("key");
  const answers = await mapSome(RIGHTS, async (right) => ({ right, answer: await tryOut(stripe, right) }));
  const named = (rights: readonly { right: Right }[]) => rights.map(({ right }) => right.name).join(", ");
  const silent = answers.filter(({ answer }) => answer === "no_answer");
  const lacking = answers.filter(({ answer }) => answer === "lacking");
  const ofSetup = lacking.filter(({ right }) => right.without === null);
  const findings = [
    ...lacking.flatMap(({ right }) =>
      right.without === null
        ? []
        : bad(
            `This key has no right to ${right.level} ${right.name}: ${right.without}.`,
            "Add it in the dashboard: Developers, API keys.",
          ),
    ),
    ...(ofSetup.length > 0
      ? [note(`npm run stripe:setup cannot work with this key: it may not write ${named(ofSetup)}.`)]
      : []),
    ...(silent.length > 0 ? [unknown(`Whether this key may use ${named(silent)}: Stripe did not say.`)] : []),
  ];
  return findings.length > 0 ? findings : [good("It may do everything that is asked of Stripe.")];
}

async function tryOut(stripe: Stripe, right: Right): Promise<"allowed" | "lacking" | "no_answer"> {
  try {
    await right.ask(stripe);
    return "allowed";
  } catch (error) {
    if (error instanceof Stripe.errors.StripePermissionError) return "lacking";
    return error instanceof Stripe.errors.StripeInvalidRequestError ? "allowed" : "no_answer";
  }
}
