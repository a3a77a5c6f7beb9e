import { unreachable } from "@/lib/result";
import { DOCUMENTS, invoicePath, invoicePdfPath, receiptPath } from "../paths";

export const DOCUMENT_KINDS = ["receipt", "invoice", "pdf"] as const;
export type DocumentKind = (typeof DOCUMENT_KINDS)[number];
export type Wanted = { readonly kind: DocumentKind; readonly id: string };

/** Why a document could not be opened. */
export const MISSING = ["no_document", "provider_unavailable", "unavailable", "too_often"] as const;
export type Missing = (typeof MISSING)[number];

/** The page that says why, and what to do. */
export const missingPath = ({ kind, id }: Wanted, why: Missing): string =>
  `${DOCUMENTS}?${new URLSearchParams({ document: kind, id, why })}`;

export function documentPath({ kind, id }: Wanted): string {
  switch (kind) {
    case "receipt":
      return receiptPath(id);
    case "invoice":
      return invoicePath(id);
    case "pdf":
      return invoicePdfPath(id);
    default:
      return unreachable(kind);
  }
}

const NAMES: Record<DocumentKind, string> = {
  receipt: "receipt",
  invoice: "page of this invoice",
  pdf: "PDF of this invoice",
};

/** What a customer reads in place of the document. */
export function missingSentence(kind: DocumentKind, why: Missing): { title: string; text: string } {
  switch (why) {
    case "no_document":
      return {
        title: `There is no ${NAMES[kind]}`,
        text:
          kind === "receipt"
            ? "Our payment provider has no receipt for this order, or no longer keeps it. What you bought and paid is on the order's page. If you need a receipt, contact us."
            : "Our payment provider has no document for this invoice, or no longer keeps it: invoices that were deleted or never issued have none. What was billed is under History. If you need it, contact us.",
      };
    case "provider_unavailable":
      return {
        title: "No answer from our payment provider",
        text: "It keeps this document and did not answer. Please try again in a moment.",
      };
    case "unavailable":
      return {
        title: "This document cannot be opened right now",
        text: "We cannot get it from our payment provider right now. We know about it; please try again later.",
      };
    case "too_often":
      return {
        title: "Too many documents at once",
        text: "You opened many documents within a minute. Please wait a minute, then try again.",
      };
    default:
      return unreachable(why);
  }
}
