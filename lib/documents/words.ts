import { taxIdLabel } from "../billing/details/tax-id-types";
import type { DocumentView } from "../billing/documents/queries";
import { formatCents, formatCredits } from "../money/format";
import { unreachable } from "../result";
import { cardName } from "../wording/cards";

type Said = { readonly label: string; readonly value: string };

/** What a document says, sentence by sentence: the same on its page, in its file and in mail. */
export type DocumentWords = {
  /** `Invoice`. */
  readonly title: string;
  /** `INV-000042`. */
  readonly number: string;
  readonly facts: readonly Said[];
  readonly seller: readonly string[];
  readonly buyer: readonly string[];
  readonly line: { readonly what: string; readonly rate: string | null; readonly amount: string };
  /** What stands where a tax would. */
  readonly tax: string | null;
  readonly total: Said;
  /** That it is paid, when and with what. */
  readonly paid: string;
};

const TITLES: Record<DocumentView["kind"], string> = {
  invoice: "Invoice",
  credit_note: "Credit note",
  debit_note: "Debit note",
};

/** Puts a document into words, in the seller's zone and formats. */
export function documentWords(document: DocumentView): DocumentWords {
  const { seller, buyer, amountCents, credits } = document;
  const { locale } = seller;
  const total = formatCents(amountCents, locale);
  const card = cardName({ brand: document.cardBrand, last4: document.cardLast4 });
  const { placedBy } = buyer;
  return {
    title: TITLES[document.kind],
    number: document.name,
    facts: [
      { label: "Number", value: document.name },
      { label: "Date", value: day(document.issuedAt, seller) },
      { label: "Order", value: document.reference },
      ...(document.corrects ? [{ label: CORRECTS[document.kind], value: document.corrects }] : []),
      ...(placedBy ? [{ label: "Ordered by", value: `${placedBy.name}, ${placedBy.email}` }] : []),
    ],
    seller: [seller.name, ...seller.address, ...(seller.taxId ? [`Tax ID: ${seller.taxId}`] : [])],
    buyer: [
      buyer.name,
      ...buyer.address,
      ...(buyer.taxId && buyer.taxIdType ? [`${taxIdLabel(buyer.taxIdType)}: ${buyer.taxId}`] : []),
    ],
    line: { what: `${formatCredits(credits, locale)} add-on credits`, rate: rateOf(document), amount: total },
    tax: seller.taxText,
    total: { label: "Total", value: total },
    paid: paidSentence(document, card),
  };
}

const CORRECTS: Record<DocumentView["kind"], string> = {
  invoice: "Corrects",
  credit_note: "Corrects invoice",
  debit_note: "Corrects credit note",
};

function paidSentence({ kind, paidAt, seller }: DocumentView, card: string): string {
  const at = day(paidAt, seller);
  switch (kind) {
    case "invoice":
      return `Paid ${at} with ${card}.`;
    case "credit_note":
      return `Refunded to ${card}, with which it was paid on ${at}.`;
    case "debit_note":
      return `The refund to ${card} did not go through: what was paid on ${at} stays paid.`;
    default:
      return unreachable(kind);
  }
}

/** `80,000 credits per US dollar`; nothing where a dollar bought no whole number of them. */
function rateOf({ credits, amountCents, seller }: DocumentView): string | null {
  const perDollar = (credits * 100n) / amountCents;
  if (perDollar * amountCents !== credits * 100n) return null;
  return `${formatCredits(perDollar as typeof credits, seller.locale)} credits per US dollar`;
}

/** The day as the seller's calendar has it. */
const day = (at: Date, { locale, timeZone }: DocumentView["seller"]): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone }).format(at);

/** `INV-000042.pdf`: a file is called what is written on it. */
export const fileName = ({ number }: DocumentWords): string => `${number.replaceAll("/", "-")}.pdf`;
