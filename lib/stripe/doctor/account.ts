import Stripe from "stripe";
import { about, type Finding } from "./finding";
import { findLackingRights, isRestricted } from "./rights";

/** Whose key it is, as far as Stripe says; the mode, the key says itself. */
export type Owner = { readonly accountId: string | null; readonly live: boolean };

export type AccountReport = {
  readonly owner: Owner;
  readonly findings: readonly Finding[];
  /** False where Stripe refuses the key, or does not answer at all: there is nothing more to ask. */
  readonly goesOn: boolean;
};

/** A webhook older than this, by our clock, is refused; Stripe's own libraries take the same. */
const MAX_CLOCK_DIFFERENCE_S = 300;
/** More than a network's doing. */
const SOME_S = 30;

/** Asks whose key it is, whether that account may take money, and what time it is there. */
export async function readAccount(stripe: Stripe, secretKey: string, now: Date): Promise<AccountReport> {
  const live = secretKey.includes("_live_");
  const key = about("key");
  try {
    const account = await stripe.accounts.retrieveCurrent();
    return {
      owner: { accountId: account.id, live },
      findings: [
        key.good(`Stripe accepts it; ${isRestricted(secretKey) ? "restricted" : "secret"}, ${modeOf(live)}.`),
        ...describeAccount(account, live),
        ...describeClock(account.lastResponse.headers.date, now),
      ],
      goesOn: true,
    };
  } catch (error) {
    const owner = { accountId: null, live };
    if (error instanceof Stripe.errors.StripeAuthenticationError)
      return {
        owner,
        findings: [
          key.bad(
            "Stripe refuses it: revoked, expired or mistyped.",
            "Set STRIPE_SECRET_KEY to a key of the dashboard: Developers, API keys.",
          ),
        ],
        goesOn: false,
      };
    if (error instanceof Stripe.errors.StripePermissionError)
      return {
        owner,
        findings: [
          key.good(`Stripe accepts it; restricted, ${modeOf(live)}.`),
          about("account").unknown(
            "This key may not read its own account, so another account's key of the same mode would not be noticed.",
            "Give it read access to Accounts (basic).",
          ),
          ...describeClock(error.headers?.date, now),
        ],
        goesOn: true,
      };
    return { owner, findings: [key.unknown(`Stripe did not answer: ${reasonOf(error)}`)], goesOn: false };
  }
}

/** What may lack where the key may lack anything at all. */
export const readRights = (stripe: Stripe, secretKey: string): Promise<readonly Finding[]> =>
  isRestricted(secretKey) ? findLackingRights(stripe) : Promise.resolve([UNRESTRICTED]);

const UNRESTRICTED: Finding = about("key").note(
  "It may do everything in the account.",
  "A restricted key with the rights that .env.example names can do less harm where it leaks.",
);

const modeOf = (live: boolean): string => (live ? "live mode" : "test mode");

function describeAccount(account: Stripe.Account, live: boolean): Finding[] {
  const { good, bad, note } = about("account");
  const { charges_enabled, payouts_enabled, country, default_currency, requirements, settings } = account;
  const name = settings?.dashboard.display_name ?? account.business_profile?.name ?? "without a name";
  const due = requirements?.currently_due ?? [];
  const descriptor = settings?.payments.statement_descriptor;
  return [
    good(`${account.id}, ${name}, in ${country ?? "no country"}, paid out in ${default_currency ?? "?"}.`),
    ...(charges_enabled ? [] : [cannotCharge(live, requirements?.disabled_reason ?? null)]),
    ...(payouts_enabled ? [] : [note("Stripe pays nothing out to this account for now.", DASHBOARD)]),
    ...(due.length > 0
      ? [note(`Stripe wants to know more of the business: ${due.join(", ")}.`, DASHBOARD)]
      : []),
    ...(default_currency && default_currency !== "usd"
      ? [note("Credits and plans are sold in US dollars; Stripe converts what it pays out, for a fee.")]
      : []),
    descriptor
      ? good(`On card statements: ${descriptor}.`)
      : bad(
          "No statement descriptor: customers do not recognise the payment, and dispute it.",
          "Set one in the dashboard: Settings, Business, Public details.",
        ),
  ];
}

const DASHBOARD = "The dashboard's home page says what is missing.";

function cannotCharge(live: boolean, reason: string | null): Finding {
  const says = `Stripe lets this account charge nobody${reason ? ` (${reason})` : ""}.`;
  return live ? about("account").bad(says, DASHBOARD) : about("account").note(says, DASHBOARD);
}

function describeClock(date: string | undefined, now: Date): Finding[] {
  const { good, bad, note, unknown } = about("clock");
  const theirs = Date.parse(date ?? "");
  if (Number.isNaN(theirs)) return [unknown("Stripe's answer did not say what time it is.")];
  const seconds = Math.round(Math.abs(now.getTime() - theirs) / 1000);
  if (seconds <= SOME_S) return [good("This machine's clock is right.")];
  const says = `This machine's clock is ${seconds} s ${now.getTime() > theirs ? "ahead of" : "behind"} Stripe's.`;
  const todo = "Let the machine keep its time by NTP.";
  return seconds > MAX_CLOCK_DIFFERENCE_S
    ? [bad(`${says} Webhooks are refused as too old.`, todo)]
    : [note(says, todo)];
}

/** Stripe's sentence or the network's, in one line and without a key. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, " ").replaceAll(/\b(sk|rk)_(test|live)_\S+/g, "$1_$2_…");
}
