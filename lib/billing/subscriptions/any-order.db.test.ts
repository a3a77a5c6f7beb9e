import type Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { stripeEvents } from "../../../db/schema";
import { answerLater } from "../../../dev/testing/answer-later";
import { makeOperator } from "../../../dev/testing/operator";
import { DAY, HOUR, MINUTE, openPlanShop, type PlanState, type Subscriber } from "../../../dev/testing/plans";
import { keepAccount } from "../../../dev/testing/rewind";
import { newId } from "../../ids";
import { WEBHOOK_EVENTS } from "../../stripe/webhook";
import { makeDefaultCard } from "../cards/default";
import { syncPaymentMethods } from "../cards/sync";
import type { BillingFacts } from "../facts";
import type { ProviderAnswer } from "../gateway";
import { handleEvent } from "../handle-event";
import { cancelPlan } from "./change";
import { openDueCycles } from "./sweep";
import { syncSubscription } from "./sync";

const shop = openPlanShop({ max: 30 });
const operator = makeOperator(shop);
const PATIENCE_MS = 240_000;
/** Orders of so many events: 60 of all stories together by seed, of events or of answers, or every one of them (120 of five with `PLAN_EVENTS_SHUFFLED=5`). */
const SHUFFLED = Number(process.env.PLAN_EVENTS_SHUFFLED ?? 4);
const ORDERS = process.env.PLAN_EVENTS_SHUFFLED ? Number.POSITIVE_INFINITY : 60;
const SEED = Number(process.env.PLAN_EVENTS_SEED ?? Date.now() % 1_000_000);

const endOf = async (who: Subscriber) =>
  ((await shop.subscriptionOf(who)).items.data[0]?.current_period_end ?? 0) * 1_000;
const readAll = (customer: string) =>
  shop.deps.plans.readBilling(customer, { subscriptionIds: [], invoiceIds: [], since: null });
const moveTo = (ms: number) => shop.clock.moveTo(new Date(ms));

async function pay(who: Subscriber, card: string): Promise<void> {
  const customerId = await shop.customerOf(who);
  const { id } = await shop.stripe.paymentMethods.attach(card, { customer: customerId });
  await syncPaymentMethods(shop.deps, { accountId: who.accountId, customerId });
  await makeDefaultCard(shop.deps, { accountId: who.accountId, paymentMethodId: id });
}

/** What happens at Stripe, step by step, to a customer whose past is the same each time. */
type Story = {
  readonly name: string;
  prepare(who: Subscriber): Promise<void>;
  readonly steps: readonly ((who: Subscriber, end: number) => Promise<unknown>)[];
  /** What is left is a share of a month, and months differ: it is not compared between accounts of different ones. */
  readonly prorates?: boolean;
};

