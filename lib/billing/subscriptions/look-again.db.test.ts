import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { accounts, attentionItems } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { DAY, HOUR, MINUTE, openPlanShop, type Subscriber } from "../../../dev/testing/plans";
import { newId } from "../../ids";
import { lockAccount } from "../account";
import { openAttention, syncAttention } from "../attention/items";
import type { BillingDeps } from "../deps";
import { sweepPlans } from "./sweep";

const shop = openPlanShop();

/** A gateway whose reads of a customer's plan are counted; after each, the step that follows every read is run. */
function watch(who: Subscriber, afterRead: () => Promise<void> = async () => {}) {
  let reads = 0;
  const readBilling: BillingDeps["plans"]["readBilling"] = async (customer, known) => {
    const answer = await shop.deps.plans.readBilling(customer, known);
    if (customer === (await shop.customerOf(who))) {
      reads += 1;
      await afterRead();
    }
    return answer;
  };
  const deps = { ...shop.deps, plans: { ...shop.deps.plans, readBilling } };
  const sweep = async () => {
    const before = reads;
    await sweepPlans(deps);
    return reads - before;
  };
  return { sweep };
}

const open = async ({ accountId }: Subscriber) =>
  openAttention(shop.db, {
    accountId,
    object: "price",
    id: `price_${newId()}`,
    reason: "payment_of_lost_order",
    now: shop.clock.now(),
    log: shop.deps.log,
  });
const itemsOf = ({ accountId }: Subscriber) =>
  shop.db.select().from(attentionItems).where(eq(attentionItems.accountId, accountId));

describe("what needs attention", () => {
  it("is looked at after ten minutes, and ever more rarely until it is once a day", async () => {
    const who = await shop.makeSubscriber();
    const { sweep } = watch(who);
    await sweep();
    await open(who);
    expect(await sweep()).toBe(0);
    const gaps: number[] = [];
    for (const minutes of [10, 20, 40, 80, 160]) {
      await shop.passes((minutes - 1) * MINUTE);
      expect([minutes, await sweep()]).toEqual([minutes, 0]);
      await shop.passes(1.1 * MINUTE);
      expect([minutes, await sweep()]).toEqual([minutes, 1]);
      gaps.push(minutes);
    }
    await shop.owner`update attention_items set looks = 900, next_look_at = now() where account_id = ${who.accountId}`;
    await sweep();
    const [item] = await itemsOf(who);
    expect(item?.nextLookAt.getTime()).toBeGreaterThan(shop.clock.now().getTime() + 23.9 * HOUR);
    expect(item?.nextLookAt.getTime()).toBeLessThan(shop.clock.now().getTime() + DAY + MINUTE);
  });

  it("is found right again by the schedule alone, within minutes of being put right at Stripe (F1)", async () => {
    const who = await shop.makeSubscriber();
    const { accountId } = who;
    const customer = await shop.customerOf(who);
    // Stands for whoever reads the facts: the customer's metadata at Stripe says something wrong, or not.
    const judge = async () => {
      const read = await shop.stripe.customers.retrieve(customer);
      const isWrong = !read.deleted && read.metadata.plan === "100,000,000";
      const found = isWrong
        ? [{ object: "customer", id: customer, reason: "payment_of_lost_order" } as const]
        : [];
      await transact(shop.db, async (tx) => {
        const { now } = await lockAccount(tx, accountId);
        await syncAttention(tx, {
          accountId,
          owns: ["payment_of_lost_order"],
          found,
          now,
          log: shop.deps.log,
        });
      });
    };
    await shop.stripe.customers.update(customer, { metadata: { plan: "100,000,000" } });
    await judge();
    const { sweep } = watch(who, judge);
    for (let hour = 0; hour < 6; hour += 1) {
      await shop.passes(HOUR);
      await sweep();
    }
    expect(await itemsOf(who)).toMatchObject([{ state: "open", timesLogged: 1 }]);
    await shop.stripe.customers.update(customer, { metadata: { plan: "" } });
    await shop.passes(DAY);
    await sweep();
    expect(await itemsOf(who)).toMatchObject([{ state: "resolved" }]);
    await shop.passes(10 * MINUTE);
    expect(await sweep()).toBe(0);
  });

  it("of one account keeps no other from its turn, whatever Stripe says about it", async () => {
    const [one, two] = [await shop.makeSubscriber(), await shop.makeSubscriber()];
    await open(one);
    await open(two);
    await shop.passes(11 * MINUTE);
    const troubled = await shop.customerOf(one);
    const { sweep } = watch(two);
    const readBilling: BillingDeps["plans"]["readBilling"] = async (customer, known) => {
      if (customer === troubled) throw new Error("what nobody thought of");
      return shop.deps.plans.readBilling(customer, known);
    };
    await sweepPlans({ ...shop.deps, plans: { ...shop.deps.plans, readBilling } });
    for (const who of [one, two]) expect(await itemsOf(who)).toMatchObject([{ looks: 1 }]);
    expect(await sweep()).toBe(0);
  });

  it("and is nobody's is somebody's once its customer is known", async () => {
    const who = await shop.makeFree();
    const { id: customer } = await shop.stripe.customers.create({ email: who.email });
    const id = `in_${newId()}`;
    const what = { accountId: null, object: "invoice", reason: "paid_under_unknown_customer" } as const;
    const { log } = shop.deps;
    await openAttention(shop.db, { ...what, id, details: { customer }, now: shop.clock.now(), log });
    const find = () => shop.db.select().from(attentionItems).where(eq(attentionItems.objectId, id));
    await shop.passes(11 * MINUTE);
    await sweepPlans(shop.deps);
    expect(await find()).toMatchObject([{ state: "open", looks: 1 }]);
    await shop.db.update(accounts).set({ stripeCustomerId: customer }).where(eq(accounts.id, who.accountId));
    await shop.passes(21 * MINUTE);
    await sweepPlans(shop.deps);
    expect(await find()).toMatchObject([{ state: "resolved" }]);
  });
});
