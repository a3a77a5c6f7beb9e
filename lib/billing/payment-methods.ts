import { and, eq, isNull } from "drizzle-orm";
import type { Reader, Tx } from "../../db/client";
import { accounts, paymentMethods, subscriptions } from "../../db/schema";
import { transact } from "../../db/transact";
import { newId } from "../ids";
import { err, ok, type Result } from "../result";
import { lockAccount, readAccount } from "./account";
import { ensureCustomer } from "./customer";
import type { BillingDeps } from "./deps";
import type { Asked, SavedCards } from "./gateway";
import { isLive } from "./plans/live";
import { MOST_QUESTIONS, noteAnswer, numberQuestion } from "./questions";

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
  const adopted = await adoptCard(deps, { accountId, customerId, paymentMethodId });
  return adopted.ok ? ok({ paymentMethodId }) : adopted;
}

/**
 * Makes a card what the account pays with from now on, for credits and for renewals, and refetches the cards. Called
 * again it changes nothing.
 */
export async function adoptCard(
  deps: BillingDeps,
  card: { readonly accountId: string; readonly customerId: string; readonly paymentMethodId: string },
): Promise<Result<undefined, ProviderUnavailable>> {
  const { accountId, customerId, paymentMethodId } = card;
  const live = await findLiveSubscription(deps.db, accountId);
  if (live && live.paymentMethodId !== paymentMethodId) {
    // Stripe charges renewals to the subscription's own card before the customer's default.
    const renewed = await deps.plans.setSubscriptionCard(live.id, paymentMethodId);
    if (renewed.kind !== "answered") return unavailable(deps, renewed);
  }
  const set = await deps.gateway.setDefaultCard(customerId, paymentMethodId);
  if (set.kind !== "answered") return unavailable(deps, set);
  // Asked only now: whatever is heard from here on was read after it.
  return syncPaymentMethods(deps, { accountId, customerId }, async (tx) => {
    if (live) await noteSubscriptionCard(tx, accountId, live.id, paymentMethodId);
  });
}

const noteSubscriptionCard = (tx: Tx, accountId: string, id: string, paymentMethodId: string) =>
  tx
    .update(subscriptions)
    .set({ paymentMethodId })
    .where(and(eq(subscriptions.accountId, accountId), eq(subscriptions.id, id)));

async function findLiveSubscription(db: Reader, accountId: string) {
  const [primary] = await db
    .select({
      id: subscriptions.id,
      status: subscriptions.status,
      paymentMethodId: subscriptions.paymentMethodId,
    })
    .from(subscriptions)
    .where(and(eq(subscriptions.accountId, accountId), eq(subscriptions.isPrimary, true)));
  return primary && isLive(primary) ? primary : null;
}

export type CardRef = { readonly accountId: string; readonly paymentMethodId: string };

/** Pays with this saved card from now on, renewals included. */
export async function makeDefaultCard(
  deps: BillingDeps,
  { accountId, paymentMethodId }: CardRef,
): Promise<Result<undefined, ProviderUnavailable | { readonly code: "unknown_card" }>> {
  const [card] = await deps.db
    .select({ customerId: accounts.stripeCustomerId })
    .from(paymentMethods)
    .innerJoin(accounts, eq(accounts.id, paymentMethods.accountId))
    .where(
      and(
        eq(paymentMethods.accountId, accountId),
        eq(paymentMethods.id, paymentMethodId),
        isNull(paymentMethods.removeRequestedAt),
      ),
    );
  if (!card?.customerId) return err({ code: "unknown_card" });
  return adoptCard(deps, { accountId, customerId: card.customerId, paymentMethodId });
}

/**
 * Forgets a saved card, here and at Stripe; but not the last one of a live subscription, which has to be charged to
 * something. Where it was the default the newest of the others takes its place. The wish is stored under the account's
 * lock, so that two removals at once cannot both count on the other's card.
 */
export async function removeCard(
  deps: BillingDeps,
  { accountId, paymentMethodId }: CardRef,
): Promise<Result<undefined, ProviderUnavailable | { readonly code: "unknown_card" | "last_card" }>> {
  const wish = await transact(deps.db, (tx) => wishRemoval(tx, { accountId, paymentMethodId }));
  return wish.ok ? finishRemoval(deps, { accountId, paymentMethodId }) : wish;
}

