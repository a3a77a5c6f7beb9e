import type Stripe from "stripe";
import { idOf, newId } from "../ids";
import { invalidParameter, missing, refused } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import {
  created,
  hash,
  integer,
  list,
  mergeMetadata,
  metadata,
  needed,
  oneOf,
  pageShape,
  text,
  type Values,
  word,
} from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { nowOf } from "./clock";
import { payBack, readLinked, refundedBeside } from "./credit-note-refunds";
import { changeBalance } from "./customer-balance";
import { emit } from "./events";
import { leaveLess } from "./invoice-remaining";
import { changeInvoice, getInvoice, type Invoice, linesOf } from "./invoice-rows";

type CreditNote = Stripe.CreditNote;

const createShape = {
  amount: integer,
  credit_amount: integer,
  invoice: needed(word),
  lines: list(
    hash({
      amount: integer,
      description: text,
      invoice_line_item: word,
      type: needed(oneOf("custom_line_item", "invoice_line_item")),
      unit_amount: integer,
    }),
  ),
  memo: text,
  metadata,
  out_of_band_amount: integer,
  reason: oneOf("duplicate", "fraudulent", "order_change", "product_unsatisfactory"),
  refund_amount: integer,
  refunds: list(hash({ amount_refunded: integer, refund: needed(word), type: oneOf("refund") })),
};
type NoteValues = Values<typeof createShape>;

export const creditNoteRoutes: Route[] = [
  route("POST", "/v1/credit_notes", createShape, create),
  route(
    "GET",
    "/v1/credit_notes",
    { ...pageShape, created, customer: word, invoice: word },
    (work, params) => {
      const rows = work.store
        .listFor("credit_note", params)
        .filter((note) => within(note.created, params.created))
        .filter((note) => !params.invoice || note.invoice === params.invoice);
      return pageOf(rows, params, "/v1/credit_notes", "credit note");
    },
  ),
  route("GET", "/v1/credit_notes/:id", {}, (work, _params, id) => getNote(work, id)),
  route("GET", "/v1/credit_notes/:id/lines", pageShape, (work, params, id) =>
    pageOf(getNote(work, id).lines.data, params, `/v1/credit_notes/${id}/lines`, "credit note line item"),
  ),
];

function getNote(work: Work, id: string): CreditNote {
  const note = work.store.get("credit_note", id);
  if (!note) throw missing("credit note", id);
  return note;
}

/**
 * Takes back a part of what an invoice asks for. While it is unpaid, less remains to be paid; what was paid already is
 * given back as credit, to the card, or elsewhere (documentation, "Credit notes"). Nothing left makes the invoice paid with nothing paid:
 * whether Stripe says so nobody could verify, and it is the worse of both.
 */
function create(work: Work, params: NoteValues): CreditNote {
  const invoice = getInvoice(work, params.invoice, "invoice");
  if (invoice.status !== "open" && invoice.status !== "paid" && invoice.status !== "uncollectible")
    throw refused(
      `You can only create a credit note for an invoice that is open or paid, not ${invoice.status}.`,
      {
        param: "invoice",
      },
    );
  const lines = linesFrom(work, invoice, params);
  const total = lines.reduce((sum, line) => sum + line.amount, 0);
  const given = invoice.pre_payment_credit_notes_amount + invoice.post_payment_credit_notes_amount;
  const linked = readLinked(work, invoice, params);
  const beside = refundedBeside(work, invoice) - sumOf(linked);
  if (total < 1 || total > invoice.total - given - beside)
    throw invalidParameter("The total of the credit notes must not be more than the invoice's.", "amount");
  const pre = invoice.status === "paid" ? 0 : Math.min(total, invoice.amount_remaining);
  const post = total - pre;
  const { credit_amount = 0, out_of_band_amount = 0, refund_amount = 0 } = params;
  if (credit_amount + out_of_band_amount + refund_amount + sumOf(linked) !== post)
    throw refused(
      "The sum of the credit amount, the refund amount and the out of band amount must equal what was paid already " +
        `of the credit note: ${post}.`,
    );
  const refunds = [...payBack(work, invoice, refund_amount), ...linked];
  const note = putNote(work, invoice, { lines, total, pre, post, params, refunds });
  const credited = changeBalance(work, idOf(invoice.customer) ?? "", -credit_amount, {
    type: "credit_note",
    currency: invoice.currency,
    creditNote: note.id,
    invoice: invoice.id,
  });
  const issued = work.store.update("credit_note", note.id, {
    customer_balance_transaction: credited?.id ?? null,
  });
  emit(work, "credit_note.created", issued);
  if (pre > 0)
    leaveLess(work, invoice.id, pre, {
      amount_due: invoice.amount_due - pre,
      pre_payment_credit_notes_amount: invoice.pre_payment_credit_notes_amount + pre,
    });
  if (post > 0)
    changeInvoice(work, invoice.id, {
      post_payment_credit_notes_amount: invoice.post_payment_credit_notes_amount + post,
    });
  return issued;
}

