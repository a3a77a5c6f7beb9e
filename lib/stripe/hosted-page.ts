export type HostedPages = {
  /** Another address that speaks Stripe's API: its pages are at addresses of its own, with or without TLS. */
  readonly apiBase: string | undefined;
  /** Hosts of the operator's own that Stripe serves its hosted pages at. */
  readonly domains: readonly string[];
};

const STRIPE = "stripe.com";

/**
 * An address that Stripe gave for a browser to go to (Checkout, portal, the bank's step, receipts and invoices), or null
 * where it leads anywhere but to Stripe over TLS: nobody is sent there, whatever gave it.
 */
export function readHostedPage(address: string, { apiBase, domains }: HostedPages): string | null {
  if (!URL.canParse(address)) return null;
  const { protocol, hostname, username, password, href } = new URL(address);
  if (username || password) return null;
  if (apiBase) return protocol === "https:" || protocol === "http:" ? href : null;
  const isStripes = hostname === STRIPE || hostname.endsWith(`.${STRIPE}`) || domains.includes(hostname);
  return protocol === "https:" && isStripes ? href : null;
}
