import { eq } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { accounts } from "../../../db/schema";
import { answerLater } from "../../../dev/testing/answer-later";
import { makeAccount } from "../../../dev/testing/factories";
import { openShop } from "../../../dev/testing/shop";
import { getAccountView } from "../account-view";
import { finishCardSetup, startCardSetup } from "./setup";
import { syncPaymentMethods } from "./sync";

const shop = openShop();
const paths = {
  returnPath: "/settings/billing/payment-method/return?then=overview",
  cancelPath: "/settings/billing/overview",
};

const start = async (accountId: string) => {
  const started = await startCardSetup(shop.deps, { accountId, ...paths });
  if (!started.ok) throw new Error(started.error.code);
  return started.value.url;
};

/** Fills in the hosted page as a browser would, and returns where it sends the customer. */
async function saveCard(url: string): Promise<URL> {
  const form = new URLSearchParams({ number: "4242424242424242", expiry: "12/34", cvc: "123", name: "" });
  const answer = await fetch(url, { method: "POST", body: form, redirect: "manual" });
  return new URL(answer.headers.get("location") ?? "nowhere:");
}

const sessionOf = (back: URL) => back.searchParams.get("session_id") ?? "";
const cardsOf = async (accountId: string) => (await getAccountView(shop.db, accountId)).cards;

describe("saving a card on the hosted page", () => {
  it("makes it the default, comes back where it was wanted, and creates one customer however often it is started", async () => {
    const { accountId } = await makeAccount(shop.db);
    const urls = await Promise.all(Array.from({ length: 6 }, () => start(accountId)));
    const back = await saveCard(urls[0] ?? "");
    expect(back.pathname + back.search).toMatch(
      /^\/settings\/billing\/payment-method\/return\?then=overview&session_id=cs_/,
    );
    expect(await finishCardSetup(shop.deps, { accountId, sessionId: sessionOf(back) })).toMatchObject({
      ok: true,
    });
    expect(await cardsOf(accountId)).toMatchObject([
      { brand: "visa", last4: "4242", expMonth: 12, expYear: 2034, isDefault: true },
    ]);
    const [account] = await shop.db.select().from(accounts).where(eq(accounts.id, accountId));
    const customers = (await shop.stripe.customers.list({ limit: 100 })).data.filter(
      (each) => each.metadata.account_id === accountId,
    );
    expect(customers.map((each) => each.id)).toEqual([account?.stripeCustomerId]);
  });

  it("replaces the default card and keeps the other one", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_mastercard"] });
    const back = await saveCard(await start(buyer.accountId));
    await finishCardSetup(shop.deps, { accountId: buyer.accountId, sessionId: sessionOf(back) });
    expect((await cardsOf(buyer.accountId)).map(({ brand, isDefault }) => [brand, isDefault])).toEqual([
      ["visa", true],
      ["mastercard", false],
    ]);
  });

  it("takes no session of another account, none that is unfinished and none that is made up", async () => {
    const [mine, theirs] = [await makeAccount(shop.db), await makeAccount(shop.db)];
    const unfinished = await start(mine.accountId);
    const foreign = await saveCard(await start(theirs.accountId));
    const openId = /cs_\w+/.exec(unfinished)?.[0] ?? "";
    for (const sessionId of [sessionOf(foreign), openId, "cs_test_made_up", ""]) {
      expect(await finishCardSetup(shop.deps, { accountId: mine.accountId, sessionId })).toMatchObject({
        ok: false,
      });
    }
    expect(await cardsOf(mine.accountId)).toEqual([]);
  });

  it("says so when Stripe is away, and changes nothing", async () => {
    const { accountId } = await makeAccount(shop.db);
    shop.simulator.faults.add({ kind: "fail_before" });
    expect(await startCardSetup(shop.deps, { accountId, ...paths })).toEqual({
      ok: false,
      error: { code: "provider_unavailable" },
    });
  });
});

describe("the saved cards", () => {
  it("begin with the one that was just saved, also when Stripe's events about it came before its answer", async () => {
    const buyer = await shop.makeBuyer({ cards: ["pm_card_mastercard"] });
    const { accountId, customerId } = buyer;
    const back = await saveCard(await start(accountId));
    const slow = answerLater(undefined, () => undefined);
    const setDefaultCard = async (customer: string, card: string) => {
      await slow.ask();
      return shop.deps.gateway.setDefaultCard(customer, card);
    };
    const deps = { ...shop.deps, gateway: { ...shop.deps.gateway, setDefaultCard } };
    const finishing = finishCardSetup(deps, { accountId, sessionId: sessionOf(back) });
    await slow.asked;
    await syncPaymentMethods(shop.deps, { accountId, customerId });
    slow.release();
    expect(await finishing).toMatchObject({ ok: true });
    expect((await cardsOf(accountId)).map(({ brand, isDefault }) => [brand, isDefault])).toEqual([
      ["visa", true],
      ["mastercard", false],
    ]);
  });

  it("are what Stripe said last, when a read that started before was answered after it and arrives first", async () => {
    const { accountId, customerId } = await shop.makeBuyer();
    const early = await shop.deps.gateway.listSavedCards(customerId);
    await shop.stripe.paymentMethods.attach("pm_card_mastercard", { customer: customerId });
    const late = await shop.deps.gateway.listSavedCards(customerId);
    // The first read is slow on its way to Stripe, the second one's answer on its way back.
    const reads = [late, early].map((each) => answerLater(each, () => late));
    const heard: Promise<unknown>[] = [];
    for (const { ask, asked } of reads) {
      const deps = { ...shop.deps, gateway: { ...shop.deps.gateway, listSavedCards: ask } };
      heard.push(syncPaymentMethods(deps, { accountId, customerId }));
      await asked;
    }
    for (const [index, { release }] of reads.entries()) {
      release();
      await heard[index];
    }
    expect((await cardsOf(accountId)).map(({ brand }) => brand).sort()).toEqual(["mastercard", "visa"]);
  });
});
