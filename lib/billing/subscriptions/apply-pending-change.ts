import { and, eq } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { subscriptions } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { err, ok, type Result } from "../../result";
import { lockAccount } from "../account";
import type { BillingDeps } from "../deps";
import type { ProviderAnswer } from "../gateway";
import { CHANGE_PLANNED } from "../plan-gateway";
import type { SubscriptionRow } from "../subscription-row";
import { findOffer } from "./offers";
import { NO_PENDING_CHANGE, restoredChange } from "./pending-change";
import { syncSubscription } from "./sync";

type Ref = Pick<SubscriptionRow, "accountId" | "id">;

export type ApplyOptions = {
  /** No customer waits for the answer: what Stripe refuses stays pending, for an operator to look at. */
  readonly unattended?: boolean;
};

/** Stripe refused or did not know; or an operator planned something for this subscription, which counts. */
type NotApplied = { readonly code: "provider_unavailable" } | { readonly code: "change_planned" };

/** Longer than all the calls for a change can take, each retried by the SDK. */
const LEASE_MS = 10 * 60_000;
/** So many changes chosen while Stripe is being asked for the first; then the sweep goes on. */
const MAX_CHANGES = 5;

/**
 * Asks Stripe for what was chosen for a subscription's end of period, and converges; then for what was chosen meanwhile.
 * One at a time: whoever comes while another caller has the lease leaves it to them. Unanswered or cut short anywhere, it can be
 * called again. Refused, what was to come before is pending again, as a part may have been done; the answer says so.
 */
export async function applyPendingChange(
  deps: BillingDeps,
  ref: Ref,
  { unattended = false }: ApplyOptions = {},
): Promise<Result<undefined, NotApplied>> {
  let last: SubscriptionRow | null = null;
  for (let rounds = 0; rounds < MAX_CHANGES; rounds += 1) {
    const mine: SubscriptionRow | null = await transact(deps.db, (tx) => begin(tx, ref));
    if (!mine || mine.pendingSince?.getTime() === last?.pendingSince?.getTime()) {
      if (mine) await transact(deps.db, (tx) => finish(tx, mine));
      return ok();
    }
    last = mine;
    const asked = await askFor(deps, mine);
    const refused = asked.kind === "refused";
    if (asked.kind !== "answered") {
      const { accountId, pendingChange } = mine;
      const level = refused && unattended ? "error" : "warn";
      deps.log[level]({ accountId, pendingChange, asked }, "a plan change was not confirmed by Stripe");
    }
    const isPlanned = asked.kind === "refused" && asked.code === CHANGE_PLANNED;
    const instead = refused ? { giveUp: !unattended, isPlanned } : undefined;
    await transact(deps.db, (tx) => finish(tx, mine, instead));
    await syncSubscription(deps, ref);
    if (isPlanned) return err({ code: "change_planned" });
    if (asked.kind !== "answered") return refused ? err({ code: "provider_unavailable" }) : ok();
  }
  return ok();
}

const isIt = ({ accountId, id }: Ref) =>
  and(eq(subscriptions.accountId, accountId), eq(subscriptions.id, id));

async function read(tx: Tx, ref: Ref): Promise<SubscriptionRow | null> {
  const [row] = await tx.select().from(subscriptions).where(isIt(ref));
  return row ?? null;
}

/** Takes the lease on the pending change: the subscription with it; null where there is nothing to do, or another has it. */
async function begin(tx: Tx, ref: Ref): Promise<SubscriptionRow | null> {
  const { now } = await lockAccount(tx, ref.accountId);
  const row = await read(tx, ref);
  if (!row?.pendingChange || (row.leaseUntil && row.leaseUntil > now)) return null;
  const leaseUntil = new Date(now.getTime() + LEASE_MS);
  await tx.update(subscriptions).set({ leaseUntil }).where(isIt(ref));
  return { ...row, leaseUntil };
}

/** Gives the lease back. What was chosen meanwhile stays, whatever came of this one. */
async function finish(
  tx: Tx,
  mine: SubscriptionRow,
  refused?: { readonly giveUp: boolean; readonly isPlanned: boolean },
): Promise<void> {
  await lockAccount(tx, mine.accountId);
  const row = await read(tx, mine);
  if (row?.leaseUntil?.getTime() !== mine.leaseUntil?.getTime()) return; // Took too long, and lost the lease.
  const isStillIt = row?.pendingSince?.getTime() === mine.pendingSince?.getTime();
  // What counted before is overruled as well where an operator planned something.
  const former = refused && !refused.isPlanned ? restoredChange(mine) : null;
  const nothing = refused?.giveUp || refused?.isPlanned ? NO_PENDING_CHANGE : {};
  const instead = refused && isStillIt ? (former ?? nothing) : {};
  await tx
    .update(subscriptions)
    .set({ ...instead, leaseUntil: null })
    .where(isIt(mine));
}

async function askFor(deps: BillingDeps, subscription: SubscriptionRow): Promise<ProviderAnswer<object>> {
  const { id, scheduleId, cancelAt, pendingChange, pendingPlan, pendingInterval } = subscription;
  if (pendingChange === "change") {
    const found = await findOffer(deps, pendingPlan ?? "", pendingInterval ?? "");
    // Not on sale just now, as before the setup has run: nobody else has to be asked for that.
    if (!found.ok) return { kind: "unknown", reason: found.error.code, serverSaidNo: false };
    return deps.plans.scheduleChange({
      subscriptionId: id,
      priceId: found.value.price.priceId,
      isPlain: scheduleId === null && cancelAt === null,
    });
  }
  return deps.plans.setCancelAtPeriodEnd(id, pendingChange === "cancel");
}
