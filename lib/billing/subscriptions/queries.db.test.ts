import { describe, expect, it } from "vitest";
import { DAY, openPlanShop } from "../../../dev/testing/plans";
import { getBalance } from "../../ledger/queries";
import { getAccountView } from "../account-view";
import { makeDefaultCard } from "../cards/default";
import { syncPaymentMethods } from "../cards/sync";
import { cancelPlan, keepPlan } from "./change";
import { getGrantSources, listInvoices } from "./queries";

const shop = openPlanShop();

const cardsOf = async (accountId: string) =>
  (await getAccountView(shop.db, accountId)).cards.map(({ brand, isDefault, paysRenewals }) => ({
    brand,
    isDefault,
    paysRenewals,
  }));

describe("what a page is told of plans", () => {
  it("says which card pays for renewals, also where it is not the default, and of none once canceled", async () => {
    const who = await shop.makeSubscriber();
    const { accountId } = who;
    const visa = { brand: "visa", isDefault: true, paysRenewals: true };
    expect(await cardsOf(accountId)).toEqual([visa]);

    const customer = await shop.customerOf(who);
    const { id } = await shop.stripe.paymentMethods.attach("pm_card_mastercard", { customer });
    await shop.stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
    await syncPaymentMethods(shop.deps, { accountId, customerId: customer });
    expect(await cardsOf(accountId)).toEqual([
      { brand: "mastercard", isDefault: true, paysRenewals: false },
      { ...visa, isDefault: false },
    ]);

    await makeDefaultCard(shop.deps, { accountId, paymentMethodId: id });
    expect((await cardsOf(accountId))[0]).toEqual({
      brand: "mastercard",
      isDefault: true,
      paysRenewals: true,
    });
    await cancelPlan(shop.deps, { accountId });
    expect((await cardsOf(accountId)).some((each) => each.paysRenewals)).toBe(false);
    await keepPlan(shop.deps, { accountId });
    expect((await cardsOf(accountId))[0]?.paysRenewals).toBe(true);
  });

  it("names every plan credit's plan and period, of this account only (I17)", async () => {
    const [who, stranger] = [await shop.makeFree(), await shop.makeSubscriber()];
    await shop.passes(DAY);
    await shop.subscribe(who, "premium");
    const { grants } = await getBalance(shop.db, who.accountId);
    const ids = grants.map((each) => each.id);
    const { period } = await getAccountView(shop.db, who.accountId);
    const sources = await getGrantSources(shop.db, who.accountId, ids);
    expect([...sources.values()].map((each) => each.plan.id).toSorted()).toEqual(["free", "premium"]);
    const premium = [...sources.values()].find((each) => each.plan.id === "premium");
    expect(premium).toMatchObject({ period, revoked: false });
    expect((await getGrantSources(shop.db, stranger.accountId, ids)).size).toBe(0);
    expect((await getGrantSources(shop.db, who.accountId, [])).size).toBe(0);
  });

  it("says for three days what expired when the cycle was renewed, of this account only (I17)", async () => {
    const [who, stranger] = [await shop.makeSubscriber(), await shop.makeSubscriber()];
    await shop.spend(who, 4_000_000n);
    const expired = async ({ accountId }: typeof who) =>
      (await getAccountView(shop.db, accountId)).expiredAtStart;
    expect(await expired(who)).toBe(0n);
    const { period } = await getAccountView(shop.db, who.accountId);
    await shop.clock.moveTo(new Date(period.end.getTime() + DAY));
    for (const each of [who, stranger]) await shop.deps.openRunningCycle(each.accountId);
    expect(await expired(who)).toBe(20_000_000n);
    expect(await expired(stranger)).toBe(24_000_000n);
    await shop.passes(3 * DAY);
    expect(await expired(who)).toBe(0n);
  });

  it("finds no payment in progress where there is none, and names plan credits as when asked for them", async () => {
    const { accountId } = await shop.makeSubscriber();
    const account = await getAccountView(shop.db, accountId);
    expect(account.openPayment).toBeNull();
    expect(account.grantSources.size).toBe(2);
    const ids = [...account.grantSources.keys()];
    expect(await getGrantSources(shop.db, accountId, ids)).toEqual(account.grantSources);
  });

  it("starts invoices from the newest with a cursor that is none, and keeps to this account (I17)", async () => {
    const [who, stranger] = [await shop.makeSubscriber(), await shop.makeSubscriber()];
    const [theirs] = (await listInvoices(shop.db, stranger.accountId, null)).invoices;
    const [mine] = (await listInvoices(shop.db, who.accountId, null)).invoices;
    expect(mine).toMatchObject({ status: "paid", plan: { id: "starter" }, totalCents: 29_900n });
    const future = shop.clock.now().getTime() + 1;
    for (const cursor of [
      "",
      "x",
      `${future}.in_x'; drop`,
      `${future}.${theirs?.id}`,
      "999999999999999.in_1",
    ]) {
      const { invoices } = await listInvoices(shop.db, who.accountId, cursor);
      expect(invoices.map((each) => each.id)).toEqual([mine?.id]);
    }
  });
});
