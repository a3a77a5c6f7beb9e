import { and, eq } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { subscriptions } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { compareOffers } from "../../catalog/prices";
import { err, ok, type Result } from "../../result";
import { lockAccount } from "../account";
import type { BillingDeps } from "../deps";
import type { Asked } from "../gateway";
import type { SubscriptionRow } from "./cycle-rows";
import { findOffer, type OfferError } from "./offers";
import { findOpenPayment } from "./plan-payment-rows";
import { isLive } from "./store-snapshot";
import { syncSubscription } from "./sync-subscription";
import type { ChosenOffer } from "./upgrade";

export type ChangeError =
  | OfferError
  | { readonly code: "no_subscription" }
  | { readonly code: "not_a_downgrade" }
  | { readonly code: "payment_in_progress" };

type AccountRef = { readonly accountId: string };
type Wish = Pick<SubscriptionRow, "wish" | "wishPlan" | "wishInterval">;

/**
 * Something smaller from the end of the paid period on; until then nothing changes, and it can be undone. Chosen again
 * it replaces what was chosen before. Nothing is charged. The choice is stored before Stripe is asked: where Stripe did
 * not answer, or only for a part, it is asked again until it has confirmed.
 */
export async function scheduleDowngrade(
  deps: BillingDeps,
  chosen: ChosenOffer,
): Promise<Result<undefined, ChangeError>> {
  const found = await findOffer(deps, chosen.plan, chosen.interval);
  if (!found.ok) return found;
  const { plan, interval } = found.value.offer;
  const wish = { wish: "change", wishPlan: plan.id, wishInterval: interval } as const;
  return choose(deps, chosen, wish, (current) =>
    compareOffers({ plan: plan.id, interval }, current) < 0 ? ok() : err({ code: "not_a_downgrade" }),
  );
}

const NOTHING_ELSE = { wishPlan: null, wishInterval: null };

/** Free from the end of the paid period on; until then nothing changes, and it can be undone. Stored like a downgrade. */
export const cancelPlan = (deps: BillingDeps, ref: AccountRef): Promise<Result<undefined, ChangeError>> =>
  choose(deps, ref, { wish: "cancel", ...NOTHING_ELSE });

/** Takes back a downgrade or a cancellation that has not come yet: the plan goes on as it is. Stored like a downgrade. */
export const keepPlan = (deps: BillingDeps, ref: AccountRef): Promise<Result<undefined, ChangeError>> =>
  choose(deps, ref, { wish: "keep", ...NOTHING_ELSE });

type Check = (current: SubscriptionRow) => Result<undefined, ChangeError>;

async function choose(
  deps: BillingDeps,
  { accountId }: AccountRef,
  wish: Wish,
  check: Check = () => ok(),
): Promise<Result<undefined, ChangeError>> {
  // As Stripe knows it now: what a page showed may be an hour old.
  const { snapshot } = await syncSubscription(deps, { accountId });
  if (!snapshot) return err({ code: "provider_unavailable" });
  const stored = await transact(deps.db, (tx) => storeWish(tx, accountId, wish, check));
  return stored.ok ? carryOut(deps, stored.value) : stored;
}

async function storeWish(
  tx: Tx,
  accountId: string,
  wish: Wish,
  check: Check,
): Promise<Result<SubscriptionRow, ChangeError>> {
  const { now } = await lockAccount(tx, accountId);
  const [row] = await tx
    .select()
    .from(subscriptions)
    .where(and(eq(subscriptions.accountId, accountId), eq(subscriptions.isPrimary, true)));
  if (!row || !isLive(row)) return err({ code: "no_subscription" });
  if (await findOpenPayment(tx, accountId)) return err({ code: "payment_in_progress" });
  const may = check(row);
  if (!may.ok) return may;
  const wishing = { ...wish, wishedAt: now };
  await tx.update(subscriptions).set(wishing).where(isIt(row));
  return ok({ ...row, ...wishing });
}

const isIt = ({ accountId, id }: Pick<SubscriptionRow, "accountId" | "id">) =>
  and(eq(subscriptions.accountId, accountId), eq(subscriptions.id, id));

/**
 * Asks Stripe for what was chosen for the period's end, and converges. Cut short or unanswered anywhere it can be called
 * again, with the subscription as it is known then; refused, what was chosen before counts again, and the answer says so.
 */
export async function carryOut(
  deps: BillingDeps,
  subscription: SubscriptionRow,
): Promise<Result<undefined, { readonly code: "provider_unavailable" }>> {
  const { accountId, wish, wishedAt } = subscription;
  if (!wish || !wishedAt) return ok();
  const asked = await askFor(deps, subscription);
  if (asked.kind !== "answered")
    deps.log.warn({ accountId, wish, asked }, "a plan change was not confirmed by Stripe");
  const refused = asked.kind === "refused";
  const giveUp = async (tx: Tx) => {
    await lockAccount(tx, accountId);
    const isStillIt = and(isIt(subscription), eq(subscriptions.wishedAt, wishedAt));
    await tx.update(subscriptions).set(chosenBefore(subscription)).where(isStillIt);
  };
  await syncSubscription(deps, { accountId }, refused ? { also: giveUp } : {});
  return refused ? err({ code: "provider_unavailable" }) : ok();
}

/** A part of it may have been done before the refusal: then what was chosen before has to be asked for again. */
function chosenBefore({ cancelAt, nextPlan, nextInterval, wishedAt }: SubscriptionRow) {
  if (cancelAt) return { wish: "cancel", ...NOTHING_ELSE, wishedAt } as const;
  if (nextPlan && nextInterval)
    return { wish: "change", wishPlan: nextPlan, wishInterval: nextInterval, wishedAt } as const;
  return { wish: null, ...NOTHING_ELSE, wishedAt: null } as const;
}

async function askFor(deps: BillingDeps, subscription: SubscriptionRow): Promise<Asked<object>> {
  const { id, scheduleId, wish, wishPlan, wishInterval } = subscription;
  if (wish === "change") {
    const found = await findOffer(deps, wishPlan ?? "", wishInterval ?? "");
    if (!found.ok) return asAsked(found.error);
    return deps.plans.scheduleChange({ subscriptionId: id, priceId: found.value.price.priceId });
  }
  // Stripe lets nobody cancel what a schedule manages.
  if (scheduleId) {
    const released = await deps.plans.releaseSchedule(scheduleId);
    if (released.kind !== "answered") return released;
  }
  return deps.plans.setCancelAtPeriodEnd(id, wish === "cancel");
}

const asAsked = ({ code }: OfferError): Asked<object> =>
  code === "provider_unavailable"
    ? { kind: "unknown", reason: code, serverSaidNo: false }
    : { kind: "refused", code };
