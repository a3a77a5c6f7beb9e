import type { HostedPages } from "../flow";
import { simulatorBankPage, stripeBankPage } from "./bank-page";
import { simulatorCheckoutSetup, stripeCheckoutSetup } from "./checkout-setup";
import { simulatorCheckoutSubscription, stripeCheckoutSubscription } from "./checkout-subscription";
import { simulatorInvoicePage, stripeInvoicePage } from "./invoice-page";
import { simulatorPortal, stripePortal } from "./portal";

/** Whose pages they are that the product leads to. */
export type HostedDriver = "stripe" | "simulator";

const DRIVERS: Readonly<Record<HostedDriver, HostedPages>> = {
  stripe: {
    checkoutSetup: stripeCheckoutSetup,
    checkoutSubscription: stripeCheckoutSubscription,
    portal: stripePortal,
    invoice: stripeInvoicePage,
    bank: stripeBankPage,
  },
  simulator: {
    checkoutSetup: simulatorCheckoutSetup,
    checkoutSubscription: simulatorCheckoutSubscription,
    portal: simulatorPortal,
    invoice: simulatorInvoicePage,
    bank: simulatorBankPage,
  },
};

/**
 * Stripe's pages as a buyer goes through them. Those of the real Stripe are held on to by what public test code of its
 * customers has held on to for years; what they show cannot be tried without a sandbox, so each is a file of its own to mend.
 */
export const hostedPages = (driver: HostedDriver): HostedPages => DRIVERS[driver];
