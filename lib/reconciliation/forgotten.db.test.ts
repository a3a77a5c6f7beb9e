import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { connect } from "../../db/client";
import { orders, stripeAccount } from "../../db/schema";
import { openPlanShop } from "../../dev/testing/plans";
import { forgetStripe } from "../billing/forget-stripe";
import { confirmOrder } from "../billing/orders/confirm";
import { placeOrder } from "../billing/orders/place";
import { settleReturns } from "../billing/orders/returns/settle";
import type { ProviderRecords } from "../billing/provider-records";
import { newId } from "../ids";
import { dayOf, reconcileDay } from "./reconcile";

const shop = openPlanShop();

/** What a Stripe account says in which nothing of this database ever was. */
const none = async () => ({ kind: "answered", value: { records: [], next: null } }) as const;
const missing = async () => ({ kind: "refused", code: "resource_missing" }) as never;
const ELSEWHERE: ProviderRecords = {
  ...{ listPayments: none, listCharges: none, listInvoices: none, listRefunds: none, listDisputes: none },
  ...{
    listCustomers: none,
    chargesOf: missing,
    invoiceOf: missing,
    findInvoice: missing,
    findReturn: missing,
  },
};

it("what was sold at a Stripe account that was forgotten is no difference of the one that came after it", async () => {
  const who = await shop.makeSubscriber();
  const choice = { kind: "bundle", bundleId: "usd100" } as const;
  const placed = await placeOrder(shop.deps, { ...who, requestId: newId(), choice });
  if (!placed.ok) throw new Error(placed.error.code);
  const { orderId } = placed.value;
  const ref = { accountId: who.accountId, orderId, paymentMethodId: null, expiryAcknowledged: true };
  expect(await confirmOrder(shop.deps, ref)).toMatchObject({ value: { status: "paid" } });
  const [order] = await shop.db.select().from(orders).where(eq(orders.id, orderId));
  const paymentIntentId = order?.paymentIntentId ?? "";
  await shop.stripe.refunds.create({ payment_intent: paymentIntentId, amount: 1_000 });
  await settleReturns(shop.deps, { paymentIntentId });
  const day = dayOf(shop.clock.now());
  const lines = async (records = ELSEWHERE) => {
    const { lines: found, ofForgotten } = await reconcileDay({ db: shop.db, records }, day);
    return { kinds: found.map(({ kind }) => kind).sort(), ofForgotten };
  };
  expect(await lines(shop.deps.records)).toEqual({ kinds: [], ofForgotten: 0 });
  const gone = ["invoice_not_at_stripe", "order_without_charge", "return_not_at_stripe"];
  expect(await lines(), "nothing of it was forgotten").toEqual({ kinds: gone, ofForgotten: 0 });

  const url = new URL(shop.ownerUrl);
  url.searchParams.set("search_path", "rehearsal,public,pg_catalog");
  const owner = connect(url.href, { max: 2 });
  await forgetStripe(owner, { keepCredits: true });
  await owner.pool.end({ timeout: 5 });
  await shop.passes(1_000);
  await shop.db.insert(stripeAccount).values({ id: "acct_new", live: false });
  expect(await lines()).toEqual({ kinds: [], ofForgotten: 3 });
});
