import { eq } from "drizzle-orm";
import { accounts } from "../../../db/schema";
import { newId } from "../../ids";
import { err, ok, type Result } from "../../result";
import type { BillingDeps } from "../deps";
import { ensureCustomer } from "./customer";
import { adoptChosenCard } from "./default";
import { type ProviderUnavailable, unavailable } from "./sync";

/**
 * The hosted page where a customer saves a card, and from which Stripe sends them back to `returnPath` with the
 * session's id added. Creates the Stripe customer on first use, once per account.
 */
export async function startCardSetup(
  deps: BillingDeps,
  { accountId, returnPath, cancelPath }: { accountId: string; returnPath: string; cancelPath: string },
): Promise<Result<{ url: string }, ProviderUnavailable>> {
  const customerId = await ensureCustomer(deps, accountId);
  if (!customerId) return err({ code: "provider_unavailable" });
  const back = new URL(returnPath, deps.appUrl);
  const joint = back.search ? "&" : "?";
  const asked = await deps.gateway.startCardSetup({
    customerId,
    key: newId(),
    successUrl: `${back.href}${joint}session_id={CHECKOUT_SESSION_ID}`,
    cancelUrl: new URL(cancelPath, deps.appUrl).href,
  });
  return asked.kind === "answered" ? ok(asked.value) : unavailable(deps, asked);
}

/** Makes the card saved in a finished setup session the account's default, and says which. Sessions of others change nothing. */
export async function finishCardSetup(
  deps: BillingDeps,
  { accountId, sessionId }: { accountId: string; sessionId: string },
): Promise<Result<{ paymentMethodId: string }, ProviderUnavailable | { readonly code: "not_finished" }>> {
  const [account] = await deps.db
    .select({ customerId: accounts.stripeCustomerId })
    .from(accounts)
    .where(eq(accounts.id, accountId));
  const session = await deps.gateway.findCardSetup(sessionId);
  if (session.kind === "unknown") return unavailable(deps, session);
  if (session.kind === "refused" || !account?.customerId) return err({ code: "not_finished" });
  const { customerId, complete, paymentMethodId } = session.value;
  if (customerId !== account.customerId || !complete || !paymentMethodId)
    return err({ code: "not_finished" });
  const adopted = await adoptChosenCard(deps, { accountId, customerId, paymentMethodId });
  return adopted.ok ? ok({ paymentMethodId }) : adopted;
}
