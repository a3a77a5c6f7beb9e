import { createHash } from "node:crypto";
import type Stripe from "stripe";
import type { Change } from "./setup-change";

/**
 * Cards are what we sell to. Left out, the account's dynamic methods apply, Link among them by default, and a method that is
 * no card can neither be shown nor charged by what is sold here. Wallets that hand over a card stay.
 */
export const CARDS_ONLY = { allowed_payment_method_types: ["card" as const] };

/** The same for a hosted Checkout, where Link would also offer to save the card with itself. */
export const CARDS_ONLY_CHECKOUT = { ...CARDS_ONLY, wallet_options: { link: { display: "never" as const } } };

/** How ours is found again: configurations of payment methods have no metadata. */
const NAME = "Refill: cards only";

/** A card, and the ways of handing one over. */
const CARD_METHODS: readonly string[] = ["card", "apple_pay", "google_pay", "cartes_bancaires"];

type Configuration = Stripe.PaymentMethodConfiguration;

export type CardsOnly = {
  readonly changes: readonly Change[];
  /** The configuration's id: once the changes were applied, also where it was missing. */
  id(): string | null;
};

/** What differs between the card-only configuration of payment methods we want and the one a Stripe account has. */
export async function findCardsOnly(stripe: Stripe): Promise<CardsOnly> {
  let current = (await listOurs(stripe))[0] ?? null;
  const says = !current
    ? `payment methods: new configuration, cards only`
    : !current.active || othersOn(current).length > 0 || !isOn(current, "card")
      ? `payment methods: configuration ${current.id} put right, cards only`
      : null;
  const apply = async () => {
    const before = current ?? (await create(stripe));
    current = await stripe.paymentMethodConfigurations.update(before.id, { active: true, ...only(before) });
  };
  return { changes: says ? [{ says, apply }] : [], id: () => current?.id ?? null };
}

/** Should there ever be two, everybody takes the first. */
async function listOurs(stripe: Stripe): Promise<Configuration[]> {
  const found: Configuration[] = [];
  for await (const each of stripe.paymentMethodConfigurations.list({ limit: 100 }))
    if (each.name === NAME && !each.application) found.push(each);
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Two runs at once ask with the same key. */
function create(stripe: Stripe): Promise<Configuration> {
  const key = createHash("sha256").update(NAME).digest("hex").slice(0, 32);
  return stripe.paymentMethodConfigurations.create(
    { name: NAME },
    { idempotencyKey: `refill-setup:payment-methods:${key}` },
  );
}

/** Which methods there are, the configuration itself says: new ones appear without our knowing their names. */
const methodsOf = (configuration: Configuration): [string, { display_preference: { value: string } }][] =>
  Object.entries(configuration).filter(
    ([, value]) => typeof value === "object" && value !== null && "display_preference" in value,
  );

const isOn = (configuration: Configuration, name: string): boolean =>
  methodsOf(configuration).some(
    ([each, { display_preference }]) => each === name && display_preference.value === "on",
  );

const othersOn = (configuration: Configuration): string[] =>
  methodsOf(configuration)
    .map(([name]) => name)
    .filter((name) => !CARD_METHODS.includes(name) && isOn(configuration, name));

const only = (configuration: Configuration): Stripe.PaymentMethodConfigurationUpdateParams => ({
  card: { display_preference: { preference: "on" } },
  ...Object.fromEntries(
    othersOn(configuration).map((name) => [name, { display_preference: { preference: "off" } }]),
  ),
});
