export const DEMO_PASSWORD = "demo-password";

type Role = "owner" | "billing" | "member";
export type DemoPerson = { email: string; name: string; role: Role; isOperator?: boolean };

type Named = {
  name: string;
  /** Which day of its cycle it is in, counted from 1. */
  day: number;
  /** Credits spent in this cycle. */
  used: bigint;
  people: DemoPerson[];
};
/** On a plan that nobody subscribed to: Free, or by agreement. */
type DemoResident = Named & { plan: string; subscription?: undefined };
export type DemoSubscriber = Named & { plan: string; subscription: DemoSubscription };
export type DemoAccount = DemoResident | DemoSubscriber;

type DemoSubscription = {
  /** What it pays with from now on: a test card of Stripe's, by the name under which it can be attached. */
  card: string;
  /** What its first invoice was paid with, where the card above would not have done. */
  firstCard?: string;
  /** `past_due`: the cycle began with a renewal that could not be paid. `cancels`: at the end of the cycle. */
  state: "renews" | "cancels" | "past_due";
};

const owner = (email: string, name: string): DemoPerson => ({ email, name, role: "owner" });

export const DEMO_ACCOUNTS: readonly DemoAccount[] = [
  {
    name: "Free Forest",
    plan: "free",
    day: 12,
    used: 358_500n,
    people: [owner("free@example.com", "Freya Forest")],
  },
  {
    name: "Starlight Studio",
    plan: "starter",
    day: 18,
    used: 11_482_300n,
    subscription: { card: "pm_card_visa", state: "renews" },
    people: [
      owner("starter@example.com", "Stella Starlight"),
      { email: "billing@example.com", name: "Bella Billing", role: "billing" },
      { email: "member@example.com", name: "Milo Member", role: "member" },
    ],
  },
  {
    name: "Premium Press",
    plan: "premium",
    day: 5,
    used: 6_200_750n,
    subscription: { card: "pm_card_mastercard", state: "renews" },
    people: [owner("premium@example.com", "Priya Premium")],
  },
  {
    name: "No Card Co",
    plan: "starter",
    day: 3,
    used: 912_000n,
    people: [owner("nocard@example.com", "Noah Nocard")],
  },
  {
    name: "Always Ask Ltd",
    plan: "starter",
    day: 9,
    used: 5_000_000n,
    subscription: { card: "pm_card_authenticationRequired", firstCard: "pm_card_visa", state: "renews" },
    people: [owner("authenticate@example.com", "Aylin Asks")],
  },
  {
    name: "Declined Design",
    plan: "starter",
    day: 14,
    used: 8_400_000n,
    subscription: { card: "pm_card_chargeCustomerFail", firstCard: "pm_card_visa", state: "renews" },
    people: [owner("declined@example.com", "Dana Declined")],
  },
  {
    name: "Past Due Pottery",
    plan: "starter",
    day: 3,
    used: 640_000n,
    subscription: { card: "pm_card_chargeCustomerFail", firstCard: "pm_card_visa", state: "past_due" },
    people: [owner("pastdue@example.com", "Paula Pastdue")],
  },
  {
    name: "Canceling Cartoons",
    plan: "premium",
    day: 21,
    used: 17_350_000n,
    subscription: { card: "pm_card_visa", state: "cancels" },
    people: [owner("canceling@example.com", "Carl Canceling")],
  },
  {
    name: "The house",
    plan: "free",
    day: 1,
    used: 0n,
    people: [{ ...owner("operator@example.com", "Oona Operator"), isOperator: true }],
  },
];
