import { and, eq } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { subscriptions } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { err, ok, type Result } from "../../result";
import { lockAccount } from "../account";
import type { BillingDeps } from "../deps";
import type { Asked } from "../gateway";
import { CHANGE_PLANNED } from "../plan-gateway";
import type { SubscriptionRow } from "../subscription-row";
import { findOffer } from "./offers";
import { formerOf, NO_WISH } from "./pending-change";
import { syncSubscription } from "./sync";

type Ref = Pick<SubscriptionRow, "accountId" | "id">;

export type CarryOutOptions = {
  /** Nobody is there to be told: what Stripe refuses stays a wish, for an operator to look at. */
  readonly unattended?: boolean;
};

/** Stripe refused or did not know; or an operator planned something for this subscription, which counts. */
type NotApplied = { readonly code: "provider_unavailable" } | { readonly code: "change_planned" };

/** Longer than all the calls for a wish can take, each tried again by the SDK. */
const ASKING_MS = 10 * 60_000;
/** So many second thoughts while Stripe is being asked for the first; then it is the sweep's. */
const MOST_WISHES = 5;

/**
 * Asks Stripe for what was chosen for a subscription's end of period, and converges; then for what was chosen meanwhile.
 * One at a time: whoever comes while somebody is asking leaves it to them. Unanswered or cut short anywhere, it can be
 * called again. Refused, what counted before is a wish again, as a part may have been done; the answer says so.
 */
export async function carryOut(
  deps: BillingDeps,
  ref: Ref,
  { unattended = false }: CarryOutOptions = {},
): Promise<Result<undefined, NotApplied>> {
  let last: SubscriptionRow | null = null;
  for (let wishes = 0; wishes < MOST_WISHES; wishes += 1) {
    const mine: SubscriptionRow | null = await transact(deps.db, (tx) => begin(tx, ref));
    if (!mine || mine.wishedAt?.getTime() === last?.wishedAt?.getTime()) {
      if (mine) await transact(deps.db, (tx) => finish(tx, mine));
      return ok();
    }
    last = mine;
    const asked = await askFor(deps, mine);
    const refused = asked.kind === "refused";
    if (asked.kind !== "answered") {
      const { accountId, wish } = mine;
      const level = refused && unattended ? "error" : "warn";
      deps.log[level]({ accountId, wish, asked }, "a plan change was not confirmed by Stripe");
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

/** The subscription with its wish, which is the caller's to ask for from now on; null where there is nothing to do. */
async function begin(tx: Tx, ref: Ref): Promise<SubscriptionRow | null> {
  const { now } = await lockAccount(tx, ref.accountId);
  const row = await read(tx, ref);
  if (!row?.wish || (row.askingUntil && row.askingUntil > now)) return null;
  const askingUntil = new Date(now.getTime() + ASKING_MS);
  await tx.update(subscriptions).set({ askingUntil }).where(isIt(ref));
  return { ...row, askingUntil };
}

/** Lets others ask. What was wished meanwhile stays, whatever came of this one. */
async function finish(
  tx: Tx,
  mine: SubscriptionRow,
  refused?: { readonly giveUp: boolean; readonly isPlanned: boolean },
): Promise<void> {
  await lockAccount(tx, mine.accountId);
  const row = await read(tx, mine);
  if (row?.askingUntil?.getTime() !== mine.askingUntil?.getTime()) return; // Took too long, and lost its turn.
  const isStillIt = row?.wishedAt?.getTime() === mine.wishedAt?.getTime();
  // What counted before is overruled as well where an operator planned something.
  const former = refused && !refused.isPlanned ? formerOf(mine) : null;
  const nothing = refused?.giveUp || refused?.isPlanned ? NO_WISH : {};
  const instead = refused && isStillIt ? (former ?? nothing) : {};
  await tx
    .update(subscriptions)
    .set({ ...instead, askingUntil: null })
    .where(isIt(mine));
}

async function askFor(deps: BillingDeps, subscription: SubscriptionRow): Promise<Asked<object>> {
  const { id, wish, wishPlan, wishInterval } = subscription;
  if (wish === "change") {
    const found = await findOffer(deps, wishPlan ?? "", wishInterval ?? "");
    // Not on sale just now, as before the setup has run: nobody else has to be asked for that.
    if (!found.ok) return { kind: "unknown", reason: found.error.code, serverSaidNo: false };
    return deps.plans.scheduleChange({ subscriptionId: id, priceId: found.value.price.priceId });
  }
  return deps.plans.setCancelAtPeriodEnd(id, wish === "cancel");
}
