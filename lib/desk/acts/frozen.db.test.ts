import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { orders } from "../../../db/schema";
import { deskAt } from "../../../dev/testing/desk";
import { mailsOf } from "../../../dev/testing/outbox";
import { buyOne } from "../../../dev/testing/paid-order";
import { DAY, openPlanShop } from "../../../dev/testing/plans";
import { newestAllowance, renewUnpaid } from "../../../dev/testing/unpaid-renewal";
import { tellFrozen } from "../../billing/returns/queries";
import { toPublicId } from "../../ids";
import { getBalance } from "../../ledger/queries";

const shop = openPlanShop();
const desk = deskAt(shop);
const MONTH = 24_000_000n;

const figures = async ({ accountId }: { readonly accountId: string }) => {
  const { remaining, frozen } = await getBalance(shop.db, accountId);
  return { remaining, frozen };
};
const told = async ({ accountId }: { readonly accountId: string }) => {
  const balance = await tellFrozen(shop.db, accountId, await getBalance(shop.db, accountId));
  const { frozenPlan, frozenAddOn, frozenByUs } = balance;
  return { frozenPlan, frozenAddOn, frozenByUs };
};
const ALL_FROZEN = { remaining: 0n, frozen: MONTH };

describe("what an operator froze", () => {
  it("stays frozen while its plan is not paid, though the operator wants it unfrozen", async () => {
    const { who, grantId, fails, pays } = await renewUnpaid(shop);
    const { actId } = await desk.act("freeze", who.accountId, { grant: toPublicId("grant", grantId) });
    expect(await told(who)).toEqual({ frozenPlan: 0n, frozenAddOn: 0n, frozenByUs: MONTH });
    await fails();
    expect(await newestAllowance(shop, who)).toMatchObject({ payment: "owed", frozen: true });
    expect(await told(who)).toEqual({ frozenPlan: MONTH, frozenAddOn: 0n, frozenByUs: 0n });
    await expect(desk.takeBack(actId)).rejects.toThrow("not_frozen_here");
    expect(await figures(who)).toEqual(ALL_FROZEN);

    // Paid, it is the operator who keeps it frozen.
    await pays();
    expect((await newestAllowance(shop, who)).frozen).toBe(false);
    expect(await figures(who)).toEqual(ALL_FROZEN);
    expect(await told(who)).toEqual({ frozenPlan: 0n, frozenAddOn: 0n, frozenByUs: MONTH });
    await desk.takeBack(actId);
    expect(await figures(who)).toEqual({ remaining: MONTH, frozen: 0n });
  });

  it("though it was frozen for want of payment before, paying does not unfreeze it", async () => {
    const { who, grantId, fails, pays } = await renewUnpaid(shop);
    await fails();
    const grant = toPublicId("grant", grantId);
    await desk.act("freeze", who.accountId, { grant });
    await expect(desk.act("freeze", who.accountId, { grant })).rejects.toThrow("nothing_to_do");
    await pays();
    expect(await figures(who)).toEqual(ALL_FROZEN);
    await desk.act("unfreeze", who.accountId, { grant });
    expect(await figures(who)).toEqual({ remaining: MONTH, frozen: 0n });
  });

  it.each(["before", "after"] as const)(
    "stays frozen while the bank decides about it; frozen %s the dispute began",
    async (when) => {
      const { buyer, order, grant, charge, tell, atStripe } = await buyOne(shop);
      const { remaining } = await getBalance(shop.db, buyer.accountId);
      const frozen = { remaining: remaining - order.credits, frozen: order.credits };
      const freeze = () => desk.act("freeze", buyer.accountId, { grant });
      if (when === "before") await freeze();
      const dispute = await atStripe(`charges/${charge}/dispute`);
      await tell();
      if (when === "after") await freeze();
      expect(await told(buyer)).toEqual({ frozenPlan: 0n, frozenAddOn: order.credits, frozenByUs: 0n });
      await expect(desk.act("unfreeze", buyer.accountId, { grant })).rejects.toThrow("not_frozen_here");
      expect(await figures(buyer)).toEqual(frozen);

      await atStripe(`disputes/${dispute.id}/win`);
      await tell();
      expect(await figures(buyer)).toEqual(frozen);
      expect(await told(buyer)).toEqual({ frozenPlan: 0n, frozenAddOn: 0n, frozenByUs: order.credits });
      // The mail promises no more than that.
      const won = (await mailsOf(shop.db, buyer)).find(({ kind }) => kind === "order_dispute_won");
      expect(won?.facts.left).toBe("frozen");
      await desk.act("unfreeze", buyer.accountId, { grant });
      expect(await figures(buyer)).toEqual({ remaining, frozen: 0n });
    },
  );
});

describe("an extension that is taken back", () => {
  const dayAfter = (at: Date, days: number) => new Date(at.getTime() + days * DAY).toISOString().slice(0, 10);

  it("moves no credits of a plan that is not paid to where no payment is asked for", async () => {
    const { who, grantId, endsAt, fails, pays } = await renewUnpaid(shop);
    const grant = toPublicId("grant", grantId);
    const { actId } = await desk.act("extend", who.accountId, { grant, until: dayAfter(endsAt, 60) });
    await expect(desk.takeBack(actId)).rejects.toThrow("not_paid");
    await fails();
    expect(await figures(who)).toEqual(ALL_FROZEN);
    await pays();
    await desk.takeBack(actId);
    expect(await figures(who)).toEqual({ remaining: MONTH, frozen: 0n });
  });

  it("gives its order the date there was before, and can be so twice", async () => {
    const { buyer, order, grant, charge, tell, atStripe } = await buyOne(shop);
    const endOf = async () =>
      (await shop.db.select().from(orders).where(eq(orders.id, order.id)))[0]?.expiresAt;
    const { remaining } = await getBalance(shop.db, buyer.accountId);
    const taken = await desk.act("revoke", buyer.accountId, { grant, credits: "1000" });
    const first = await desk.act("extend", buyer.accountId, {
      grant,
      until: dayAfter(order.expiresAt, 30),
    });
    await desk.takeBack(first.actId);
    expect(await endOf()).toEqual(order.expiresAt);
    await desk.takeBack(taken.actId);
    const second = await desk.act("extend", buyer.accountId, {
      grant,
      until: dayAfter(order.expiresAt, 60),
    });
    await desk.takeBack(second.actId);
    // As nothing shortens a grant, what was put back into it since ends where the first extension did.
    expect((await endOf())?.toISOString().slice(0, 10)).toBe(dayAfter(order.expiresAt, 31));
    expect(await figures(buyer)).toEqual({ remaining, frozen: 0n });
    // Both are found where the order is paid back.
    await atStripe(`charges/${charge}/refund`);
    await tell();
    expect(await figures(buyer)).toEqual({ remaining: remaining - order.credits, frozen: 0n });
  });
});
