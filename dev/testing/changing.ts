import { and, eq } from "drizzle-orm";
import { currentGrants, orders } from "../../db/schema";
import { syncPaymentMethods } from "../../lib/billing/cards/sync";
import { confirmOrder } from "../../lib/billing/orders/confirm";
import { placeOrder } from "../../lib/billing/orders/place";
import { confirmUpgrade } from "../../lib/billing/subscriptions/upgrade";
import { newId } from "../../lib/ids";
import type { openPlanShop, Subscriber } from "./plans";

export const PREMIUM = { plan: "premium", interval: "month" } as const;

/** What tests of plan changes do and look at, at a shop of theirs. */
export function changingAt(shop: ReturnType<typeof openPlanShop>) {
  async function upgrade(who: Subscriber, options: { requestId?: string; card?: string | null } = {}) {
    return confirmUpgrade(shop.deps, {
      ...who,
      ...PREMIUM,
      requestId: options.requestId ?? newId(),
      shownCents: 49_900n,
      paymentMethodId: options.card ?? null,
    });
  }

  async function buy(who: Subscriber): Promise<{ orderId: string; expiresAt: Date; grantId: string }> {
    const placed = await placeOrder(shop.deps, {
      ...who,
      requestId: newId(),
      choice: { kind: "bundle", bundleId: "usd100" },
    });
    if (!placed.ok) throw new Error(placed.error.code);
    const { orderId } = placed.value;
    await confirmOrder(shop.deps, { ...who, orderId, paymentMethodId: null, expiryAcknowledged: true });
    const [order] = await shop.db
      .select()
      .from(orders)
      .where(and(eq(orders.accountId, who.accountId), eq(orders.id, orderId)));
    if (!order?.grantId) throw new Error("the order is paid");
    return { orderId, expiresAt: order.expiresAt, grantId: order.grantId };
  }

  async function grantOf(who: Subscriber, id: string) {
    const [grant] = await shop.db
      .select()
      .from(currentGrants)
      .where(and(eq(currentGrants.accountId, who.accountId), eq(currentGrants.id, id)));
    if (!grant) throw new Error(`grant ${id} exists`);
    return grant;
  }

  async function addCard(who: Subscriber, card: string): Promise<string> {
    const customerId = await shop.customerOf(who);
    const { id } = await shop.stripe.paymentMethods.attach(card, { customer: customerId });
    await syncPaymentMethods(shop.deps, { accountId: who.accountId, customerId });
    return id;
  }

  const succeeded = async (who: Subscriber) =>
    (await shop.charges(await shop.customerOf(who))).filter((each) => each.status === "succeeded");

  const endOf = async (who: Subscriber) =>
    ((await shop.subscriptionOf(who)).items.data[0]?.current_period_end ?? 0) * 1_000;

  return { upgrade, buy, grantOf, addCard, succeeded, endOf };
}
