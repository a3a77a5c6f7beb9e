const DAY_MS = 24 * 3600 * 1000;
const GOOD_FOR_MS = 30 * DAY_MS;

/** A link to a document as Stripe gives it out on this day; later answers carry later ones. */
export function documentLink(page: string, nowMs: number): string {
  return `${page}?s=${Math.floor(nowMs / DAY_MS)}`;
}

/** An answer with the links of today in it, whenever the object was written: fetching it again gives a new link. */
export function withFreshLinks(json: string, nowMs: number): string {
  return json.replace(
    /"(receipt_url|hosted_invoice_url|invoice_pdf)":"([^"?]+)(?:\?[^"]*)?"/g,
    (_, name: string, page: string) => `"${name}":${JSON.stringify(documentLink(page, nowMs))}`,
  );
}

/**
 * Whether a link to a document is over. A receipt's is good for 30 days (https://docs.stripe.com/receipts), an invoice's
 * for 30 days after its due date, or after it was finalized (https://docs.stripe.com/invoicing/hosted-invoice-page#expiration),
 * or after the link was fetched. The pages' own links have no day and are good.
 */
export function isLinkOver(query: string, nowMs: number, dueMs = 0): boolean {
  const given = new URLSearchParams(query).get("s");
  if (given === null) return false;
  const fromMs = Math.max(Number(given) * DAY_MS + DAY_MS, dueMs);
  return !(nowMs < fromMs + GOOD_FOR_MS);
}
