import { desc, eq } from "drizzle-orm";
import { checkouts } from "../../../db/schema";
import { transact } from "../../../db/transact";
import type { BillingDeps } from "../../../lib/billing/deps";
import { confirmOrder } from "../../../lib/billing/orders/confirm";
import { placeOrder } from "../../../lib/billing/orders/place";
import { finishSubscribe, startSubscribe } from "../../../lib/billing/subscriptions/subscribe";
import { newId } from "../../../lib/ids";
import { commit } from "../../../lib/ledger/commit";
import { credits } from "../../../lib/money/credits";
import type { Result } from "../../../lib/result";

export type Buyer = { readonly accountId: string; readonly userId: string };

/** What a person did in a step, by the functions behind the product's pages: before they were at Stripe, and after. */
export type Deed = {
  before?(deps: BillingDeps, buyer: Buyer): Promise<void>;
  after?(deps: BillingDeps, buyer: Buyer): Promise<void>;
};

const PATHS = { returnPath: "/settings/billing/plans/return", cancelPath: "/settings/billing/plans" };

function demand<T>(result: Result<T, { readonly code: string }>): T {
  if (!result.ok) throw new Error(`the product refused: ${result.error.code}`);
  return result.value;
}

const subscribe: Deed = {
  async before(deps, buyer) {
    demand(await startSubscribe(deps, { ...buyer, plan: "starter", interval: "month", ...PATHS }));
  },
  async after(deps, { accountId }) {
    const [checkout] = await deps.db
      .select({ sessionId: checkouts.sessionId })
      .from(checkouts)
      .where(eq(checkouts.accountId, accountId))
      .orderBy(desc(checkouts.createdAt))
      .limit(1);
    demand(await finishSubscribe(deps, { accountId, sessionId: checkout?.sessionId ?? "" }));
  },
};

const buy = (bundleId: string): Deed => ({
  async after(deps, { accountId, userId }) {
    const choice = { kind: "bundle", bundleId } as const;
    const { orderId } = demand(await placeOrder(deps, { accountId, userId, requestId: newId(), choice }));
    demand(await confirmOrder(deps, { accountId, orderId, paymentMethodId: null, expiryAcknowledged: true }));
  },
});

/** The product's backend spends, before whatever else happens in the step. */
const spend = (amount: bigint): Deed => ({
  before: ({ db }, { accountId }) =>
    transact(db, async (tx) => {
      const purpose = { category: "ai_processing", resource: null, reference: null } as const;
      const command = { kind: "spend", credits: credits(amount), purpose } as const;
      const [outcome] = await commit(tx, accountId, [{ key: newId(), command }]);
      if (outcome?.kind !== "done") throw new Error("nothing was spent");
    }),
});

/** By flow and step; in all other steps only Stripe or an operator did something. */
export const DEEDS: Readonly<Record<string, Readonly<Record<string, Deed>>>> = {
  "buy-once": { subscribe, buy: buy("usd100") },
  "renew-monthly": { subscribe, "renewal 1": spend(5_000_000n) },
  "refund-whole": { subscribe, buy: buy("usd100") },
};
