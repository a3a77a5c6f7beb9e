import { and, eq } from "drizzle-orm";
import { orders } from "../../../db/schema";
import { cancelOrder } from "../../../lib/billing/orders/cancel";
import { confirmOrder } from "../../../lib/billing/orders/confirm";
import { placeOrder } from "../../../lib/billing/orders/place";
import type { Choice } from "../../../lib/billing/orders/pricing";
import { type Settled, settleOrder } from "../../../lib/billing/orders/settle";
import { newId } from "../../../lib/ids";
import type { Result } from "../../../lib/result";
import { answerBank, decideAtBank } from "../hosted-pages";
import type { Person } from "../person";
import type { Random } from "../random";
import type { World } from "../world";
import { codeOf, type Deed, isPaying, type Scene } from "./deed";

const choose = (random: Random): Choice =>
  random.chance(0.5)
    ? { kind: "bundle", bundleId: random.pick(["usd100", "usd500"]) }
    : { kind: "custom", typed: `${1 + random.whole(300)}.${10 + random.whole(90)}` };

/** A Free account's purchase has to be refused, and is tried now and then all the same. */
const buy: Deed = {
  name: "buy",
  weigh: (scene) => (isPaying(scene) ? 1.6 * scene.person.habits.wealth : 0.15),
  async run(scene) {
    const { world, person, random, view, alone } = scene;
    const request = {
      accountId: person.accountId,
      userId: person.userId,
      requestId: newId(),
      choice: choose(random),
    };
    const tabs = random.chance(0.1) ? 2 : 1;
    const placed = await Promise.all(Array.from({ length: tabs }, () => placeOrder(world.deps, request)));
    const [first] = placed;
    if (!first?.ok) return first ? (codeOf(first) ?? "") : "";
    if (alone && view.plan.id === "free") throw new Error("a Free account could place an order");
    const { orderId } = first.value;
    await remember(world, person, orderId);
    const paid = await pay(scene, orderId);
    if (paid !== "declined" || random.chance(0.3)) return paid;
    return random.chance(0.5)
      ? `declined, then ${await pay(scene, orderId)}`
      : `declined, ${await cancel(scene, orderId)}`;
  },
};

async function remember(world: World, { accountId, promises }: Person, orderId: string): Promise<void> {
  const [order] = await world.db
    .select()
    .from(orders)
    .where(and(eq(orders.accountId, accountId), eq(orders.id, orderId)));
  if (order) promises.set(orderId, order.expiresAt);
}

async function pay({ world, person, random, view }: Scene, orderId: string): Promise<string> {
  const { accountId } = person;
  const ref = { accountId, orderId };
  const other = view.cards.length > 0 && random.chance(0.4) ? random.pick(view.cards).id : null;
  const confirm = () =>
    confirmOrder(world.deps, { ...ref, paymentMethodId: other, expiryAcknowledged: true });
  const clicks = random.chance(0.1) ? 2 : 1;
  const [answer] = await Promise.all(Array.from({ length: clicks }, confirm));
  const settled = answer as Result<Settled, { readonly code: string }>;
  if (!settled.ok) return settled.error.code;
  const { status, actionUrl, unknown } = settled.value;
  if (unknown) return "unknown";
  if (status !== "requires_action" || !actionUrl) return status ?? "nothing";
  const bank = decideAtBank(random);
  await answerBank(actionUrl, bank);
  // Some never find back to the shop: then it is an event, or the sweep, that tells.
  if (bank === "walk away" || random.chance(0.3)) return `bank: ${bank}, did not come back`;
  return `bank: ${bank}, ${(await settleOrder(world.deps, ref)).status}`;
}

const cancel = async ({ world, person }: Scene, orderId: string): Promise<string> =>
  codeOf(await cancelOrder(world.deps, { accountId: person.accountId, orderId })) ?? "canceled";

export const BUYING: readonly Deed[] = [buy];
