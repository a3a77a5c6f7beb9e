import { err, ok, type Result } from "../../result";
import type { BillingDeps } from "../deps";
import { ensureCustomer } from "./customer";

/** Stripe's own page for billing details, tax ids and invoices. What changes there comes back as events. */
export async function openPortal(
  deps: BillingDeps,
  { accountId, returnPath }: { readonly accountId: string; readonly returnPath: string },
): Promise<Result<{ url: string }, { readonly code: "provider_unavailable" }>> {
  const customerId = await ensureCustomer(deps, accountId);
  if (!customerId) return err({ code: "provider_unavailable" });
  const returnUrl = new URL(returnPath, deps.appUrl).href;
  const asked = await deps.plans.openPortal({ customerId, returnUrl });
  return asked.kind === "answered" ? ok(asked.value) : err({ code: "provider_unavailable" });
}
