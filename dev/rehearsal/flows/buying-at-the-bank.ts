import Stripe from "stripe";
import { button, OVERVIEW } from "../../e2e/pages";
import type { Flow } from "../flow";
import { confirmAtBank, expectPaidOrder, expectUnpaidOrder, placeOrder } from "../people/buy";
import { saveCard } from "../people/cards";
import { paymentsOf, takenCents } from "../people/dashboard";
import { comesBackNowhere, expect, leadBack, leadToStripe } from "../people/look";
import { subscribe } from "../people/plans";
import { CARDS } from "../people/test-cards";

/** Free's month, and Starter's. */
const SUBSCRIBED = 25_000_000n;
const ORDER_PAGE = /\/buy-credit\/ord_[0-9a-f]{32}$/;

const bankApproves: Flow = {
  name: "buy-bank-approves",
  group: "buying",
  purpose: "A bank that asks is answered on its own page, and the order is paid when the buyer comes back.",
  answers: ["Q1"],
  async run(scene) {
    const { person, hosted, operator } = scene;
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("save a card whose bank asks", () => saveCard(scene, CARDS.asksBank));
    await scene.step("confirm, and the bank asks", async () => {
      await placeOrder(person, { bundle: "$100" });
      await confirmAtBank(person);
    });
    const [payment] = await paymentsOf(scene);
    const next = payment?.next_action?.type ?? "none";
    await scene.step("approve", async () => {
      await hosted.bank.answer(person.page, "approve");
      await leadBack(person.page, ORDER_PAGE);
      await expectPaidOrder(person);
    });
    await scene.expectState({ balance: { remaining: SUBSCRIBED + 8_000_000n } });
    const without = await operator.paymentIntents
      .create({
        ...{ amount: 500, currency: "usd", customer: await scene.customerId() },
        ...{ payment_method: "pm_card_visa", confirm: true, allowed_payment_method_types: ["card"] },
      })
      .then(({ status }) => status, codeOf);
    scene.note("Q1", `with return_url: ${next}; only cards allowed, without return_url: ${without}`);
  },
};

const bankRefuses: Flow = {
  name: "buy-bank-refuses",
  group: "buying",
  purpose: "Failing at the bank charges nothing, says so, and the order can be tried again.",
  async run(scene) {
    const { person, hosted } = scene;
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("save a card whose bank asks", () => saveCard(scene, CARDS.asksBank));
    await scene.step("confirm, and fail at the bank", async () => {
      await placeOrder(person, { bundle: "$100" });
      await confirmAtBank(person);
      await hosted.bank.answer(person.page, "fail");
      await leadBack(person.page, ORDER_PAGE);
      await expectUnpaidOrder(person);
    });
    await scene.expectState({ balance: { remaining: SUBSCRIBED } });
    await scene.step("again, and approve", async () => {
      await confirmAtBank(person);
      await hosted.bank.answer(person.page, "approve");
      await expectPaidOrder(person);
    });
    await scene.expectState({ balance: { remaining: SUBSCRIBED + 8_000_000n } });
    scene.expect("what was charged", await takenCents(scene), [29_900, 10_000]);
  },
};

const bankLeft: Flow = {
  name: "buy-bank-left-and-resumed",
  group: "buying",
  purpose: "Who leaves the bank's page finds the payment waiting, and finishes it from Overview.",
  async run(scene) {
    const { person, hosted } = scene;
    const { page } = person;
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("save a card whose bank asks", () => saveCard(scene, CARDS.asksBank));
    await scene.step("confirm, and leave the bank", async () => {
      await placeOrder(person, { bundle: "$100" });
      await confirmAtBank(person);
      await page.goto(OVERVIEW);
    });
    await scene.expectState({
      orders: [{ status: "requires_action", amountCents: 10_000n, credits: 8_000_000n }],
    });
    await scene.step("go on, and approve", async () => {
      await page.goto(OVERVIEW);
      await leadToStripe(page, () => button(page, "Confirm with your bank, $100.00").click());
      await hosted.bank.answer(page, "approve");
      await expectPaidOrder(person);
    });
    await scene.expectState({ balance: { remaining: SUBSCRIBED + 8_000_000n } });
  },
};

const bankCanceled: Flow = {
  name: "buy-bank-left-and-canceled",
  group: "buying",
  purpose:
    "An order that waits for the bank can be canceled: its PaymentIntent is, and nothing is ever charged.",
  async run(scene) {
    const { person } = scene;
    const { page } = person;
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("save a card whose bank asks", () => saveCard(scene, CARDS.asksBank));
    await placeOrder(person, { bundle: "$100" });
    const orderUrl = page.url();
    await scene.step("confirm, and leave the bank", async () => {
      await confirmAtBank(person);
      await page.goto(orderUrl);
    });
    await scene.step("cancel", async () => {
      await button(page, "Cancel order").click();
      await expect(page.getByRole("heading", { name: "Order canceled" })).toBeVisible();
    });
    await scene.expectState({
      balance: { remaining: SUBSCRIBED },
      orders: [{ status: "canceled", amountCents: 10_000n, credits: 8_000_000n }],
    });
    const [payment] = await paymentsOf(scene);
    scene.expect("the payment", payment?.status, "canceled");
  },
};

const notBack: Flow = {
  name: "buy-bank-never-comes-back",
  group: "buying",
  purpose:
    "A buyer whose browser never returns from the bank is given what they paid for, by the event alone, told twice.",
  async run(scene) {
    const { person, hosted, events } = scene;
    const { page } = person;
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("save a card whose bank asks", () => saveCard(scene, CARDS.asksBank));
    await placeOrder(person, { bundle: "$100" });
    const orderUrl = page.url();
    const comesBack = await comesBackNowhere(page, "**/buy-credit/**/return**");
    events.double("payment_intent.succeeded");
    await scene.step("approve, and do not come back", async () => {
      await confirmAtBank(person);
      await hosted.bank.answer(page, "approve");
      await events.find("payment_intent.succeeded");
    });
    await scene.expectState({ balance: { remaining: SUBSCRIBED + 8_000_000n } });
    await comesBack();
    await page.goto(orderUrl);
    await expectPaidOrder(person);
    scene.expect("what was charged", await takenCents(scene), [29_900, 10_000]);
  },
};

const codeOf = (error: unknown): string =>
  error instanceof Stripe.errors.StripeError
    ? `${error.statusCode} ${error.code ?? error.rawType}`
    : String(error);

export const AT_THE_BANK: readonly Flow[] = [bankApproves, bankRefuses, bankLeft, bankCanceled, notBack];
