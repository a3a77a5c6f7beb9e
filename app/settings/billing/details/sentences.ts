export const REFUSED_TAX_ID =
  "Our payment provider does not accept this as a tax ID of that kind. Everything else was saved, without a tax ID. Check the ID and its kind.";

export const SAVED = "Saved. Your next invoices will show these details; existing ones stay as they are.";
export const SAVED_LATER =
  "Saved. New invoices for orders show these details; our payment provider, which makes the invoices for your plan, will have them within minutes.";
