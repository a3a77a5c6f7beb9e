import { and, desc, eq } from "drizzle-orm";
import type { Reader, Tx } from "../../../db/client";
import { accounts, paymentMethods, subscriptions } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { err, ok, type Result } from "../../result";
import { lockAccount } from "../account";
import type { BillingDeps } from "../deps";
import type { ProviderAnswer, SavedCards } from "../gateway";
import { acceptRead, MAX_READS, startRead } from "../provider-reads";
import { isLive } from "../subscription-row";
import { mailCards } from "./mails";

/** Stripe did not answer, or refused: nothing changed, trying again later is right. */
export type ProviderUnavailable = { readonly code: "provider_unavailable" };

export async function findLiveSubscription(db: Reader, accountId: string) {
  const [primary] = await db
    .select({
      id: subscriptions.id,
      status: subscriptions.status,
      paymentMethodId: subscriptions.paymentMethodId,
      scheduleId: subscriptions.scheduleId,
    })
    .from(subscriptions)
    .where(and(eq(subscriptions.accountId, accountId), eq(subscriptions.isPrimary, true)));
  return primary && isLive(primary) ? primary : null;
}

/** All of ours that go on, the one that is shown first: where an operator made a second, both are charged. */
export const listLiveSubscriptions = async (db: Reader, accountId: string) => {
  const { id, status, paymentMethodId, scheduleId, isPrimary, createdAt } = subscriptions;
  const all = await db
    .select({ id, status, paymentMethodId, scheduleId, isPrimary })
    .from(subscriptions)
    .where(eq(subscriptions.accountId, accountId))
    .orderBy(desc(isPrimary), createdAt);
  return all.filter(isLive);
};

export type CardRef = { readonly accountId: string; readonly paymentMethodId: string };

/** Refetches the account's cards from Stripe and converges; `also` runs in the transaction that stores them. */
export async function syncPaymentMethods(
  deps: BillingDeps,
  { accountId, customerId }: { accountId: string; customerId: string },
  also?: (tx: Tx) => Promise<void>,
): Promise<Result<undefined, ProviderUnavailable>> {
  for (let asks = 0; asks < MAX_READS; asks += 1) {
    const { number } = await startRead(deps.db, accountId, "cards");
    const saved = await deps.gateway.listSavedCards(customerId);
    if (saved.kind !== "answered") return unavailable(deps, saved);
    const answer = await transact(deps.db, async (tx) => {
      const { account } = await lockAccount(tx, accountId);
      // Deleted and forgotten meanwhile: these are not the account's cards any more.
      const isIts = account.stripeCustomerId === customerId;
      const noted = isIts ? await acceptRead(tx, account, { topic: "cards", number }) : "up_to_date";
      if (noted === "read_again") return noted;
      if (noted === "apply") await storeCards(tx, accountId, saved.value);
      await also?.(tx);
      return noted;
    });
    if (answer !== "read_again") return ok();
  }
  deps.log.warn({ accountId }, "every read of the saved cards was superseded by another");
  return err({ code: "provider_unavailable" });
}

/** A step: replaces what we keep by what Stripe listed. Call it under the account's lock. */
async function storeCards(
  tx: Tx,
  accountId: string,
  { cards, defaultId, balanceCents }: SavedCards,
): Promise<void> {
  const newest = cards.toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0];
  const live = await findLiveSubscription(tx, accountId);
  const renewing = cards.find((each) => each.id === live?.paymentMethodId);
  await tx
    .update(accounts)
    .set({
      defaultPaymentMethodId: defaultId ?? renewing?.id ?? newest?.id ?? null,
      customerBalanceCents: balanceCents,
    })
    .where(eq(accounts.id, accountId));
  const leaving = await tx.delete(paymentMethods).where(eq(paymentMethods.accountId, accountId)).returning();
  await mailCards(tx, accountId, { before: leaving, now: cards });
  if (cards.length === 0) return;
  const requestedAt = new Map(leaving.map((each) => [each.id, each.removeRequestedAt]));
  await tx
    .insert(paymentMethods)
    .values(
      cards.map((card) => ({ accountId, ...card, removeRequestedAt: requestedAt.get(card.id) ?? null })),
    );
}

export function unavailable(deps: BillingDeps, asked: Exclude<ProviderAnswer<object>, { kind: "answered" }>) {
  deps.log.warn({ asked }, "the payment provider did not answer");
  return err({ code: "provider_unavailable" });
}
