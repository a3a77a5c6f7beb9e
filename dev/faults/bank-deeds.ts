import type { Random } from "../simulation/random";
import type { Simulator } from "../stripe/server";
import type { Deed, Scene } from "./scene";

/** What is turned by hand at Stripe, or by a payer's bank; what cannot be is refused there. */
async function turn({ world }: Scene, path: string, body: object = {}): Promise<void> {
  const answer = await fetch(`${world.simulator.url}/_sim/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  await answer.body?.cancel();
}

type Turn = readonly [path: string, body: object];
type Store = Simulator["store"];

/** Of a payment that went through: refunds in the dashboard and what becomes of any refund, disputes, inquiries and warnings. */
export const turnPayment: Deed = async (scene) => {
  const { world, person, random } = scene;
  const { store } = world.simulator;
  const own = store
    .list("charge")
    .filter(({ customer, status }) => customer === person.customerId && status === "succeeded");
  if (own.length === 0) return;
  const { id } = random.pick(own);
  const drawn = random.weighted([...ofCharge(id, random), ...ofRefunds(store, id), ...ofDisputes(store, id)]);
  if (drawn) await turn(scene, ...drawn);
};

const ofCharge = (id: string, random: Random): (readonly [Turn, number])[] => [
  [[`charges/${id}/refund`, { amount: 1 + random.whole(9_000) }], 3],
  [[`charges/${id}/dispute`, { amount: 1 + random.whole(9_000), kind: "chargeback" }], 1.5],
  [[`charges/${id}/dispute`, { amount: 1 + random.whole(9_000), kind: "inquiry" }], 1],
  [[`charges/${id}/dispute`, { amount: 1 + random.whole(9_000), kind: "prevented" }], 0.3],
  [[`charges/${id}/warn`, {}], 0.4],
];

const ofRefunds = (store: Store, charge: string): (readonly [Turn, number])[] =>
  store
    .list("refund")
    .filter((each) => each.charge === charge)
    .flatMap(({ id }) => [
      [[`refunds/${id}/fail`, { reason: "lost_or_stolen_card" }], 1] as const,
      [[`refunds/${id}/ask_payer`, {}], 0.3] as const,
      [[`refunds/${id}/succeed`, {}], 0.5] as const,
    ]);

/** Those that are open come to an end sooner than others begin. */
const ofDisputes = (store: Store, charge: string): (readonly [Turn, number])[] =>
  store
    .list("dispute")
    .filter((each) => each.charge === charge)
    .flatMap(({ id }) => [
      [[`disputes/${id}/win`, {}], 2] as const,
      [[`disputes/${id}/lose`, {}], 2] as const,
      [[`disputes/${id}/escalate`, {}], 1] as const,
      [[`disputes/${id}/close`, {}], 1] as const,
      [[`disputes/${id}/appeal`, {}], 1] as const,
    ]);

/** A credit note in the dashboard, of an invoice that is paid: out of the money that was paid, to the balance, or back elsewhere. */
export const creditInvoice: Deed = async ({ world, person, random, here }) => {
  const paid = world.simulator.store
    .list("invoice")
    .filter(({ customer, status }) => customer === person.customerId && status === "paid");
  if (paid.length === 0) return;
  const { id, total } = random.pick(paid);
  if (!id || total < 1) return;
  const amount = random.chance(0.4) ? total : 1 + random.whole(total);
  const where = random.pick(["refund_amount", "credit_amount", "out_of_band_amount"] as const);
  // The dashboard is refused what is too much, and heard by nobody when Stripe fails.
  await here.stripe.creditNotes.create({ invoice: id, amount, [where]: amount }).catch(() => null);
};
