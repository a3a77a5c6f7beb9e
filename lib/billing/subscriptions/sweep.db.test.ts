import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { subscriptions } from "../../../db/schema";
import { openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import type { BillingDeps } from "../deps";
import { sweepPlans } from "./sweep";

const shop = openPlanShop();

const isDue = async ({ accountId }: Subscriber): Promise<boolean> => {
  const [row] =
    await shop.owner`select next_read_at <= now() as due from subscriptions where account_id = ${accountId}`;
  return row?.due;
};

it("I26: an account whose plan cannot be read is said once, goes to the back, and keeps nobody from being asked about", async () => {
  const [broken, fine] = [await shop.makeSubscriber(), await shop.makeSubscriber()];
  await shop.db.update(subscriptions).set({ nextReadAt: sql`now() - interval '1 minute'` });
  const its = await shop.customerOf(broken);
  const said: object[] = [];
  const deps: BillingDeps = {
    ...shop.deps,
    plans: {
      ...shop.deps.plans,
      readBilling: (customerId, known) =>
        customerId === its
          ? Promise.reject(new Error("an answer nobody can read"))
          : shop.deps.plans.readBilling(customerId, known),
    },
    log: { ...shop.deps.log, error: (facts) => void said.push(facts) },
  };
  await sweepPlans(deps);
  expect(said).toMatchObject([{ accountId: broken.accountId }]);
  expect([await isDue(broken), await isDue(fine)]).toEqual([false, false]);
  await sweepPlans(deps);
  expect(said).toHaveLength(1);
});
