export const REFUSED_TAX_ID =
  "Our payment provider does not accept this as a tax ID of that kind. Everything else was saved, without a tax ID. Check the ID and its kind.";

export const SAVED = "Saved. Your next invoices are made out like this; those you have stay as they are.";
export const SAVED_LATER =
  "Saved. Invoices for orders are made out like this from now on; our payment provider, which makes the invoices for your plan, gets it within minutes.";
