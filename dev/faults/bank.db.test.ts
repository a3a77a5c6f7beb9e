import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { planPayments } from "../../db/schema";
import { changingAt } from "../testing/changing";
import { openPlanShop } from "../testing/plans";
import { comeBack } from "./bank";

const shop = openPlanShop();
const { upgrade, addCard } = changingAt(shop);

it("brings back whoever was sent to a bank to pay for a plan, as for an order", async () => {
  const who = await shop.makeSubscriber();
  const card = await addCard(who, "pm_card_authenticationRequired");
  expect(await upgrade(who, { card })).toMatchObject({ ok: true, value: { status: "requires_action" } });
  const { accountId } = who;
  const statusOf = async () =>
    (await shop.db.select().from(planPayments).where(eq(planPayments.accountId, accountId)))[0]?.status;
  await comeBack(shop.deps, [accountId], "walk away");
  expect(await statusOf()).toBe("requires_action");
  await comeBack(shop.deps, [accountId], "approve");
  expect(await statusOf()).toBe("paid");
});
