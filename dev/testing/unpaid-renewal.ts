import { desc, eq } from "drizzle-orm";
import { allowances } from "../../db/schema";
import { makeDefaultCard } from "../../lib/billing/cards/default";
import { syncPaymentMethods } from "../../lib/billing/cards/sync";
import { openDueCycles } from "../../lib/billing/subscriptions/sweep";
import { HOUR, type PlanShop, type Subscriber } from "./plans";

/** A subscriber whose next month is given before it is paid, with a card that will not pay it. */
export async function renewUnpaid(shop: PlanShop) {
  const who = await shop.makeSubscriber();
  const customerId = await shop.customerOf(who);
  const { id } = await shop.stripe.paymentMethods.attach("pm_card_chargeCustomerFail", {
    customer: customerId,
  });
  await syncPaymentMethods(shop.deps, { accountId: who.accountId, customerId });
  const made = await makeDefaultCard(shop.deps, { accountId: who.accountId, paymentMethodId: id });
  if (!made.ok) throw new Error(made.error.code);
  const end = ((await shop.subscriptionOf(who)).items.data[0]?.current_period_end ?? 0) * 1000;
  await shop.clock.moveTo(new Date(end + 5_000));
  await openDueCycles(shop.db, shop.deps.log);
  const { grantId } = await newestAllowance(shop, who);
  if (!grantId) throw new Error("the next month was not given");
  /** Stripe asks the card, which refuses. */
  const fails = async () => {
    await shop.clock.moveTo(new Date(end + 2 * HOUR));
    await shop.sync(who);
  };
  const pays = async () => {
    const [open] = (await shop.stripe.invoices.list({ customer: customerId, status: "open" })).data;
    await shop.stripe.invoices.pay(open?.id ?? "", { paid_out_of_band: true });
    await shop.sync(who);
  };
  return { who, grantId, endsAt: new Date(end), fails, pays };
}

/** The allowance that began last of the largest plan it had: a Free month may begin in the same second as what follows. */
export async function newestAllowance({ db }: PlanShop, { accountId }: Subscriber) {
  const [row] = await db
    .select()
    .from(allowances)
    .where(eq(allowances.accountId, accountId))
    .orderBy(desc(allowances.credits), desc(allowances.startsAt))
    .limit(1);
  if (!row) throw new Error("the account has no allowance");
  return row;
}
