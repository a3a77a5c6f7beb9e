import { and, eq, ne } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { attentionItems, subscriptions } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { lockAccount, readAccount } from "../account";
import { resolveAttention, syncAttention } from "../attention/items";
import type { BillingDeps } from "../deps";
import { listLiveSubscriptions } from "./sync";

/** A subscription, by Stripe's id, that refused a card, with Stripe's code for why. */
export type RefusedCard = { readonly id: string; readonly code: string };

const REASON = "subscription_card_refused";

/** A step: Stripe said that this subscription has the card. */
export async function noteSubscriptionCard(
  tx: Tx,
  { accountId, id, paymentMethodId }: { accountId: string; id: string; paymentMethodId: string },
): Promise<void> {
  await tx
    .update(subscriptions)
    .set({ paymentMethodId })
    .where(and(eq(subscriptions.accountId, accountId), eq(subscriptions.id, id)));
}

/**
 * A step, after every live subscription was given the card: of those that refused it and go on all the same an operator is told,
 * and of no others any more.
 */
export async function tellOfRefused(
  tx: Tx,
  { log }: Pick<BillingDeps, "log">,
  refusal: { accountId: string; refused: readonly RefusedCard[]; paymentMethodId: string },
): Promise<void> {
  const { accountId, refused, paymentMethodId } = refusal;
  const { now } = await lockAccount(tx, accountId);
  const live = new Set((await listLiveSubscriptions(tx, accountId)).map(({ id }) => id));
  const found = refused
    .filter(({ id }) => live.has(id))
    .map(({ id, code }) => ({
      ...({ object: "subscription", id, reason: REASON } as const),
      details: { card: paymentMethodId, code },
    }));
  await syncAttention(tx, { accountId, owns: [REASON], found, now, log });
}

/**
 * Asks again for what refused the card that the account pays with: it takes it by now, or somebody gave it the card, or it has
 * ended. For whoever looks again at what needs attention, once the account was read.
 */
export async function askRefusedAgain(
  deps: BillingDeps,
  { accountId }: { readonly accountId: string },
): Promise<void> {
  const { objectId: id, state, reason } = attentionItems;
  const items = await deps.db
    .select({ id })
    .from(attentionItems)
    .where(and(eq(attentionItems.accountId, accountId), eq(reason, REASON), ne(state, "resolved")));
  if (items.length === 0) return;
  const { defaultPaymentMethodId: card } = (await readAccount(deps.db, accountId)).account;
  const live = await listLiveSubscriptions(deps.db, accountId);
  for (const item of items) {
    const found = live.find((each) => each.id === item.id);
    if (found && !card) continue;
    const hasIt = !found || found.paymentMethodId === card;
    const asked = hasIt || !card ? null : await deps.plans.setSubscriptionCard(found.id, card);
    if (asked && asked.kind !== "answered") continue;
    await transact(deps.db, async (tx) => {
      const { now } = await lockAccount(tx, accountId);
      if (found && card) await noteSubscriptionCard(tx, { accountId, id: found.id, paymentMethodId: card });
      const resolved = { object: "subscription", id: item.id, reason: REASON } as const;
      await resolveAttention(tx, { accountId, ...resolved, now, log: deps.log });
    });
  }
}
