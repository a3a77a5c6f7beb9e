import type Stripe from "stripe";
import { FIRST_ACCOUNT } from "../control/keys";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";

const OPENED = Date.UTC(2024, 0, 15) / 1000;

/** Whose key it is: https://docs.stripe.com/api/accounts/retrieve. It does not say in which mode; the key itself does. */
export const accountRoutes: Route[] = [route("GET", "/v1/account", {}, accountOf)];

function accountOf({ account, publicUrl }: Work): Stripe.Account {
  const name = account === FIRST_ACCOUNT ? "Simulated shop" : `Simulated shop ${account.slice(-6)}`;
  const descriptor = "STRIPE SIMULATOR";
  return {
    id: account,
    object: "account",
    business_profile: { mcc: "5734", name, product_description: null, support_email: null, url: publicUrl },
    business_type: "company",
    capabilities: {
      card_payments: "active",
      link_payments: "active",
      transfers: "active",
      us_bank_account_ach_payments: "active",
    },
    charges_enabled: true,
    controller: { type: "account" },
    country: "US",
    created: OPENED,
    default_currency: "usd",
    details_submitted: true,
    email: "owner@shop.test",
    metadata: {},
    payouts_enabled: true,
    settings: {
      branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
      card_payments: {
        decline_on: { avs_failure: false, cvc_failure: false },
        statement_descriptor_prefix: null,
        statement_descriptor_prefix_kana: null,
        statement_descriptor_prefix_kanji: null,
      },
      dashboard: { display_name: name, timezone: "America/New_York" },
      payments: {
        statement_descriptor: descriptor,
        statement_descriptor_kana: null,
        statement_descriptor_kanji: null,
      },
    },
    type: "standard",
  } as unknown as Stripe.Account;
}
