import Stripe from "stripe";
import type { Flow } from "../flow";
import { buy, confirmOrder, expectPaidOrder, expectUnpaidOrder, placeOrder } from "../people/buy";
import { saveCard } from "../people/cards";
import { newestCharge, paymentsOf, takenCents } from "../people/dashboard";
import { subscribe } from "../people/plans";
import { CARDS } from "../people/test-cards";

/** Free's month, and Starter's. */
const SUBSCRIBED = 25_000_000n;

const once: Flow = {
  name: "buy-once",
  group: "buying",
  purpose: "A bundle is paid with the saved card: one charge, its credits once, and the order says paid.",
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("buy", () => buy(scene, { bundle: "$100" }));
    await scene.expectState({
      balance: { remaining: SUBSCRIBED + 8_000_000n },
      orders: [{ status: "paid", amountCents: 10_000n, credits: 8_000_000n }],
      attention: [],
    });
    scene.expect("what was charged", await takenCents(scene), [29_900, 10_000]);
  },
};

const typedAmount: Flow = {
  name: "buy-typed-amount",
  group: "buying",
  purpose: "An odd amount is charged to the cent and gives its credits exactly.",
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("buy", () => buy(scene, { amount: "12.34" }));
    await scene.expectState({
      balance: { remaining: SUBSCRIBED + 987_200n },
      orders: [{ status: "paid", amountCents: 1_234n, credits: 987_200n }],
    });
    scene.expect("what was charged", await takenCents(scene), [29_900, 1_234]);
  },
};

const doubleClick: Flow = {
  name: "buy-double-click",
  group: "buying",
  purpose: "Two presses of the button are one payment, whichever request Stripe sees first.",
  async run(scene) {
    const { person } = scene;
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("confirm twice", async () => {
      await placeOrder(person, { bundle: "$100" });
      const other = await person.page.context().newPage();
      await other.goto(person.page.url());
      await Promise.all([confirmOrder(person), confirmOrder({ ...person, page: other })]);
      await expectPaidOrder(person);
      await expectPaidOrder({ ...person, page: other });
      await other.close();
    });
    await scene.expectState({ balance: { remaining: SUBSCRIBED + 8_000_000n } });
    scene.expect("what was charged", await takenCents(scene), [29_900, 10_000]);
  },
};

const declined: Flow = {
  name: "buy-declined",
  group: "buying",
  purpose:
    "A declined card charges nothing and gives nothing; another card pays the same order, on the same PaymentIntent.",
  async run(scene) {
    const { person } = scene;
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("save a card that declines", () => saveCard(scene, CARDS.declinesLater));
    await scene.step("confirm", async () => {
      await placeOrder(person, { bundle: "$100" });
      await confirmOrder(person);
      await expectUnpaidOrder(person);
    });
    await scene.expectState({
      balance: { remaining: SUBSCRIBED },
      orders: [{ status: "declined", amountCents: 10_000n, credits: 8_000_000n }],
    });
    await scene.step("confirm with another card", async () => {
      await confirmOrder(person, "4242");
      await expectPaidOrder(person);
    });
    await scene.expectState({ balance: { remaining: SUBSCRIBED + 8_000_000n } });
    scene.expect("what was charged", await takenCents(scene), [29_900, 10_000]);
    const ours = (await paymentsOf(scene)).filter(({ metadata }) => "order_id" in metadata);
    scene.expect(
      "payments of orders",
      ours.map(({ status }) => status),
      ["succeeded"],
    );
  },
};

const eventsLost: Flow = {
  name: "buy-events-lost",
  group: "buying",
  purpose:
    "A payment whose events never arrive is settled from Stripe's answer, and one whose events come late is not given twice.",
  async run(scene) {
    const { events } = scene;
    await scene.step("subscribe", () => subscribe(scene));
    events.lose("charge.succeeded");
    events.lose("payment_intent.succeeded");
    await scene.step("buy, unheard", () => buy(scene, { bundle: "$100" }));
    await scene.expectState({ balance: { remaining: SUBSCRIBED + 8_000_000n } });
    events.holdBack();
    await scene.step("buy, heard late", async () => {
      await buy(scene, { bundle: "$500" });
      await events.release();
    });
    await scene.expectState({ balance: { remaining: SUBSCRIBED + 48_000_000n } });
    scene.expect("what was charged", await takenCents(scene), [29_900, 10_000, 50_000]);
  },
};

const sameKey: Flow = {
  name: "buy-same-key",
  group: "buying",
  purpose:
    "A key of Stripe's that is used again repeats the first answer, says so, and refuses another question.",
  answers: ["Q2"],
  async run(scene) {
    const { operator } = scene;
    await scene.step("subscribe", () => subscribe(scene));
    const customer = await scene.customerId();
    const key = `rehearsal-${customer}`;
    const ask = (amount: number) =>
      operator.paymentIntents.create(
        { amount, currency: "usd", customer, payment_method: "pm_card_visa" },
        { idempotencyKey: key, maxNetworkRetries: 0 },
      );
    const answers = await Promise.allSettled([ask(500), ask(500), ask(500)]);
    const busy = answers.flatMap((each) => (each.status === "rejected" ? [typeOf(each.reason)] : []));
    const again = await ask(500);
    const other = await ask(600).then(() => "accepted", typeOf);
    scene.expect("another question under the key", other, "400 idempotency_error");
    const replayed = String(again.lastResponse.headers["idempotent-replayed"] ?? "not there");
    scene.note("Q2", `in use: ${busy[0] ?? "not met"}; Idempotent-Replayed: ${replayed}`);
    scene.expect("what was charged", await takenCents(scene), [29_900]);
    scene.expect("the newest charge", (await newestCharge(scene)).amount, 29_900);
  },
};

/** Status and wire type of an error of Stripe's. */
const typeOf = (error: unknown): string =>
  error instanceof Stripe.errors.StripeError ? `${error.statusCode} ${error.rawType}` : String(error);

export const BUYING: readonly Flow[] = [once, typedAmount, doubleClick, declined, eventsLost, sameKey];
