import type Stripe from "stripe";
import { newId, randomText } from "../ids";
import { ApiError, invalidParameter } from "../wire/errors";
import type { Work } from "../work";
import { type BillingDetails, billingDetails } from "./billing-details";
import type { Decline, TestMethod } from "./cards";

type BankFailure = "account_closed" | "no_account" | "insufficient_funds" | "debit_not_authorized";

const ROUTING_NUMBER = "110000000";
/** What a bank says days later; the codes are members of `LastPaymentError.code`. */
const late = (code: BankFailure, message: string): Decline => ({ code, declineCode: code, message });

export const GENERIC_BANK_FAILURE = late("insufficient_funds", "The bank did not pay this debit.");

type Bank = TestMethod & { account: string };
const bank = (token: string, account: string, outcome: TestMethod["late"]): Bank => ({
  token: `pm_usBankAccount_${token}`,
  account,
  challenge: "never",
  late: outcome,
});

/**
 * The test accounts of https://docs.stripe.com/payments/ach-direct-debit/accept-a-payment#test-account-numbers, all at
 * routing number 110000000. There every one is decided at once; here after the days a bank takes.
 */
const BANKS: readonly Bank[] = [
  bank("success", "000123456789", "paid"),
  bank(
    "accountClosed",
    "000111111113",
    late("account_closed", "The customer's bank account has been closed."),
  ),
  bank("noAccount", "000111111116", late("no_account", "The customer's bank account could not be located.")),
  bank(
    "insufficientFunds",
    "000222222227",
    late("insufficient_funds", "The customer's account has insufficient funds to cover this payment."),
  ),
  bank(
    "debitNotAuthorized",
    "000333333335",
    late("debit_not_authorized", "The customer has notified their bank that this payment was unauthorized."),
  ),
  bank("processing", "000000000009", "never"),
];

/** Stripe has no token for a Link account; this one is the simulator's own. */
const LINK: TestMethod = { token: "pm_link", challenge: "never" };

export const OTHER_METHODS: readonly TestMethod[] = [...BANKS, LINK];

/** A fresh payment method for a test token that is not a card's, or null. */
export function otherOfToken(work: Work, token: string): Stripe.PaymentMethod | null {
  if (token === LINK.token) return createLink(work, "link@shop.test");
  const found = BANKS.find((each) => each.token === token);
  return found ? create(work, found, bankSide(found)) : null;
}

/** Pays like a card that has no brand and no number: https://docs.stripe.com/payments/link/save-and-reuse */
export function createLink(work: Work, email: string | null, billing?: BillingDetails): Stripe.PaymentMethod {
  return create(work, LINK, { type: "link", link: { email } }, { email, ...billing });
}

export function createBankAccount(
  work: Work,
  given: { account?: string; routing?: string },
  billing?: BillingDetails,
): Stripe.PaymentMethod {
  const found = BANKS.find(({ account }) => account === given.account?.replaceAll(/\s/g, ""));
  if (given.routing && given.routing !== ROUTING_NUMBER)
    throw invalidParameter(
      "Invalid routing number.",
      "us_bank_account[routing_number]",
      "bank_account_bad_routing_numbers",
    );
  if (found) return create(work, found, bankSide(found), billing);
  throw new ApiError(400, {
    type: "invalid_request_error",
    code: "account_number_invalid",
    message: "You must use a test bank account number in test mode.",
    param: "us_bank_account[account_number]",
  });
}

function bankSide({ account }: Bank): Partial<Stripe.PaymentMethod> {
  return {
    type: "us_bank_account",
    us_bank_account: {
      account_holder_type: "individual",
      account_type: "checking",
      bank_name: "STRIPE TEST BANK",
      financial_connections_account: null,
      fingerprint: `sim${account}`,
      last4: account.slice(-4),
      networks: { preferred: "ach", supported: ["ach"] },
      routing_number: ROUTING_NUMBER,
      status_details: {},
    },
  };
}

function create(
  work: Work,
  { token }: TestMethod,
  side: Partial<Stripe.PaymentMethod>,
  billing?: BillingDetails,
): Stripe.PaymentMethod {
  const id = newId("pm");
  work.store.put("card", { id, testCard: token, readyForOffSession: false, usedUp: false });
  return work.store.put("payment_method", {
    id,
    object: "payment_method",
    allow_redisplay: "unspecified",
    billing_details: billingDetails(billing),
    created: work.now,
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: {},
    ...side,
  } as Stripe.PaymentMethod);
}

/** What a charge tells of a method that is no card. */
export function otherDetails(method: Stripe.PaymentMethod): Stripe.Charge.PaymentMethodDetails {
  const account = method.us_bank_account;
  if (!account) return { type: "link", link: { country: "US" } };
  const { account_holder_type, account_type, bank_name, fingerprint, last4, routing_number } = account;
  const face = { account_holder_type, account_type, bank_name, fingerprint, last4, routing_number };
  return { type: "us_bank_account", us_bank_account: { ...face, payment_reference: randomText(10) } };
}
