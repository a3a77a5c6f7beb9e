import { and, eq, isNull, lte, sql } from "drizzle-orm";
import type { Reader, Tx } from "../../../db/client";
import { accounts, paymentMethods, planPayments } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { err, type Result } from "../../result";
import { type AccountRow, lockAccount } from "../account";
import type { BillingDeps } from "../deps";
import type { ProviderAnswer } from "../gateway";
import { noteSubscriptionCard, type RefusedCard, tellOfRefused } from "./refused";
import {
  type CardRef,
  listLiveSubscriptions,
  type ProviderUnavailable,
  syncPaymentMethods,
  unavailable,
} from "./sync";

/**
 * Makes a card what the account pays with from now on, for credits and for renewals, and refetches the cards: at the
 * customer, each live subscription and its schedule. Called again it changes nothing. Cut short, the caller has to call again.
 */
export async function adoptCard(
  deps: BillingDeps,
  card: Adopted,
): Promise<Result<undefined, ProviderUnavailable>> {
  const { accountId, customerId, paymentMethodId } = card;
  const live = await listLiveSubscriptions(deps.db, accountId);
  const { asked, took, refused } = await setEverywhere(deps, card, live);
  if (asked.kind === "refused") await stopAdopting(deps.db, card);
  if (asked.kind !== "answered") return unavailable(deps, asked);
  // One that has ended by now wants no card.
  if (refused.length > 0) await deps.syncSubscription(deps, { accountId });
  // Asked only now: whatever is heard from here on was read after it.
  return syncPaymentMethods(deps, { accountId, customerId }, async (tx) => {
    for (const id of took) await noteSubscriptionCard(tx, { accountId, id, paymentMethodId });
    await tellOfRefused(tx, deps, { accountId, refused, paymentMethodId });
    await stopAdopting(tx, card);
  });
}

/**
 * The same for a card that somebody chose. That is several calls, of which any may go unanswered: it is stored before the
 * first that this card is to be it, and asked for again (`sweepPlans`) until Stripe has it everywhere. While an upgrade is being
 * charged it is only stored, and done by the sweep afterwards.
 */
export async function adoptChosenCard(
  deps: BillingDeps,
  card: Adopted,
): Promise<Result<undefined, ProviderUnavailable>> {
  const isFree = await transact(deps.db, async (tx) => {
    await lockAccount(tx, card.accountId);
    await storeChoice(tx, card);
    return !(await isUpgradeBeingCharged(tx, card.accountId));
  });
  return isFree ? adoptCard(deps, card) : syncPaymentMethods(deps, card);
}

const storeChoice = (tx: Tx, { accountId, paymentMethodId }: CardRef) =>
  tx
    .update(accounts)
    .set({ adoptingCardId: paymentMethodId, adoptingCardAt: sql`now()` })
    .where(eq(accounts.id, accountId));

/**
 * Whether an upgrade is being charged: Stripe charges it to the subscription's card, which was set to the one that somebody
 * confirmed. Ask under the account's lock, and change no card of the subscription while it is.
 */
export async function isUpgradeBeingCharged(tx: Tx, accountId: string): Promise<boolean> {
  const { id, kind, status, endedAt } = planPayments;
  const charged = await tx
    .select({ id })
    .from(planPayments)
    .where(
      and(
        eq(planPayments.accountId, accountId),
        isNull(endedAt),
        eq(kind, "upgrade"),
        eq(status, "processing"),
      ),
    );
  return charged.length > 0;
}

type Adopted = { readonly accountId: string; readonly customerId: string; readonly paymentMethodId: string };

/** What came of setting a card: the last answer, and of the subscriptions, by Stripe's ids, which have it now and which refused it. */
type SetCards = {
  readonly asked: ProviderAnswer<object>;
  readonly took: readonly string[];
  readonly refused: readonly RefusedCard[];
};

/**
 * The subscriptions first: Stripe charges renewals to their own card before the customer's default. One beside the one that is
 * shown may have ended by now, or refuse the card, which keeps nobody from changing it for the others.
 */
async function setEverywhere(
  deps: BillingDeps,
  { customerId, paymentMethodId }: Adopted,
  live: Awaited<ReturnType<typeof listLiveSubscriptions>>,
): Promise<SetCards> {
  const took: string[] = [];
  const refused: RefusedCard[] = [];
  for (const each of live) {
    // What a schedule has is not kept here: whether it has this card is asked.
    const hasIt = each.paymentMethodId === paymentMethodId && each.scheduleId === null;
    const asked = hasIt ? null : await deps.plans.setSubscriptionCard(each.id, paymentMethodId);
    if (asked?.kind === "unknown" || (asked?.kind === "refused" && each.isPrimary))
      return { asked, took, refused };
    if (asked?.kind === "refused") refused.push({ id: each.id, code: asked.code });
    else took.push(each.id);
  }
  return { asked: await deps.gateway.setDefaultCard(customerId, paymentMethodId), took, refused };
}

/** A step: nothing is to be asked any more for this card; another may be to become the default since. */
export const stopAdopting = (db: Pick<Tx, "update">, { accountId, paymentMethodId }: CardRef) =>
  db
    .update(accounts)
    .set({ adoptingCardId: null, adoptingCardAt: null })
    .where(and(eq(accounts.id, accountId), eq(accounts.adoptingCardId, paymentMethodId)));

/** So long at most somebody is at it. */
export const ADOPTING_MS = 60_000;

/** Whether a card is being made the default just now, or Stripe did not say a moment ago that it is. */
export const isAdopting = ({ adoptingCardAt }: Pick<AccountRow, "adoptingCardAt">, now: Date): boolean =>
  adoptingCardAt !== null && now.getTime() - adoptingCardAt.getTime() < ADOPTING_MS;

const MAX_ADOPTIONS = 100;

/** Cards that were to become the default, and of which Stripe did not say that they are. */
export const listAdoptions = (db: Reader) =>
  db
    .select({
      accountId: accounts.id,
      customerId: accounts.stripeCustomerId,
      paymentMethodId: accounts.adoptingCardId,
    })
    .from(accounts)
    .where(lte(accounts.adoptingCardAt, sql`now() - interval '1 minute'`))
    .orderBy(sql`random()`) // One that Stripe never confirms is to keep none from its turn.
    .limit(MAX_ADOPTIONS);

/** Goes on with a card that was to become the default; of a customer that is no more, nothing is asked. */
export async function finishAdoption(
  deps: BillingDeps,
  { accountId, customerId, paymentMethodId }: Awaited<ReturnType<typeof listAdoptions>>[number],
): Promise<void> {
  if (!paymentMethodId) return;
  if (customerId) await adoptCard(deps, { accountId, customerId, paymentMethodId });
  else await stopAdopting(deps.db, { accountId, paymentMethodId });
}

/** Pays with this saved card from now on, renewals included. Not while an upgrade is being charged to another. */
export async function makeDefaultCard(
  deps: BillingDeps,
  { accountId, paymentMethodId }: CardRef,
): Promise<
  Result<undefined, ProviderUnavailable | { readonly code: "unknown_card" | "payment_in_progress" }>
> {
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
  const isFree = await transact(deps.db, async (tx) => {
    await lockAccount(tx, accountId);
    if (await isUpgradeBeingCharged(tx, accountId)) return false;
    await storeChoice(tx, { accountId, paymentMethodId });
    return true;
  });
  if (!isFree) return err({ code: "payment_in_progress" });
  return adoptCard(deps, { accountId, customerId: card.customerId, paymentMethodId });
}
