import { redirect } from "next/navigation";
import { failed } from "@/lib/action";
import { deps } from "@/lib/deps";
import { env, hostedDomainsOf } from "@/lib/env";
import { PAYMENTS_UNAVAILABLE } from "@/lib/payments-unavailable";
import { readHostedPage } from "@/lib/stripe/hosted-page";

/**
 * The one way by which a browser is sent to a page of the payment provider's: null where an address is none of its pages,
 * which the operator is told of. Its path may hold a secret and is told to nobody.
 */
export function findProviderPage(address: string): string | null {
  const { STRIPE_API_BASE } = env();
  const page = readHostedPage(address, { apiBase: STRIPE_API_BASE, domains: hostedDomainsOf(env()) });
  if (page === null) {
    const host = URL.canParse(address) ? new URL(address).origin : "no address";
    deps().log.error({ host }, "nobody is sent to a page that is not Stripe's: STRIPE_HOSTED_DOMAINS");
  }
  return page;
}

/** For an action: leads to the page, or says that payments are not available. */
export function toProviderPage(address: string): ReturnType<typeof failed> {
  const page = findProviderPage(address);
  return page === null ? failed("payments_unavailable", PAYMENTS_UNAVAILABLE) : redirect(page);
}
