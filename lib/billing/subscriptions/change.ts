import { and, eq } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { subscriptions } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { compareOffers } from "../../catalog/prices";
import { err, ok, type Result } from "../../result";
import { lockAccount } from "../account";
import type { BillingDeps, Synced } from "../deps";
import { isLive, isSold, type SoldRow } from "../subscription-row";
import { applyPendingChange } from "./apply-pending-change";
import { findOffer, type OfferError } from "./offers";
import { findOpenPayment } from "./payment-rows";
import { type Choice, toPendingChange } from "./pending-change";
import { isOperatorsPlan } from "./planned";
import { checkCancelable, checkChangeable, type NotChangeable, type PlanStanding } from "./standing";
import { readStanding } from "./standing-rows";
import { syncSubscription } from "./sync";
import type { ChosenOffer } from "./upgrade";

export type ChangeError =
  | OfferError
  | NotChangeable
  | { readonly code: "no_subscription" }
  | { readonly code: "not_a_downgrade" }
  /** An operator planned something for this subscription: only ending it is the customer's. */
  | { readonly code: "change_planned" }
  | { readonly code: "payment_in_progress" };

type AccountRef = { readonly accountId: string };
/**
 * Something smaller from the end of the paid period on; until then nothing changes, and it can be undone. Chosen again
 * it replaces what was chosen before. Nothing is charged. The choice is stored before Stripe is asked: where Stripe did
 * not answer, or only for a part, it is asked again until it has confirmed.
 */
export async function scheduleDowngrade(
  deps: BillingDeps,
  chosen: ChosenOffer,
): Promise<Result<undefined, ChangeError>> {
  const [found, synced] = await Promise.all([
    findOffer(deps, chosen.plan, chosen.interval),
    syncSubscription(deps, chosen),
  ]);
  if (!found.ok) return found;
  const { plan, interval } = found.value.offer;
  const pendingChange = { pendingChange: "change", pendingPlan: plan.id, pendingInterval: interval } as const;
  return choose(deps, chosen, synced, pendingChange, (current, standing) => {
    const changeable = checkChangeable(standing);
    if (!changeable.ok) return changeable;
    const isDown = compareOffers({ plan: plan.id, interval }, current) < 0;
    return isDown ? ok() : err({ code: "not_a_downgrade" });
  });
}

const NOTHING_ELSE = { pendingPlan: null, pendingInterval: null };

/** Free from the end of the paid period on; until then nothing changes, and it can be undone. Stored like a downgrade. */
export const cancelPlan = async (
  deps: BillingDeps,
  ref: AccountRef,
): Promise<Result<undefined, ChangeError>> =>
  choose(
    deps,
    ref,
    await syncSubscription(deps, ref),
    { pendingChange: "cancel", ...NOTHING_ELSE },
    (_, standing) => checkCancelable(standing),
  );

/** Undoes a downgrade or a cancellation that has not come yet: the plan goes on as it is. Stored like a downgrade. */
export const keepPlan = async (deps: BillingDeps, ref: AccountRef): Promise<Result<undefined, ChangeError>> =>
  choose(deps, ref, await syncSubscription(deps, ref), { pendingChange: "keep", ...NOTHING_ELSE });

type Check = (current: SoldRow, standing: PlanStanding | null) => Result<undefined, ChangeError>;

/** Stores a choice, and asks for it. `synced` is what Stripe said just now: what a page showed may be an hour old. */
async function choose(
  deps: BillingDeps,
  { accountId }: AccountRef,
  synced: Synced,
  choice: Choice,
  check: Check = () => ok(),
): Promise<Result<undefined, ChangeError>> {
  if (!synced.facts) return err({ code: "provider_unavailable" });
  const stored = await transact(deps.db, (tx) => storePendingChange(tx, accountId, choice, check));
  return stored.ok ? applyPendingChange(deps, stored.value) : stored;
}

async function storePendingChange(
  tx: Tx,
  accountId: string,
  choice: Choice,
  check: Check,
): Promise<Result<SoldRow, ChangeError>> {
  const { now } = await lockAccount(tx, accountId);
  const [row] = await tx
    .select()
    .from(subscriptions)
    .where(and(eq(subscriptions.accountId, accountId), eq(subscriptions.isPrimary, true)));
  if (!row || !isLive(row)) return err({ code: "no_subscription" });
  if (!isSold(row)) return err({ code: "being_set_up" });
  if (await findOpenPayment(tx, accountId)) return err({ code: "payment_in_progress" });
  if (choice.pendingChange !== "cancel" && isOperatorsPlan(row)) return err({ code: "change_planned" });
  const may = check(row, await readStanding(tx, accountId));
  if (!may.ok) return may;
  await tx
    .update(subscriptions)
    .set(toPendingChange(choice, row, now))
    .where(and(eq(subscriptions.accountId, accountId), eq(subscriptions.id, row.id)));
  return ok(row);
}
