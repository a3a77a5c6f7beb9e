import type Stripe from "stripe";
import type { Flow, Scene } from "../flow";
import { buy } from "../people/buy";
import { saveCard } from "../people/cards";
import { subscribe } from "../people/plans";
import { CARDS } from "../people/test-cards";

const BOUGHT = { amountCents: 10_000n, credits: 8_000_000n } as const;
const FROZEN = {
  balance: { remaining: 25_000_000n, frozen: 8_000_000n },
  orders: [{ status: "disputed", ...BOUGHT }],
  mayNotBuy: "payment_disputed",
  attention: ["payment_disputed"],
} as const;

/** A subscriber who bought a bundle for $100 with a card whose owner disputes it. Answers the dispute. */
async function disputedOrder(scene: Scene, card: string): Promise<Stripe.Dispute> {
  await scene.step("subscribe", () => subscribe(scene));
  await scene.step("save the card", () => saveCard(scene, card));
  await scene.step("buy, and the owner objects", async () => {
    await buy(scene);
    await scene.events.find("charge.dispute.created");
  });
  return newestDispute(scene);
}

async function newestDispute({ events }: Scene): Promise<Stripe.Dispute> {
  const event = await events.find("charge.dispute.created");
  return event.data.object as Stripe.Dispute;
}

/** Stripe's test mode decides by the words. */
async function submit(
  { operator }: Scene,
  { id }: Stripe.Dispute,
  words: "winning_evidence" | "losing_evidence",
): Promise<void> {
  await operator.disputes.update(id, { evidence: { uncategorized_text: words }, submit: true });
}

const won: Flow = {
  name: "dispute-won",
  group: "disputing",
  purpose: "A disputed order is frozen and its account buys nothing; won, everything is as before.",
  async run(scene) {
    const dispute = await disputedOrder(scene, CARDS.disputed);
    await scene.expectState(FROZEN);
    await scene.step("evidence that wins", async () => {
      await submit(scene, dispute, "winning_evidence");
      await scene.events.find("charge.dispute.closed");
    });
    await scene.expectState({
      balance: { remaining: 33_000_000n, frozen: 0n, owed: 0n },
      orders: [{ status: "paid", ...BOUGHT }],
      mayNotBuy: null,
      attention: [],
    });
  },
};

const lost: Flow = {
  name: "dispute-lost",
  group: "disputing",
  purpose: "A lost dispute takes the order's credits for good, and the account may buy again.",
  async run(scene) {
    const dispute = await disputedOrder(scene, CARDS.disputedNotReceived);
    await scene.expectState(FROZEN);
    await scene.step("evidence that loses", async () => {
      await submit(scene, dispute, "losing_evidence");
      await scene.events.find("charge.dispute.closed");
    });
    await scene.expectState({ balance: { remaining: 25_000_000n, frozen: 0n, owed: 0n }, mayNotBuy: null });
  },
};

const inquiry: Flow = {
  name: "dispute-inquiry-answered",
  group: "disputing",
  purpose:
    "An inquiry moves no money and no credits: an operator is told, and told no more once it is answered.",
  answers: ["Q22"],
  async run(scene) {
    const dispute = await disputedOrder(scene, CARDS.inquiry);
    await scene.expectState({
      balance: { remaining: 33_000_000n, frozen: 0n },
      orders: [{ status: "paid", ...BOUGHT }],
      mayNotBuy: null,
      attention: ["payment_inquiry"],
    });
    await scene.step("evidence that wins", async () => {
      await submit(scene, dispute, "winning_evidence");
      await scene.events.find("charge.dispute.closed");
    });
    await scene.expectState({ balance: { remaining: 33_000_000n, frozen: 0n }, attention: [] });
    const { status } = await scene.operator.disputes.retrieve(dispute.id);
    scene.note("Q22", `an inquiry whose evidence wins: ${status}`);
  },
};

const inquiryRefunded: Flow = {
  name: "dispute-inquiry-refunded",
  group: "disputing",
  purpose: "An inquiry that is answered by a refund takes the credits once, whatever becomes of the inquiry.",
  answers: ["Q21"],
  async run(scene) {
    const dispute = await disputedOrder(scene, CARDS.inquiry);
    await scene.step("refund all of it", async () => {
      await scene.operator.refunds.create({ charge: String(dispute.charge) });
    });
    await scene.expectState({
      balance: { remaining: 25_000_000n, frozen: 0n, owed: 0n },
      orders: [{ status: "refunded", ...BOUGHT }],
    });
    const { status } = await scene.operator.disputes.retrieve(dispute.id);
    scene.note("Q21", `an inquiry after a full refund: ${status}`);
  },
};

const ofPlan: Flow = {
  name: "dispute-of-a-plan",
  group: "disputing",
  purpose:
    "A plan's disputed payment freezes its month; accepted, the month's credits are gone and the plan is still there.",
  async run(scene) {
    await scene.step("subscribe, and the owner objects", async () => {
      await subscribe(scene, { plan: "Starter" }, CARDS.disputed);
      await scene.events.find("charge.dispute.created");
    });
    await scene.expectState({
      balance: { remaining: 1_000_000n, frozen: 24_000_000n },
      mayNotBuy: "payment_disputed",
      attention: ["payment_disputed"],
    });
    const dispute = await newestDispute(scene);
    await scene.step("accept it", async () => {
      await scene.operator.disputes.close(dispute.id);
      await scene.events.find("charge.dispute.closed");
    });
    await scene.expectState({
      plan: { id: "starter", status: "active" },
      balance: { remaining: 1_000_000n, frozen: 0n, owed: 0n },
    });
  },
};

export const DISPUTING: readonly Flow[] = [won, lost, inquiry, inquiryRefunded, ofPlan];