const sumOf = (refunds: CreditNote["refunds"]): number =>
  refunds.reduce((sum, { amount_refunded }) => sum + amount_refunded, 0);

function linesFrom(work: Work, invoice: Invoice, params: NoteValues): Stripe.CreditNoteLineItem[] {
  if (!params.lines) {
    const { amount } = params;
    if (amount === undefined)
      throw invalidParameter("You must pass one of `amount` and `lines`.", "amount", "parameter_missing");
    return [noteLine({ amount, description: null, type: "custom_line_item" })];
  }
  return params.lines.map((line, index) => {
    const known = linesOf(work, invoice).find(({ id }) => id === line.invoice_line_item);
    if (line.type === "invoice_line_item" && !known)
      throw missing("line item", line.invoice_line_item ?? "", `lines[${index}][invoice_line_item]`);
    return noteLine({
      amount: line.amount ?? line.unit_amount ?? known?.amount ?? 0,
      description: line.description ?? known?.description ?? null,
      type: line.type,
      ...(known ? { invoice_line_item: known.id } : {}),
    });
  });
}

function noteLine(
  given: Pick<Stripe.CreditNoteLineItem, "amount" | "description" | "invoice_line_item" | "type">,
): Stripe.CreditNoteLineItem {
  return {
    id: newId("cnli"),
    object: "credit_note_line_item",
    discount_amount: 0,
    discount_amounts: [],
    livemode: false,
    metadata: {},
    pretax_credit_amounts: [],
    quantity: 1,
    tax_rates: [],
    taxes: [],
    unit_amount: given.amount,
    unit_amount_decimal: String(given.amount) as unknown as Stripe.CreditNoteLineItem["unit_amount_decimal"],
    ...given,
  };
}

type NoteAmounts = {
  lines: Stripe.CreditNoteLineItem[];
  total: number;
  pre: number;
  post: number;
  params: NoteValues;
  refunds: CreditNote["refunds"];
};

function putNote(work: Work, invoice: Invoice, amounts: NoteAmounts): CreditNote {
  const { lines, total, pre, post, params, refunds } = amounts;
  const id = newId("cn");
  const now = nowOf(work, idOf(invoice.customer));
  const count = work.store.listOf("credit_note", "invoice", invoice.id).length;
  return work.store.put("credit_note", {
    id,
    object: "credit_note",
    amount: total,
    amount_shipping: 0,
    created: now,
    currency: invoice.currency,
    customer: idOf(invoice.customer) ?? "",
    customer_account: null,
    customer_balance_transaction: null,
    discount_amount: 0,
    discount_amounts: [],
    effective_at: now,
    invoice: invoice.id,
    lines: {
      object: "list",
      data: lines,
      has_more: false,
      url: `/v1/credit_notes/${id}/lines`,
    } as CreditNote["lines"],
    livemode: false,
    memo: params.memo ?? null,
    metadata: mergeMetadata({}, params.metadata),
    number: `${invoice.number}-CN-${String(count + 1).padStart(2, "0")}`,
    out_of_band_amount: params.out_of_band_amount ?? null,
    pdf: `${work.publicUrl}/invoices/${invoice.id}/pdf`,
    post_payment_amount: post,
    pre_payment_amount: pre,
    pretax_credit_amounts: [],
    reason: params.reason ?? null,
    refunds,
    shipping_cost: null,
    status: "issued",
    subtotal: total,
    subtotal_excluding_tax: total,
    total,
    total_excluding_tax: total,
    total_taxes: [],
    type: pre === 0 ? "post_payment" : post === 0 ? "pre_payment" : "mixed",
    voided_at: null,
  });
}
