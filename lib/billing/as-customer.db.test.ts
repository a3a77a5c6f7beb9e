import { afterEach, expect, it } from "vitest";
import { expectBooksBalance } from "../../dev/testing/books";
import { openPlanShop } from "../../dev/testing/plans";
import { getBalance } from "../ledger/queries";
import { seeAsCustomer } from "./as-customer";
import { settleReturns } from "./orders/returns/settle";

const shop = openPlanShop();
afterEach(() => expectBooksBalance(shop.db));

it("tells a plan's credits that are frozen in a dispute from those of a plan that is not paid, whoever looks", async () => {
  const who = await shop.makeSubscriber("starter");
  const customer = await shop.customerOf(who);
  const [invoice] = (await shop.stripe.invoices.list({ customer })).data;
  const [paid] = (await shop.stripe.invoicePayments.list({ invoice: invoice?.id ?? "" })).data;
  const paymentIntentId = String(paid?.payment.payment_intent);
  const intent = await shop.stripe.paymentIntents.retrieve(paymentIntentId);
  const disputed = await fetch(`${shop.simulator.url}/_sim/charges/${intent.latest_charge}/dispute`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  expect(disputed.ok).toBe(true);
  await settleReturns(shop.deps, { paymentIntentId });
  // The ledger knows what is frozen, and not why.
  expect(await getBalance(shop.db, who.accountId)).toMatchObject({
    frozenPlan: 24_000_000n,
    frozenAddOn: 0n,
  });
  const { balance } = await seeAsCustomer(shop.deps, who.accountId);
  expect(balance).toMatchObject({ frozenPlan: 0n, frozenAddOn: 24_000_000n });
});
