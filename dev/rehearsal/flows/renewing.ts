import type Stripe from "stripe";
import type { Flow, Scene } from "../flow";
import { buy } from "../people/buy";
import { saveCard } from "../people/cards";
import { endOf, hoursAfter, newestInvoice, subscriptionOf, takenCents } from "../people/dashboard";
import { leadToStripe } from "../people/look";
import { expectRenewalPaid, payOpenInvoice, subscribe } from "../people/plans";
import { CARDS } from "../people/test-cards";
import { pastRenewal, toRenewalDraft } from "../people/time";

const DAYS_31 = 31 * 24;

const monthly: Flow = {
  name: "renew-monthly",
  group: "renewing",
  purpose:
    "Two renewals in a row each charge once and bring the month's credits; what was left of the month before ends.",
  onClock: true,
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    await scene.person.spend(5_000_000n);
    for (const month of [1, 2]) {
      await scene.step(`renewal ${month}`, async () => void (await pastRenewal(scene)));
      await scene.expectState({
        plan: { status: "active" },
        balance: { remaining: 24_000_000n, frozen: 0n },
      });
    }
    scene.expect("what was charged", await takenCents(scene), [29_900, 29_900, 29_900]);
  },
};

const draft: Flow = {
  name: "renew-before-it-is-charged",
  group: "renewing",
  purpose:
    "In the hour in which the renewal is a draft its credits are there already; charged, nothing is given twice.",
  onClock: true,
  answers: ["Q24", "Q40"],
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("half an hour into the month", async () => void (await toRenewalDraft(scene)));
    await scene.expectState({ balance: { remaining: 24_000_000n, frozen: 0n } });
    const before = await newestInvoice(scene);
    scene.expect("the renewal", before.status, "draft");
    await scene.step("charged", () => scene.clock.advance({ hours: 2 }));
    await scene.expectState({ balance: { remaining: 24_000_000n, frozen: 0n } });
    const after = await newestInvoice(scene);
    const same = linesOf(before).join() === linesOf(after).join();
    scene.note("Q40", await subscriptionInList(scene));
    scene.note("Q24", `a renewal's lines keep their ids from draft to final: ${same ? "yes" : "no"}`);
    scene.expect("what was charged", await takenCents(scene), [29_900, 29_900]);
  },
};

/** What one list of a renewal's events rests on: without it, each costs the product two. */
async function subscriptionInList(scene: Scene): Promise<string> {
  const customer = await scene.customerId();
  const expand = ["data.parent.subscription_details.subscription"];
  try {
    const { data } = await scene.operator.invoices.list({ customer, limit: 1, expand });
    return `a list of invoices shows each one's subscription: ${typeof data[0]?.parent?.subscription_details?.subscription === "object" ? "yes" : "no"}`;
  } catch (error) {
    return `a list of invoices with each one's subscription: ${(error as Error).message}`;
  }
}

const year: Flow = {
  name: "renew-within-a-year",
  group: "renewing",
  purpose: "A year gives month by month without being charged again, and Stripe makes no invoice on the way.",
  onClock: true,
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene, { plan: "Starter", interval: "year" }));
    await scene.person.spend(3_000_000n);
    await scene.step("the second month", () => scene.clock.advance({ days: 32 }));
    await scene.expectState({ balance: { remaining: 24_000_000n } });
    await scene.step("the third month", () => scene.clock.advance({ days: 31 }));
    await scene.expectState({ balance: { remaining: 24_000_000n } });
    scene.expect("what was charged", await takenCents(scene), [299_000]);
  },
};

const addOns: Flow = {
  name: "renew-with-add-ons-left",
  group: "renewing",
  purpose: "Add-on credits expire with their cycle, and the renewed month's are what is left.",
  onClock: true,
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("buy", () => buy(scene));
    await scene.expectState({ balance: { remaining: 33_000_000n } });
    await scene.step("renewal", async () => void (await pastRenewal(scene)));
    await scene.expectState({ balance: { remaining: 24_000_000n } });
    scene.expect("what was charged", await takenCents(scene), [29_900, 10_000, 29_900]);
  },
};

