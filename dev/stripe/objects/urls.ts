import { invalidParameter } from "../wire/errors";

export function assertUrl(text: string, param: string): void {
  // Stripe replaces {CHECKOUT_SESSION_ID} later, so braces must not make a URL invalid here.
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:"))
    throw invalidParameter("Not a valid URL", param, "url_invalid");
}

/** Adds parameters and keeps the ones the merchant put there. */
export function withQuery(base: string, extra: Record<string, string>): string {
  const url = new URL(base);
  for (const [name, value] of Object.entries(extra)) url.searchParams.set(name, value);
  return url.toString();
}
