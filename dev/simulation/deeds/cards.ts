import { makeDefaultCard } from "../../../lib/billing/cards/default";
import { removeCard } from "../../../lib/billing/cards/remove";
import { finishCardSetup, startCardSetup } from "../../../lib/billing/cards/setup";
import { type CardName, decideAtBank, typeCard } from "../hosted-pages";
import { codeOf, type Deed, isPaying, type Scene } from "./deed";

const PATHS = { returnPath: "/settings/billing/payment-method", cancelPath: "/settings/billing" };

async function save(scene: Scene, card: CardName): Promise<string> {
  const { world, person, random } = scene;
  const started = await startCardSetup(world.deps, { accountId: person.accountId, ...PATHS });
  if (!started.ok) return started.error.code;
  const sessionId = await typeCard(started.value.url, card, decideAtBank(random));
  if (!sessionId) return `${card}: not saved`;
  if (random.chance(0.15)) return `${card}: saved, did not come back`;
  const finished = await finishCardSetup(world.deps, { accountId: person.accountId, sessionId });
  return `${card}: ${codeOf(finished) ?? "saved"}`;
}

const addCard: Deed = {
  name: "save a card",
  weigh: (scene) => (isPaying(scene) ? (scene.view.planStatus === "past_due" ? 2 : 0.35) : 0.1),
  run: (scene) => save(scene, scene.random.pick(["visa", "mastercard", "asksBankOnce", "asksBank"])),
};

/** The next renewal will fail, unless the person puts it right before. */
const addBadCard: Deed = {
  name: "save a card that will decline",
  weigh: (scene) => (isPaying(scene) ? 1.5 * scene.person.habits.clumsiness : 0.02),
  run: (scene) => save(scene, "declinesLater"),
};

const makeDefault: Deed = {
  name: "make a card the default",
  weigh: ({ view }) => (view.cards.length > 1 ? 0.4 : 0),
  async run({ world, person, random, view }) {
    const { id } = random.pick(view.cards);
    const made = await makeDefaultCard(world.deps, { accountId: person.accountId, paymentMethodId: id });
    return codeOf(made) ?? "done";
  },
};

const remove: Deed = {
  name: "remove a card",
  weigh: ({ view }) => (view.cards.length > 0 ? 0.25 : 0),
  async run({ world, person, random, view }) {
    const { id } = random.pick(view.cards);
    return (
      codeOf(await removeCard(world.deps, { accountId: person.accountId, paymentMethodId: id })) ?? "removed"
    );
  },
};

/** Done at Stripe, by somebody of ours or the bank: we are only told. */
const changedElsewhere: Deed = {
  name: "change a card at Stripe",
  weigh: (scene) => (isPaying(scene) ? 0.15 : 0),
  async run({ world, person, random }) {
    const { store, url } = world.simulator;
    const live = store.list("subscription").find((each) => {
      const customer = store.get("customer", String(each.customer));
      return customer?.metadata.account_id === person.accountId && each.status !== "canceled";
    });
    if (!live) return "nothing there";
    const what = random.pick(["decline_next", "ask_bank_next", "accept_next"]);
    const answer = await fetch(`${url}/_sim/subscriptions/${live.id}/${what}`, {
      method: "POST",
      body: "{}",
    });
    return `${what} ${answer.status}`;
  },
};

export const CARD_DEEDS: readonly Deed[] = [addCard, addBadCard, makeDefault, remove, changedElsewhere];