const coupon: Flow = {
  name: "renew-with-coupon",
  group: "renewing",
  purpose: "A coupon for one invoice makes one renewal cheaper and takes no credits away.",
  onClock: true,
  answers: ["Q28"],
  async run(scene) {
    const { operator } = scene;
    await scene.step("subscribe", () => subscribe(scene));
    const { id } = await subscriptionOf(scene);
    await scene.step("half off, once", async () => {
      const half = await operator.coupons.create({ percent_off: 50, duration: "once" });
      await operator.subscriptions.update(id, { discounts: [{ coupon: half.id }] });
    });
    await scene.step("half an hour into the month", async () => void (await toRenewalDraft(scene)));
    const atDraft = (await subscriptionOf(scene)).discounts.length;
    await scene.step("charged", () => scene.clock.advance({ hours: 2 }));
    await scene.expectState({ balance: { remaining: 24_000_000n } });
    const atPayment = (await subscriptionOf(scene)).discounts.length;
    scene.note("Q28", `discounts left at the draft: ${atDraft}, after the payment: ${atPayment}`);
    await scene.step("the month after", async () => void (await pastRenewal(scene)));
    scene.expect("what was charged", await takenCents(scene), [29_900, 14_950, 29_900]);
  },
};

const balance: Flow = {
  name: "renew-with-credit-balance",
  group: "renewing",
  purpose:
    "A renewal that the customer's balance pays for in part, and one that it pays for whole, give whole months.",
  onClock: true,
  async run(scene) {
    const { operator } = scene;
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("credit the balance", async () => {
      const given = { amount: -40_000, currency: "usd", description: "Goodwill" };
      await operator.customers.createBalanceTransaction(await scene.customerId(), given);
    });
    await scene.step("paid by the balance", async () => void (await pastRenewal(scene)));
    await scene.expectState({ plan: { status: "active" }, balance: { remaining: 24_000_000n, frozen: 0n } });
    await scene.step("paid in part", async () => void (await pastRenewal(scene)));
    await scene.expectState({ plan: { status: "active" }, balance: { remaining: 24_000_000n, frozen: 0n } });
    scene.expect("what was charged", await takenCents(scene), [29_900, 19_800]);
  },
};

const asksBank: Flow = {
  name: "renew-bank-asks",
  group: "renewing",
  purpose: "A renewal whose bank asks is frozen and asked for on the page, and paid once it is approved.",
  onClock: true,
  async run(scene) {
    const { person, hosted } = scene;
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("save a card whose bank asks", () => saveCard(scene, CARDS.asksBank));
    await scene.step("half an hour into the month", async () => void (await toRenewalDraft(scene)));
    await scene.step("renewal", () => scene.clock.advance({ hours: 2 }));
    await scene.expectState({ plan: { openInvoiceCents: 29_900n }, balance: { frozen: 24_000_000n } });
    await scene.step("pay, and approve", async () => {
      await leadToStripe(person.page, () => payOpenInvoice(scene));
      await hosted.bank.answer(person.page, "approve");
      await expectRenewalPaid(person);
    });
    await scene.expectState({
      plan: { status: "active", openInvoiceCents: null },
      balance: { remaining: 24_000_000n, frozen: 0n },
    });
    scene.expect("what was charged", await takenCents(scene), [29_900, 29_900]);
  },
};

const unread: Flow = {
  name: "renew-unheard",
  group: "renewing",
  purpose:
    "A renewal of which no event arrives is found out by asking, and events that come late change nothing.",
  onClock: true,
  async run(scene) {
    const { events } = scene;
    await scene.step("subscribe", () => subscribe(scene));
    const subscription = await subscriptionOf(scene);
    events.holdBack();
    await scene.step("renewal, heard a day late", async () => {
      await scene.clock.advance({ to: hoursAfter(endOf(subscription), 24) });
      await events.release();
    });
    await scene.expectState({ plan: { status: "active" }, balance: { remaining: 24_000_000n, frozen: 0n } });
    await scene.step("a month on", () => scene.clock.advance({ hours: DAYS_31 }));
    await scene.expectState({ plan: { status: "active" }, balance: { remaining: 24_000_000n, frozen: 0n } });
    scene.expect("what was charged", await takenCents(scene), [29_900, 29_900, 29_900]);
  },
};

const linesOf = ({ lines }: Stripe.Invoice): string[] => lines.data.map(({ id }) => id).sort();

export const RENEWING: readonly Flow[] = [monthly, draft, year, addOns, coupon, balance, asksBank, unread];