const stories: readonly Story[] = [
  {
    name: "a renewal",
    prepare: async () => {},
    steps: [
      (_, end) => moveTo(end + MINUTE),
      (_, end) => moveTo(end + 61 * MINUTE),
      (_, end) => moveTo(end + 2 * HOUR),
    ],
  },
  {
    name: "an upgrade",
    prepare: async () => {},
    steps: [() => shop.passes(2 * DAY), (who) => shop.upgradeAtStripe(who), () => shop.passes(MINUTE)],
  },
  {
    name: "a renewal that failed and was paid later",
    prepare: (who) => pay(who, "pm_card_chargeCustomerFail"),
    steps: [
      (_, end) => moveTo(end + MINUTE),
      (_, end) => moveTo(end + 2 * HOUR),
      async (who, end) => {
        await pay(who, "pm_card_visa");
        await moveTo(end + 10 * DAY);
      },
    ],
  },
  {
    name: "a renewal that was never paid",
    prepare: (who) => pay(who, "pm_card_chargeCustomerFail"),
    steps: [
      (_, end) => moveTo(end + 2 * HOUR),
      (_, end) => moveTo(end + 5 * DAY),
      (_, end) => moveTo(end + 25 * DAY),
    ],
  },
  {
    name: "a cancellation",
    prepare: async (who) => void (await cancelPlan(shop.deps, who)),
    steps: [
      (_, end) => moveTo(end - MINUTE),
      (_, end) => moveTo(end + MINUTE),
      (_, end) => moveTo(end + 2 * HOUR),
    ],
  },
  {
    name: "a renewal that an operator voided",
    prepare: (who) => pay(who, "pm_card_chargeCustomerFail"),
    steps: [
      (_, end) => moveTo(end + MINUTE),
      (_, end) => moveTo(end + 2 * HOUR),
      async (who) => {
        const customer = await shop.customerOf(who);
        const { data } = await shop.stripe.invoices.list({ customer, status: "open" });
        for (const { id } of data) await shop.stripe.invoices.voidInvoice(id);
      },
    ],
  },
  {
    name: "what an operator raised, doubled and reset",
    prorates: true,
    prepare: async () => {},
    steps: [
      async (who) => {
        await shop.passes(2 * DAY);
        const how = { proration_behavior: "always_invoice" } as const;
        await operator.changePrice(who, await operator.priceOf("premium"), how);
      },
      async (who) => {
        await shop.passes(DAY);
        const { id, items } = await shop.subscriptionOf(who);
        const [{ id: item } = { id: "" }] = items.data;
        await shop.stripe.subscriptions.update(id, { items: [{ id: item, quantity: 2 }] });
      },
      async (who) => {
        await shop.passes(DAY);
        const { id } = await shop.subscriptionOf(who);
        await shop.stripe.subscriptions.update(id, {
          billing_cycle_anchor: { type: "now" },
          proration_behavior: "create_prorations",
        });
      },
    ],
  },
];

/** So many of them, and which by the seed. */
function pickBySeed<T>(all: readonly T[], most: number): T[] {
  const left = [...all];
  const picked: T[] = [];
  for (let turn = SEED; picked.length < most && left.length > 0; turn = (turn * 48_271 + 11) % 0x7fffffff)
    picked.push(...left.splice(turn % left.length, 1));
  return picked;
}
/** What was given ahead and then voided is only where somebody had heard early enough to give it, and it ended what ran then. */
const lastPaidFor = ({ periods }: PlanState) =>
  periods
    .filter((each) => !each.includes(" voided "))
    .map((each) => each.split(" – ")[0])
    .at(-1);
const perStory = () => Math.ceil(ORDERS / (2 * stories.length));

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((first, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [first, ...rest]),
  );
}

/** Of this customer, about the plan, each kind as often as it came: what an endpoint would have been sent. */
async function eventsSince(who: Subscriber, known: ReadonlySet<string>): Promise<Stripe.Event[]> {
  const customer = await shop.customerOf(who);
  const all: Stripe.Event[] = [];
  for await (const event of shop.stripe.events.list({ limit: 100 })) {
    const object = event.data.object as { customer?: unknown };
    const wanted = (WEBHOOK_EVENTS as readonly string[]).includes(event.type);
    const about = /^(invoice|customer\.subscription|subscription_schedule)\./.test(event.type);
    if (wanted && about && object.customer === customer && !known.has(event.id)) all.push(event);
    if (all.length >= 20) break;
  }
  return all.reverse();
}

async function deliver(event: Stripe.Event): Promise<void> {
  // Stored anew each time: another delivery of what happened, for a past that was put back.
  const id = `evt_${newId()}`;
  await shop.db
    .insert(stripeEvents)
    .values({ id, type: event.type, payload: { ...event, id }, createdAt: new Date(event.created * 1_000) });
  await handleEvent(shop.deps, id);
}

