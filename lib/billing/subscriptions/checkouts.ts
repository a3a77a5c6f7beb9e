import { and, eq, isNull, sql } from "drizzle-orm";
import type { Reader, Tx } from "../../../db/client";
import { checkouts } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { err, ok, type Result } from "../../result";
import { lockAccount, readAccount } from "../account";
import { adoptCard } from "../cards/default";
import type { BillingDeps } from "../deps";
import { type ProviderAnswer, refusedIsUnknown } from "../gateway";
import type { CheckoutFacts } from "../plan-gateway";
import { syncSubscription } from "./sync";

export type CheckoutRow = typeof checkouts.$inferSelect;

const MINUTES_MS = 60_000;
/** Asked about unprompted so often while it is open. */
const ASK_AGAIN_MS = 5 * MINUTES_MS;

export async function findOpenCheckout(db: Reader, accountId: string): Promise<CheckoutRow | null> {
  const [row] = await db
    .select()
    .from(checkouts)
    .where(and(eq(checkouts.accountId, accountId), isNull(checkouts.endedAt)));
  return row ?? null;
}

/** The address of a stored visit: asked of Stripe under its stored key, again and again the same session. */
export async function openAtStripe(
  deps: BillingDeps,
  checkout: CheckoutRow,
): Promise<Result<{ url: string }, { readonly code: "refused" | "unknown" }>> {
  if (checkout.url) return ok({ url: checkout.url });
  const asked = await start(deps, checkout);
  if (asked.kind === "answered" && asked.value.url) return ok({ url: asked.value.url });
  deps.log.warn({ accountId: checkout.accountId, asked: asked.kind }, "Checkout could not be opened");
  return err({ code: asked.kind === "refused" ? "refused" : "unknown" });
}

async function start(deps: BillingDeps, checkout: CheckoutRow): Promise<ProviderAnswer<CheckoutFacts>> {
  const { accountId, id, customerId, priceId, successUrl, cancelUrl, expiresAt, idempotencyKey } = checkout;
  const asked = await deps.plans.startCheckout({
    key: idempotencyKey,
    accountId,
    customerId,
    priceId,
    successUrl,
    cancelUrl,
    expiresAt,
  });
  await transact(deps.db, async (tx) => {
    const { now } = await lockAccount(tx, accountId);
    if (asked.kind === "refused") await end(tx, { accountId, id }, "failed", now);
    if (asked.kind === "answered" && asked.value.url) {
      const { id: sessionId, url } = asked.value;
      await tx
        .update(checkouts)
        .set({ status: "open", sessionId, url })
        .where(and(isTheOpen({ accountId, id }), eq(checkouts.status, "started")));
    }
  });
  return asked;
}

type Ref = Pick<CheckoutRow, "accountId" | "id">;

const isTheOpen = ({ accountId, id }: Ref) =>
  and(eq(checkouts.accountId, accountId), eq(checkouts.id, id), isNull(checkouts.endedAt));

const end = (tx: Tx, ref: Ref, status: CheckoutRow["status"], now: Date) =>
  tx.update(checkouts).set({ status, endedAt: now, nextReadAt: null }).where(isTheOpen(ref));

/**
 * Asks Stripe what became of a visit to Checkout, or ends it there with `expire`, and converges. When it was paid, the
 * plan and its credits are there and its card is the saved one before this returns. `also` runs in the last transaction.
 */
export async function settleCheckout(
  deps: BillingDeps,
  checkout: CheckoutRow,
  options: { readonly expire?: boolean } = {},
): Promise<"complete" | "open" | "ended" | "unknown"> {
  const asked = await lookAtIt(deps, checkout, options.expire ?? false);
  if (asked.kind === "refused") return "ended"; // It never came to be: `start` has written that down.
  if (asked.kind === "unknown") return (await endUnheard(deps, checkout)) ? "ended" : "unknown";
  const session = asked.value;
  if (session.customerId !== checkout.customerId) return "unknown";
  if (session.status === "open") return "open";
  if (session.status === "expired") {
    await transact(deps.db, async (tx) => {
      const { now } = await lockAccount(tx, checkout.accountId);
      await end(tx, checkout, "expired", now);
    });
    return "ended";
  }
  return complete(deps, checkout, session);
}

/**
 * Ends a visit whose address nobody ever heard, once it is over: nobody can have paid there, and nobody can from then on. Stripe
 * keeps an answer of 500 with its key, and goes on giving it for a day; nobody could subscribe so long. Returns whether it has ended.
 */
const endUnheard = (deps: BillingDeps, ref: Ref): Promise<boolean> =>
  transact(deps.db, async (tx) => {
    const { now } = await lockAccount(tx, ref.accountId);
    const [open] = await tx.select().from(checkouts).where(isTheOpen(ref));
    if (!open) return true;
    if (open.sessionId !== null || open.expiresAt > now) return false;
    await end(tx, ref, "expired", now);
    return true;
  });

async function lookAtIt(
  deps: BillingDeps,
  checkout: CheckoutRow,
  expire: boolean,
): Promise<ProviderAnswer<CheckoutFacts>> {
  let { sessionId } = checkout;
  if (!sessionId) {
    const started = await start(deps, checkout);
    if (started.kind !== "answered") return started;
    sessionId = started.value.id;
  }
  const { plans } = deps;
  return refusedIsUnknown(await (expire ? plans.expireCheckout(sessionId) : plans.findCheckout(sessionId)));
}

async function complete(
  deps: BillingDeps,
  checkout: CheckoutRow,
  session: CheckoutFacts,
): Promise<"complete" | "unknown"> {
  const { accountId, customerId } = checkout;
  const { facts } = await syncSubscription(deps, { accountId });
  if (!facts) return "unknown";
  const subscription = facts.subscriptions.find((each) => each.id === session.subscriptionId);
  // Its customer was deleted meanwhile: what it subscribed to is over, and was heard of before the customer was forgotten.
  const isGone = (await readAccount(deps.db, accountId)).account.stripeCustomerId !== customerId;
  if (!subscription && !isGone) return "unknown";
  if (subscription?.paymentMethodId && !isGone) {
    const adopted = await adoptCard(deps, {
      accountId,
      customerId,
      paymentMethodId: subscription.paymentMethodId,
    });
    if (!adopted.ok) return "unknown";
  }
  await transact(deps.db, async (tx) => {
    const { now } = await lockAccount(tx, accountId);
    await end(tx, checkout, "complete", now);
  });
  return "complete";
}

/** Sends a visit that is still open to the back of the queue of those that are asked about. */
export async function askLater(deps: Pick<BillingDeps, "db">, ref: Ref): Promise<void> {
  const at = sql`now() + ${`${ASK_AGAIN_MS} milliseconds`}::interval`;
  await deps.db.update(checkouts).set({ nextReadAt: at }).where(isTheOpen(ref));
}
