import { and, asc, eq, isNull, lt, or, sql } from "drizzle-orm";
import type { Tx } from "../../db/client";
import { accounts, memberships, paymentMethods, users } from "../../db/schema";
import { transact } from "../../db/transact";
import { newId } from "../ids";
import { err, ok, type Result } from "../result";
import { lockAccount } from "./account";
import type { BillingDeps } from "./deps";
import type { Asked, SavedCards } from "./gateway";

/** Stripe did not answer, or refused: nothing changed, trying again later is right. */
export type ProviderUnavailable = { readonly code: "provider_unavailable" };

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

/** Makes the card saved in a finished setup session the account's default. Sessions of others change nothing. */
export async function finishCardSetup(
  deps: BillingDeps,
  { accountId, sessionId }: { accountId: string; sessionId: string },
): Promise<Result<undefined, ProviderUnavailable | { readonly code: "not_finished" }>> {
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
  const since = await databaseNow(deps);
  const saved = await deps.gateway.setDefaultCard(account.customerId, paymentMethodId);
  if (saved.kind !== "answered") return unavailable(deps, saved);
  await transact(deps.db, (tx) => storeCards(tx, accountId, saved.value, since));
  return ok();
}

/** Refetches the account's cards from Stripe and converges; `also` runs in the transaction that stores them. */
export async function syncPaymentMethods(
  deps: BillingDeps,
  { accountId, customerId }: { accountId: string; customerId: string },
  also?: (tx: Tx) => Promise<void>,
): Promise<Result<undefined, ProviderUnavailable>> {
  const since = await databaseNow(deps);
  const saved = await deps.gateway.listSavedCards(customerId);
  if (saved.kind !== "answered") return unavailable(deps, saved);
  await transact(deps.db, async (tx) => {
    await storeCards(tx, accountId, saved.value, since);
    await also?.(tx);
  });
  return ok();
}

async function ensureCustomer(deps: BillingDeps, accountId: string): Promise<string | null> {
  const [row] = await deps.db
    .select({ customerId: accounts.stripeCustomerId, name: accounts.name, email: users.email })
    .from(accounts)
    .innerJoin(memberships, and(eq(memberships.accountId, accounts.id), eq(memberships.role, "owner")))
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(eq(accounts.id, accountId))
    .orderBy(asc(memberships.createdAt), asc(users.id))
    .limit(1);
  if (!row || row.customerId) return row?.customerId ?? null;
  const { name, email } = row;
  const asked = await deps.gateway.createCustomer({ key: `customer:${accountId}`, accountId, name, email });
  if (asked.kind !== "answered") {
    unavailable(deps, asked);
    return null;
  }
  return transact(deps.db, async (tx) => {
    const { account } = await lockAccount(tx, accountId);
    if (account.stripeCustomerId) return account.stripeCustomerId;
    await tx.update(accounts).set({ stripeCustomerId: asked.value.id }).where(eq(accounts.id, accountId));
    return asked.value.id;
  });
}

/** Replaces what we keep by what Stripe listed, unless a later question was answered before. */
async function storeCards(
  tx: Tx,
  accountId: string,
  { cards, defaultId }: SavedCards,
  asOf: Date,
): Promise<void> {
  await lockAccount(tx, accountId);
  const newest = cards.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0];
  const taken = await tx
    .update(accounts)
    .set({ defaultPaymentMethodId: defaultId ?? newest?.id ?? null, cardsAsOf: asOf })
    .where(and(eq(accounts.id, accountId), or(isNull(accounts.cardsAsOf), lt(accounts.cardsAsOf, asOf))))
    .returning({ id: accounts.id });
  if (taken.length === 0) return;
  await tx.delete(paymentMethods).where(eq(paymentMethods.accountId, accountId));
  if (cards.length > 0) await tx.insert(paymentMethods).values(cards.map((card) => ({ accountId, ...card })));
}

async function databaseNow(deps: BillingDeps): Promise<Date> {
  const [row] = await deps.db.execute<{ now: string }>(sql`select clock_timestamp() as now`);
  return new Date(row?.now ?? Number.NaN);
}

function unavailable(deps: BillingDeps, asked: Exclude<Asked<object>, { kind: "answered" }>) {
  deps.log.warn({ asked }, "the payment provider did not answer");
  return err({ code: "provider_unavailable" });
}