describe.each(stories)("$name", (story) => {
  it(
    "ends in the same state for the orders of its events, with each of them doubled",
    async () => {
      const who = await shop.makeSubscriber();
      await story.prepare(who);
      await shop.spend(who, 1_250_000n);
      const end = await endOf(who);
      const before = new Set((await eventsSince(who, new Set())).map((each) => each.id));
      const putBack = await keepAccount(shop.owner, who.accountId);
      for (const step of story.steps) await step(who, end);
      const events = await eventsSince(who, before);
      expect(events.length).toBeGreaterThan(0);
      // The latest take every place, and what came before them arrives after them.
      const shuffled = pickBySeed(permutations(events.slice(-SHUFFLED)), perStory());
      const orders = shuffled.map((last) => [...last, ...events.slice(0, -SHUFFLED)]);
      await putBack();
      await shop.sync(who);
      const expected = await shop.stateOf(who);
      for (const [index, order] of orders.entries()) {
        await putBack();
        const doubled = order.flatMap((each, place) =>
          place === index % order.length ? [each, each] : [each],
        );
        for (const event of doubled) await deliver(event);
        const said = `seed ${SEED}: ${order.map((each) => each.type).join(", ")}`;
        expect(await shop.stateOf(who), said).toEqual(expected);
      }
    },
    PATIENCE_MS,
  );

  it(
    "ends in the same state for the orders of Stripe's answers, however late an early one comes",
    async () => {
      const who = await shop.makeSubscriber();
      await story.prepare(who);
      await shop.spend(who, 1_250_000n);
      const end = await endOf(who);
      const customer = await shop.customerOf(who);
      const putBack = await keepAccount(shop.owner, who.accountId);
      const answers = [await readAll(customer)];
      for (const step of story.steps) {
        await step(who, end);
        answers.push(await readAll(customer));
      }
      await putBack();
      for (const each of answers) await answerInOrder(who, [each], [0]);
      const expected = await shop.stateOf(who);
      for (const order of pickBySeed(permutations(answers.map((_, index) => index)), perStory())) {
        await putBack();
        await answerInOrder(who, answers, order);
        const state = await shop.stateOf(who);
        // Whatever the last read says counts; a state in between may have given more provisionally.
        expect({ ...state, periods: lastPaidFor(state) }, `seed ${SEED}: ${order.join()}`).toEqual({
          ...expected,
          periods: lastPaidFor(expected),
        });
      }
    },
    PATIENCE_MS,
  );

  it(
    "ends in the same state with the schedule at work in between, whenever it runs",
    async () => {
      const states = [];
      for (const runsAfter of [[], [0], [0, 1, 2], [2]] as const) {
        const who = await shop.makeSubscriber();
        await story.prepare(who);
        await shop.spend(who, 1_250_000n);
        const end = await endOf(who);
        for (const [index, step] of story.steps.entries()) {
          await step(who, end);
          if ((runsAfter as readonly number[]).includes(index)) await openDueCycles(shop.db, shop.deps.log);
        }
        await shop.sync(who);
        const { remaining, frozen, owed, plan, planStatus } = await shop.stateOf(who);
        states.push({ remaining: story.prorates ? null : remaining, frozen, owed, plan, planStatus });
        await shop.passes(90 * DAY);
      }
      for (const state of states) expect(state).toEqual(states[0]);
    },
    PATIENCE_MS,
  );
});

it("I21: keeps what Stripe said last when a read that started before was answered after it, and arrives first", async () => {
  const who = await shop.makeSubscriber();
  await pay(who, "pm_card_chargeCustomerFail");
  const customer = await shop.customerOf(who);
  await moveTo((await endOf(who)) + 10 * MINUTE);
  await shop.stateOf(who); // Somebody looks: the renewal is there, provisional.
  const early = await readAll(customer);
  await shop.passes(2 * HOUR);
  const late = await readAll(customer);
  // The first read is slow on its way to Stripe, the second one's answer on its way back.
  await answerInOrder(who, [late, early], [0, 1], late);
  const { planStatus, frozen } = await shop.stateOf(who);
  expect({ planStatus, frozen }).toEqual({ planStatus: "past_due", frozen: 24_000_000n });
});

/** Asks once for each answer, in their order; the answers come in another one. Asked again, Stripe says the latest. */
async function answerInOrder(
  who: Subscriber,
  answers: readonly ProviderAnswer<BillingFacts>[],
  order: readonly number[],
  latest = answers.at(-1),
): Promise<void> {
  const reads = answers.map((each) => answerLater(each, () => latest ?? each));
  const heard: Promise<unknown>[] = [];
  for (const { ask, asked } of reads) {
    const deps = { ...shop.deps, plans: { ...shop.deps.plans, readBilling: ask } };
    heard.push(syncSubscription(deps, who));
    await asked;
  }
  for (const index of order) {
    reads[index]?.release();
    await heard[index];
  }
}
