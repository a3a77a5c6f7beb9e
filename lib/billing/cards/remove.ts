import { and, eq, gt, isNotNull, sql } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { paymentMethods } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { err, ok, type Result } from "../../result";
import { lockAccount, readAccount } from "../account";
import type { BillingDeps } from "../deps";
import { ADOPTING_MS, adoptCard, isUpgradeBeingCharged, stopAdopting } from "./default";
import {
  type CardRef,
  findLiveSubscription,
  listLiveSubscriptions,
  type ProviderUnavailable,
  syncPaymentMethods,
  unavailable,
} from "./sync";

/**
 * Forgets a saved card, here and at Stripe; but not the last one of a live subscription, which has to be charged to
 * something. Where it was the default the newest of the others takes its place. The request is stored under the account's
 * lock, so that two removals at once cannot both count on the other's card.
 */
export async function removeCard(
  deps: BillingDeps,
  { accountId, paymentMethodId }: CardRef,
): Promise<Result<undefined, ProviderUnavailable | NotRemovable>> {
  const requested = await transact(deps.db, (tx) => requestRemoval(tx, { accountId, paymentMethodId }));
  return requested.ok ? finishRemoval(deps, { accountId, paymentMethodId }) : requested;
}

type NotRemovable =
  | { readonly code: "unknown_card" | "last_card" }
  /** An upgrade is being charged, and the card that takes this one's place could be charged instead. */
  | { readonly code: "payment_in_progress" };

/** Does what was requested for a card; cut short anywhere, it can be called again. */
export async function finishRemoval(
  deps: BillingDeps,
  { accountId, paymentMethodId }: CardRef,
): Promise<Result<undefined, ProviderUnavailable>> {
  const { account } = await readAccount(deps.db, accountId);
  const { stripeCustomerId: customerId } = account;
  if (!customerId) return ok();
  const cards = await deps.db.select().from(paymentMethods).where(eq(paymentMethods.accountId, accountId));
  const { adoptingCardId, defaultPaymentMethodId } = account;
  const isDefault = defaultPaymentMethodId === paymentMethodId;
  // What follows is charged to the schedule's card, which may be this one although the subscription has another.
  const live = await listLiveSubscriptions(deps.db, accountId);
  const mayPayRenewals = live.some(
    (each) => each.paymentMethodId === paymentMethodId || each.scheduleId !== null,
  );
  const newestId = newestKept(cards, paymentMethodId)?.id ?? null;
  const instead = adoptingCardId ?? (isDefault ? null : defaultPaymentMethodId) ?? newestId;
  const successorId = isDefault || mayPayRenewals ? instead : null;
  if (successorId) {
    const adopted = await adoptCard(deps, { accountId, customerId, paymentMethodId: successorId });
    if (!adopted.ok) return adopted;
  }
  const removed = await deps.plans.removeCard(paymentMethodId);
  if (removed.kind !== "answered") return unavailable(deps, removed);
  return syncPaymentMethods(deps, { accountId, customerId });
}

/** A step: begins with a removal anew, unless an upgrade is being charged; until it is done, or a minute is over, none begins. */
export async function resumeRemoval(
  tx: Tx,
  { accountId, paymentMethodId }: CardRef,
): Promise<"free" | "upgrade_being_charged"> {
  await lockAccount(tx, accountId);
  if (await isUpgradeBeingCharged(tx, accountId)) return "upgrade_being_charged";
  await tx
    .update(paymentMethods)
    .set({ removeRequestedAt: sql`now()` })
    .where(
      and(
        eq(paymentMethods.accountId, accountId),
        eq(paymentMethods.id, paymentMethodId),
        isNotNull(paymentMethods.removeRequestedAt),
      ),
    );
  return "free";
}

/** Whether a card is being removed just now, and with it perhaps the subscription's set to another. */
export async function isRemoving(tx: Tx, accountId: string, now: Date): Promise<boolean> {
  const lately = new Date(now.getTime() - ADOPTING_MS);
  const leaving = await tx
    .select({ id: paymentMethods.id })
    .from(paymentMethods)
    .where(and(eq(paymentMethods.accountId, accountId), gt(paymentMethods.removeRequestedAt, lately)));
  return leaving.length > 0;
}

type SavedCard = typeof paymentMethods.$inferSelect;

const newestKept = (cards: readonly SavedCard[], leavingId: string): SavedCard | undefined =>
  cards
    .filter((each) => each.id !== leavingId && !each.removeRequestedAt)
    .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())[0];

async function requestRemoval(
  tx: Tx,
  { accountId, paymentMethodId }: CardRef,
): Promise<Result<undefined, NotRemovable>> {
  const { now } = await lockAccount(tx, accountId);
  const cards = await tx.select().from(paymentMethods).where(eq(paymentMethods.accountId, accountId));
  if (!cards.some((each) => each.id === paymentMethodId)) return err({ code: "unknown_card" });
  const isLast = !newestKept(cards, paymentMethodId);
  if (isLast && (await findLiveSubscription(tx, accountId))) return err({ code: "last_card" });
  if (await isUpgradeBeingCharged(tx, accountId)) return err({ code: "payment_in_progress" });
  // What was to become the default is to go now.
  await stopAdopting(tx, { accountId, paymentMethodId });
  await tx
    .update(paymentMethods)
    .set({ removeRequestedAt: now })
    .where(and(eq(paymentMethods.accountId, accountId), eq(paymentMethods.id, paymentMethodId)));
  return ok();
}
