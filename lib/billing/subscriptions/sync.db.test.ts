import { and, eq, inArray } from "drizzle-orm";
import { expect, it } from "vitest";
import { attentionItems } from "../../../db/schema";
import { openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { syncSubscription } from "./sync";

const shop = openPlanShop();

const itemsOf = ({ accountId }: Subscriber) =>
  shop.db
    .select({
      reason: attentionItems.reason,
      id: attentionItems.objectId,
      state: attentionItems.state,
    })
    .from(attentionItems)
    .where(
      and(
        eq(attentionItems.accountId, accountId),
        inArray(attentionItems.reason, ["object_not_found", "subscription_of_two_accounts"]),
      ),
    );

it("what Stripe has not any more needs attention until it is there again, and the plan goes on", async () => {
  const who = await shop.makeSubscriber();
  const { id } = await shop.subscriptionOf(who);
  const { plans } = shop.deps;
  const readBilling: typeof plans.readBilling = async (customerId, known) => {
    const asked = await plans.readBilling(customerId, known);
    if (asked.kind !== "answered") return asked;
    return { ...asked, value: { ...asked.value, subscriptions: [], notFound: [id] } };
  };
  await syncSubscription({ ...shop.deps, plans: { ...plans, readBilling } }, who);
  expect(await itemsOf(who)).toEqual([{ reason: "object_not_found", id, state: "open" }]);
  expect(await shop.stateOf(who)).toMatchObject({ plan: "starter", planStatus: "active" });
  await shop.sync(who);
  expect(await itemsOf(who)).toEqual([{ reason: "object_not_found", id, state: "resolved" }]);
});

it("a subscription that is another account's already needs attention", async () => {
  const [who, other] = [await shop.makeSubscriber(), await shop.makeFree()];
  const { id } = await shop.subscriptionOf(who);
  await shop.owner`update subscription_owners set account_id = ${other.accountId} where subscription_id = ${id}`;
  await shop.sync(who);
  expect(await itemsOf(who)).toEqual([{ reason: "subscription_of_two_accounts", id, state: "open" }]);
});
