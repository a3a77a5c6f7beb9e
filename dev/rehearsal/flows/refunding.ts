import { button } from "../../e2e/pages";
import type { Flow, Scene } from "../flow";
import { buy } from "../people/buy";
import { saveCard } from "../people/cards";
import { newestCharge, newestInvoice } from "../people/dashboard";
import { expect } from "../people/look";
import { subscribe } from "../people/plans";
import { CARDS } from "../people/test-cards";

const BOUGHT = { amountCents: 10_000n, credits: 8_000_000n } as const;

/** A subscriber who bought a bundle for $100, with the card that was saved for it where one is named. */
async function bought(scene: Scene, card?: string): Promise<void> {
  await scene.step("subscribe", () => subscribe(scene));
  if (card) await scene.step("save a card", () => saveCard(scene, card));
  await scene.step("buy", () => buy(scene));
  await scene.expectState({ balance: { remaining: 33_000_000n }, orders: [{ status: "paid", ...BOUGHT }] });
}

/** In the dashboard: the newest payment, or so many cents of it. */
async function refund(scene: Scene, cents?: number): Promise<void> {
  const { id } = await newestCharge(scene);
  await scene.operator.refunds.create({
    charge: id,
    ...(cents === undefined ? {} : { amount: cents }),
  });
}

const whole: Flow = {
  name: "refund-whole",
  group: "refunding",
  purpose: "A refund in the dashboard takes the order's credits back, whoever asked for it.",
  async run(scene) {
    await bought(scene);
    await scene.step("refund", () => refund(scene));
    await scene.expectState({
      balance: { remaining: 25_000_000n, owed: 0n },
      orders: [{ status: "refunded", ...BOUGHT }],
    });
  },
};

const parts: Flow = {
  name: "refund-in-parts",
  group: "refunding",
  purpose:
    "Refunds in parts take credits in proportion of what was refunded in total, and the last one takes the rest.",
  async run(scene) {
    await bought(scene);
    await scene.step("a third", () => refund(scene, 3_333));
    await scene.expectState({
      balance: { remaining: 33_000_000n - 2_666_400n },
      orders: [{ status: "partially_refunded", ...BOUGHT }],
    });
    await scene.step("another third", () => refund(scene, 3_333));
    await scene.expectState({ balance: { remaining: 33_000_000n - 5_332_800n } });
    await scene.step("the rest", () => refund(scene));
    await scene.expectState({
      balance: { remaining: 25_000_000n },
      orders: [{ status: "refunded", ...BOUGHT }],
    });
  },
};

const spent: Flow = {
  name: "refund-of-spent-credits",
  group: "refunding",
  purpose: "A refund of credits that are spent leaves a debt, and what is given next pays it.",
  async run(scene) {
    await bought(scene);
    await scene.person.spend(30_000_000n);
    await scene.step("refund", () => refund(scene));
    await scene.expectState({
      balance: { remaining: 0n, owed: 5_000_000n },
      orders: [{ status: "refunded", ...BOUGHT }],
    });
    await scene.step("buy again", () => buy(scene));
    await scene.expectState({ balance: { remaining: 3_000_000n, owed: 0n } });
  },
};

const fails: Flow = {
  name: "refund-that-fails",
  group: "refunding",
  purpose: "A refund that fails after it succeeded gives the credits back, and an operator is told.",
  answers: ["Q19"],
  async run(scene) {
    const { events } = scene;
    await bought(scene, CARDS.refundFails);
    await scene.step("refund, which fails", async () => {
      await refund(scene);
      await events.find("refund.failed");
    });
    await scene.expectState({
      balance: { remaining: 33_000_000n },
      orders: [{ status: "paid", ...BOUGHT }],
      attention: ["refund_failed"],
    });
    const { amount_refunded, refunded } = await newestCharge(scene);
    const told = events.types().filter((type) => type.includes("refund"));
    scene.note("Q19", `amount_refunded ${amount_refunded}, refunded ${refunded}; ${told.join(", ")}`);
  },
};

const pending: Flow = {
  name: "refund-that-is-pending",
  group: "refunding",
  purpose: "A refund that takes its time takes the credits back once, and not again when it succeeds.",
  answers: ["Q20"],
  async run(scene) {
    const { events, operator } = scene;
    await bought(scene, CARDS.refundPending);
    let atOnce = "";
    await scene.step("refund, which is pending", async () => {
      await refund(scene);
      const { data } = await operator.refunds.list({ charge: (await newestCharge(scene)).id });
      atOnce = `${data[0]?.status}, ${(await newestCharge(scene)).amount_refunded} refunded`;
      await events.find("charge.refunded");
    });
    await scene.expectState({
      balance: { remaining: 25_000_000n },
      orders: [{ status: "refunded", ...BOUGHT }],
    });
    const told = events.types().filter((type) => type.includes("refund"));
    scene.note("Q20", `${atOnce}; ${told.slice(0, 2).join(", ")}`);
  },
};

const byCustomer: Flow = {
  name: "refund-by-the-customer",
  group: "refunding",
  purpose:
    "A customer who used none of it refunds their own order on its page: reserved here, refunded at Stripe once.",
  async run(scene) {
    const { page } = scene.person;
    await bought(scene);
    await scene.step("get a refund", async () => {
      await page.getByRole("link", { name: "Get a refund", exact: true }).click();
      await button(page, "Refund $100.00").click();
      await expect(page.getByRole("heading", { name: "Money returned" })).toBeVisible();
    });
    await scene.expectState({
      balance: { remaining: 25_000_000n },
      orders: [{ status: "refunded", ...BOUGHT }],
    });
    scene.expect("refunded at Stripe", (await newestCharge(scene)).amount_refunded, 10_000);
  },
};

const ofPlan: Flow = {
  name: "refund-of-a-plan",
  group: "refunding",
  purpose:
    "Half of a plan's payment refunded in the dashboard takes half of the month's credits, and the plan goes on.",
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    await scene.step("refund half", () => refund(scene, 14_950));
    await scene.expectState({
      plan: { id: "starter", status: "active" },
      balance: { remaining: 13_000_000n, owed: 0n },
    });
  },
};

const creditNote: Flow = {
  name: "refund-by-credit-note",
  group: "refunding",
  purpose:
    "A credit note that pays a plan's invoice back takes its credits, once, though Stripe tells of note and refund.",
  async run(scene) {
    await scene.step("subscribe", () => subscribe(scene));
    const { id = "" } = await newestInvoice(scene);
    await scene.step("credit half, paid back", async () => {
      const half = { amount: 14_950, refund_amount: 14_950 };
      await scene.operator.creditNotes.create({ invoice: id, ...half });
    });
    await scene.expectState({
      plan: { id: "starter", status: "active" },
      balance: { remaining: 13_000_000n, owed: 0n },
    });
    scene.expect("refunded at Stripe", (await newestCharge(scene)).amount_refunded, 14_950);
  },
};

export const REFUNDING: readonly Flow[] = [
  whole,
  parts,
  spent,
  fails,
  pending,
  byCustomer,
  ofPlan,
  creditNote,
];
