import type { HostedPages } from "../flow";
import { SUBMIT } from "./checkout-shared";
import { useCard } from "./simulator-form";
import { fillCard, submitCard } from "./stripe-form";

type InvoicePage = HostedPages["invoice"];

/** What Stripe's page of an invoice shows in place of the form once it is paid. */
const PAID = '[data-testid="invoice-amount-post-payment"], [data-testid="invoice-summary-post-payment"]';

/** The page of an invoice that `hosted_invoice_url` names, where it can be paid while it is open. */
export const stripeInvoicePage: InvoicePage = {
  async pay(page, card) {
    await fillCard(page, card);
    const press = page.locator(SUBMIT).or(page.getByRole("button", { name: /^Pay\b/ }));
    return submitCard(page, press.last(), () => page.locator(PAID).first().isVisible());
  },
};

export const simulatorInvoicePage: InvoicePage = {
  pay: (page, card) =>
    useCard(page, card, {
      button: "Pay invoice",
      taken: () => page.getByText("paid", { exact: true }).isVisible(),
    }),
};