/** Carries out a stored wish to forget a card; cut short anywhere, it can be carried out again. */
export async function finishRemoval(
  deps: BillingDeps,
  { accountId, paymentMethodId }: CardRef,
): Promise<Result<undefined, ProviderUnavailable>> {
  const { account } = await readAccount(deps.db, accountId);
  const { stripeCustomerId: customerId } = account;
  if (!customerId) return ok();
  const cards = await deps.db.select().from(paymentMethods).where(eq(paymentMethods.accountId, accountId));
  const isDefault = account.defaultPaymentMethodId === paymentMethodId;
  const successorId = isDefault ? (newestKept(cards, paymentMethodId)?.id ?? null) : null;
  if (successorId) {
    const adopted = await adoptCard(deps, { accountId, customerId, paymentMethodId: successorId });
    if (!adopted.ok) return adopted;
  }
  const removed = await deps.plans.removeCard(paymentMethodId);
  if (removed.kind !== "answered") return unavailable(deps, removed);
  return syncPaymentMethods(deps, { accountId, customerId });
}

type SavedCard = typeof paymentMethods.$inferSelect;

const newestKept = (cards: readonly SavedCard[], leavingId: string): SavedCard | undefined =>
  cards
    .filter((each) => each.id !== leavingId && !each.removeRequestedAt)
    .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0];

async function wishRemoval(
  tx: Tx,
  { accountId, paymentMethodId }: CardRef,
): Promise<Result<undefined, { readonly code: "unknown_card" | "last_card" }>> {
  const { now } = await lockAccount(tx, accountId);
  const cards = await tx.select().from(paymentMethods).where(eq(paymentMethods.accountId, accountId));
  if (!cards.some((each) => each.id === paymentMethodId)) return err({ code: "unknown_card" });
  const isLast = !newestKept(cards, paymentMethodId);
  if (isLast && (await findLiveSubscription(tx, accountId))) return err({ code: "last_card" });
  await tx
    .update(paymentMethods)
    .set({ removeRequestedAt: now })
    .where(and(eq(paymentMethods.accountId, accountId), eq(paymentMethods.id, paymentMethodId)));
  return ok();
}

/** Whether a card ends with this month or the next one, or has ended. Cards are good to the end of their month. */
export function cardExpiry(
  { expMonth, expYear }: { readonly expMonth: number; readonly expYear: number },
  now: Date,
): "fine" | "soon" | "over" {
  const months = (expYear - now.getUTCFullYear()) * 12 + expMonth - 1 - now.getUTCMonth();
  if (months < 0) return "over";
  return months <= 1 ? "soon" : "fine";
}

/** Refetches the account's cards from Stripe and converges; `also` runs in the transaction that stores them. */
export async function syncPaymentMethods(
  deps: BillingDeps,
  { accountId, customerId }: { accountId: string; customerId: string },
  also?: (tx: Tx) => Promise<void>,
): Promise<Result<undefined, ProviderUnavailable>> {
  for (let asks = 0; asks < MOST_QUESTIONS; asks += 1) {
    const { number } = await numberQuestion(deps.db, accountId, "cards");
    const saved = await deps.gateway.listSavedCards(customerId);
    if (saved.kind !== "answered") return unavailable(deps, saved);
    const answer = await transact(deps.db, async (tx) => {
      const { account } = await lockAccount(tx, accountId);
      // Deleted and forgotten meanwhile: these are not the account's cards any more.
      const isIts = account.stripeCustomerId === customerId;
      const noted = isIts ? await noteAnswer(tx, account, { topic: "cards", number }) : "known";
      if (noted === "ask_again") return noted;
      if (noted === "keep") await storeCards(tx, accountId, saved.value);
      await also?.(tx);
      return noted;
    });
    if (answer !== "ask_again") return ok();
  }
  deps.log.warn({ accountId }, "the saved cards were overtaken by other answers every time");
  return err({ code: "provider_unavailable" });
}

/** A step: replaces what we keep by what Stripe listed. Call it under the account's lock. */
async function storeCards(tx: Tx, accountId: string, { cards, defaultId }: SavedCards): Promise<void> {
  const newest = cards.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0];
  const live = await findLiveSubscription(tx, accountId);
  const renewing = cards.find((each) => each.id === live?.paymentMethodId);
  await tx
    .update(accounts)
    .set({ defaultPaymentMethodId: defaultId ?? renewing?.id ?? newest?.id ?? null })
    .where(eq(accounts.id, accountId));
  const leaving = await tx
    .delete(paymentMethods)
    .where(eq(paymentMethods.accountId, accountId))
    .returning({ id: paymentMethods.id, removeRequestedAt: paymentMethods.removeRequestedAt });
  if (cards.length === 0) return;
  const wishes = new Map(leaving.map((each) => [each.id, each.removeRequestedAt]));
  await tx
    .insert(paymentMethods)
    .values(cards.map((card) => ({ accountId, ...card, removeRequestedAt: wishes.get(card.id) ?? null })));
}

function unavailable(deps: BillingDeps, asked: Exclude<Asked<object>, { kind: "answered" }>) {
  deps.log.warn({ asked }, "the payment provider did not answer");
  return err({ code: "provider_unavailable" });
}
