import { invoiceEdit, planEdit } from "./edit";

const voided = invoiceEdit("void an invoice", 4, ["open", "uncollectible"], async ({ stripe }, { id }) => {
  await stripe.invoices.voidInvoice(id);
  return "void";
});

const givenUp = invoiceEdit("write an invoice off", 3, ["open"], async ({ stripe }, { id }) => {
  await stripe.invoices.markUncollectible(id);
  return "uncollectible";
});

const outOfBand = invoiceEdit(
  "mark an invoice as paid",
  3,
  ["open", "uncollectible"],
  async ({ stripe }, { id }) => {
    await stripe.invoices.pay(id, { paid_out_of_band: true });
    return "paid";
  },
);

const charged = invoiceEdit(
  "charge an invoice",
  2,
  ["draft", "open", "uncollectible"],
  async ({ stripe }, { id }) => {
    return (await stripe.invoices.pay(id)).status ?? "";
  },
);

const finalized = invoiceEdit("finalize a draft", 2, ["draft"], async ({ stripe, random }, { id }) => {
  return (await stripe.invoices.finalizeInvoice(id, { auto_advance: random.chance(0.7) })).status ?? "";
});

/** Less is asked for, or nothing; of what was paid, a part goes to the customer's balance or back out of band. */
const credited = invoiceEdit(
  "credit an invoice",
  2,
  ["open", "paid"],
  async ({ stripe, random }, invoice) => {
    const left =
      invoice.total - invoice.pre_payment_credit_notes_amount - invoice.post_payment_credit_notes_amount;
    if (left < 1) return "nothing to credit";
    const amount = random.chance(0.5) ? left : 1 + random.whole(left);
    const paid = amount - (invoice.status === "paid" ? 0 : Math.min(amount, invoice.amount_remaining));
    const where = random.pick(["credit_amount", "out_of_band_amount"] as const);
    await stripe.creditNotes.create({ invoice: invoice.id, amount, ...(paid > 0 ? { [where]: paid } : {}) });
    return `${invoice.status} ${amount === left ? "whole" : "part"}`;
  },
);

/** What waits for the next invoice is billed now. */
const billPending = planEdit("bill what is pending", 1.5, async ({ stripe, plan, customer }) => {
  const made = await stripe.invoices.create({ customer, subscription: plan.id });
  return (await stripe.invoices.finalizeInvoice(made.id ?? "", { auto_advance: true })).status ?? "";
});

export const INVOICE_EDITS = [voided, givenUp, outOfBand, charged, finalized, credited, billPending];
