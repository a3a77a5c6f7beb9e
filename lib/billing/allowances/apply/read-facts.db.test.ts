import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { invoiceLines, invoices } from "../../../../db/schema";
import { transact } from "../../../../db/transact";
import { DAY, openPlanShop } from "../../../../dev/testing/plans";
import { lockAccount } from "../../account";
import { findKnown } from "../../subscriptions/read-mirror";
import { applyFacts } from "./apply-facts";

const shop = openPlanShop();

it("I23: a line of which nothing was decided is judged however old it is, and not asked for again for ever", async () => {
  const who = await shop.makeSubscriber();
  const { accountId } = who;
  const [mine, its] = [eq(invoices.accountId, accountId), eq(invoiceLines.accountId, accountId)];
  // As of a customer of years, whose account here is young.
  const long = new Date(shop.clock.now().getTime() - 500 * DAY);
  await shop.db.update(invoices).set({ createdAt: long, paidAt: long }).where(mine);
  await shop.db
    .update(invoiceLines)
    .set({ decidedAt: null, periodStart: long, periodEnd: new Date(long.getTime() + 30 * DAY) })
    .where(its);
  expect((await findKnown(shop.db, accountId)).invoiceIds).toHaveLength(1);
  const before = await shop.stateOf(who);
  await transact(shop.db, async (tx) => applyFacts(tx, await lockAccount(tx, accountId)));
  expect((await findKnown(shop.db, accountId)).invoiceIds).toEqual([]);
  expect(await shop.stateOf(who)).toEqual(before);
});
