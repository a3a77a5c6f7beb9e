import { cancelPlan, keepPlan, scheduleDowngrade } from "../../../lib/billing/subscriptions/change";
import { payOpenInvoice } from "../../../lib/billing/subscriptions/pay-invoice";
import {
  cancelPlanPayment,
  type PlanPaymentOutcome,
  settlePlanPayment,
} from "../../../lib/billing/subscriptions/settle-payment";
import { finishSubscribe, startSubscribe } from "../../../lib/billing/subscriptions/subscribe";
import { confirmUpgrade, previewUpgrade } from "../../../lib/billing/subscriptions/upgrade";
import { newId } from "../../../lib/ids";
import { answerBank, type CardName, decideAtBank, typeCard } from "../hosted-pages";
import { codeOf, type Deed, isPaying, type PlanScene } from "./deed";

const UPGRADES = [
  ["premium", "month"],
  ["starter", "year"],
  ["premium", "year"],
] as const;
const DOWNGRADES = [
  ["starter", "month"],
  ["premium", "month"],
  ["starter", "year"],
] as const;

const cardFor = ({ random, person }: PlanScene): CardName =>
  random.chance(person.habits.clumsiness)
    ? random.pick(["declinesLater", "declined", "asksBank"])
    : random.pick(["visa", "visa", "mastercard", "asksBankOnce"]);

const subscribe: Deed<PlanScene> = {
  name: "subscribe",
  weigh: (scene) => (isPaying(scene) ? 0.02 : 2 * scene.person.habits.wealth),
  async run(scene) {
    const { world, person, random } = scene;
    const { accountId, userId, habits } = person;
    const request = {
      accountId,
      userId,
      plan: random.pick(["starter", "premium"]),
      interval: habits.likesYears && random.chance(0.6) ? "year" : "month",
      returnPath: "/settings/billing/plans/return",
      cancelPath: "/settings/billing/plans",
    };
    const started = await startSubscribe(world.deps, request);
    if (!started.ok) return started.error.code;
    if (random.chance(0.15)) return "left the page";
    const sessionId = await typeCard(started.value.url, cardFor(scene), decideAtBank(random));
    if (!sessionId) return "not paid";
    if (random.chance(0.3)) return "paid, did not come back";
    const finished = await finishSubscribe(world.deps, { accountId, sessionId });
    return finished.ok ? finished.value.status : finished.error.code;
  },
};

const upgrade: Deed<PlanScene> = {
  name: "upgrade",
  weigh: (scene) => (isPaying(scene) ? 0.5 * scene.person.habits.wealth : 0.02),
  async run(scene) {
    const { world, person, random, view } = scene;
    const { accountId, userId, habits } = person;
    const [plan, interval] = random.pick(habits.likesYears ? UPGRADES : UPGRADES.slice(0, 1));
    const offer = await previewUpgrade(world.deps, { accountId, plan, interval });
    if (!offer.ok) return offer.error.code;
    const card = view.cards.length > 0 && random.chance(0.5) ? random.pick(view.cards).id : null;
    const request = {
      accountId,
      userId,
      requestId: newId(),
      plan,
      interval,
      shownCents: offer.value.dueCents,
      paymentMethodId: card,
    };
    const clicks = random.chance(0.15) ? 2 : 1;
    const answers = await Promise.all(
      Array.from({ length: clicks }, () => confirmUpgrade(world.deps, request)),
    );
    const [answer] = answers;
    if (!answer?.ok) return answer ? (codeOf(answer) ?? "") : "";
    return goOn(scene, answer.value);
  },
};

/** To the bank and back, where it asks. */
async function goOn({ world, person, random }: PlanScene, outcome: PlanPaymentOutcome): Promise<string> {
  const { paymentId, status, actionUrl, unknown } = outcome;
  if (unknown) return "unknown";
  if (status !== "requires_action" || !actionUrl) return status;
  const bank = decideAtBank(random);
  await answerBank(actionUrl, bank);
  if (bank === "walk away" || random.chance(0.3)) return `bank: ${bank}, did not come back`;
  const settled = await settlePlanPayment(world.deps, { accountId: person.accountId, paymentId });
  return `bank: ${bank}, ${settled?.status}`;
}

const payInvoice: Deed<PlanScene> = {
  name: "pay an open invoice",
  weigh: ({ view }) => (view.openInvoice ? 3 : 0.03),
  async run(scene) {
    const { world, person, random, view } = scene;
    const { accountId, userId } = person;
    const card = view.cards.length > 0 && random.chance(0.6) ? random.pick(view.cards).id : null;
    const request = { accountId, userId, requestId: newId(), paymentMethodId: card };
    const clicks = random.chance(0.15) ? 2 : 1;
    const answers = await Promise.all(
      Array.from({ length: clicks }, () => payOpenInvoice(world.deps, request)),
    );
    const [answer] = answers;
    if (!answer?.ok) return answer ? (codeOf(answer) ?? "") : "";
    return goOn(scene, answer.value);
  },
};

const returnToPayment: Deed<PlanScene> = {
  name: "return to a payment",
  weigh: ({ view }) => (view.openPayment ? 4 : 0),
  async run(scene) {
    const { world, person, random, view } = scene;
    if (!view.openPayment) return "none";
    const ref = { accountId: person.accountId, paymentId: view.openPayment.id };
    if (random.chance(0.3)) {
      const canceled = await cancelPlanPayment(world.deps, ref);
      return canceled.ok ? `walked away: ${canceled.value.status}` : canceled.error.code;
    }
    const settled = await settlePlanPayment(world.deps, ref);
    return settled ? goOn(scene, { ...settled, paymentId: ref.paymentId }) : "not found";
  },
};

const downgrade: Deed<PlanScene> = {
  name: "downgrade",
  weigh: (scene) => (isPaying(scene) ? 0.35 : 0.01),
  async run({ world, person, random }) {
    const [plan, interval] = random.pick(person.habits.likesYears ? DOWNGRADES : DOWNGRADES.slice(0, 1));
    const { accountId } = person;
    return codeOf(await scheduleDowngrade(world.deps, { accountId, plan, interval })) ?? "scheduled";
  },
};

const cancel: Deed<PlanScene> = {
  name: "cancel the plan",
  weigh: (scene) => (isPaying(scene) ? 0.3 : 0.01),
  run: async ({ world, person }) => codeOf(await cancelPlan(world.deps, person)) ?? "canceled",
};

const keep: Deed<PlanScene> = {
  name: "keep the plan",
  weigh: ({ view }) => (view.subscription?.cancelAt || view.subscription?.next ? 0.8 : 0.01),
  run: async ({ world, person }) => codeOf(await keepPlan(world.deps, person)) ?? "kept",
};

export const PLAN_DEEDS: readonly Deed<PlanScene>[] = [
  subscribe,
  upgrade,
  payInvoice,
  returnToPayment,
  downgrade,
  cancel,
  keep,
];
