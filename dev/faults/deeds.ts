import { cancelOrder } from "../../lib/billing/orders/cancel";
import { confirmOrder } from "../../lib/billing/orders/confirm";
import { placeOrder } from "../../lib/billing/orders/place";
import { refundOrder } from "../../lib/billing/orders/returns/refund";
import { undoOrder } from "../../lib/billing/orders/returns/undo";
import { settleOrder } from "../../lib/billing/orders/settle";
import { newId } from "../../lib/ids";
import { cents, credits } from "../../lib/money/credits";
import { comeBack } from "./bank";
import { creditInvoice, turnPayment } from "./bank-deeds";
import { actAtDesk } from "./desk-deeds";
import { doWithPlan } from "./plan-deeds";
import type { Deed, Scene } from "./scene";
import { inTabs } from "./tabs";

const UNDO_HOURS = 48;
const PURPOSE = { category: "platform", resource: null, reference: null } as const;

const ordersOf = async ({ world, person }: Scene) => {
  const rows = await world.lane.owner<{ id: string; status: string }[]>`
    select id, status from orders where account_id = ${person.accountId} order by id`;
  return [...rows];
};

const buy: Deed = async (scene) => {
  const { person, random } = scene;
  const { accountId, userId } = person;
  const request = {
    accountId,
    userId,
    requestId: newId(),
    choice: { kind: "bundle", bundleId: random.pick(["usd100", "usd500"]) } as const,
  };
  const paymentMethodId = (random.chance(0.25) ? random.pick(person.cards) : null) ?? null;
  await inTabs(scene, async ({ deps }) => {
    const placed = await placeOrder(deps, request);
    if (!placed.ok) return;
    const { orderId } = placed.value;
    await confirmOrder(deps, { accountId, orderId, paymentMethodId, expiryAcknowledged: true });
  });
};

const again: Deed = async (scene) => {
  const { person, random } = scene;
  const open = (await ordersOf(scene)).filter(({ status }) =>
    ["pending", "declined", "processing"].includes(status),
  );
  if (open.length === 0) return;
  const { id: orderId } = random.pick(open);
  const ref = { accountId: person.accountId, orderId };
  const what = random.pick(["confirm", "cancel", "settle", "both"] as const);
  await inTabs(scene, async (at) => {
    const cancels = what === "cancel" || (what === "both" && at === scene.there);
    if (what === "settle") await settleOrder(at.deps, ref);
    else if (cancels) await cancelOrder(at.deps, ref);
    else await confirmOrder(at.deps, { ...ref, paymentMethodId: null, expiryAcknowledged: true });
  });
};

/** Whoever was sent to their bank, for an order or a plan, answers it, comes back, or does neither. */
const bank: Deed = async ({ here, person, random }) => {
  const answer = random.weighted([
    ["approve", 6],
    ["fail", 3],
    ["walk away", 1],
  ] as const);
  await comeBack(here.deps, [person.accountId], answer ?? "approve", random.chance(0.6));
};

const spend: Deed = async (scene) => {
  const { random, person } = scene;
  const amount = credits(BigInt(1 + random.whole(3_000_000)));
  const key = newId();
  await inTabs(scene, ({ batcher }) =>
    batcher.submit(person.accountId, { key, command: { kind: "spend", credits: amount, purpose: PURPOSE } }),
  );
};

const hold: Deed = async ({ here, random, person }) => {
  const holdId = newId();
  person.holds.push(holdId);
  const amount = credits(BigInt(1 + random.whole(1_000_000)));
  const command = { kind: "hold", holdId, credits: amount, ttlMs: 120_000, purpose: PURPOSE } as const;
  await here.batcher.submit(person.accountId, { key: newId(), command });
};

const endHold: Deed = async (scene) => {
  const { random, person } = scene;
  const holdId = person.holds.pop();
  if (!holdId) return;
  const captured = credits(BigInt(1 + random.whole(1_500_000)));
  const command = random.chance(0.7)
    ? ({ kind: "capture", holdId, credits: captured } as const)
    : ({ kind: "release", holdId } as const);
  const key = newId();
  await inTabs(scene, ({ batcher }) => batcher.submit(person.accountId, { key, command }));
};

const paid = async (scene: Scene) =>
  (await ordersOf(scene)).filter(({ status }) => ["paid", "partially_refunded", "disputed"].includes(status));

const refund: Deed = async (scene) => {
  const { person, random } = scene;
  const list = await paid(scene);
  if (list.length === 0) return;
  const ref = { accountId: person.accountId, orderId: random.pick(list).id };
  const amountCents = random.chance(0.4) ? null : cents(BigInt(1 + random.whole(12_000)));
  const by = { as: "operator", userId: person.userId } as const;
  await inTabs(scene, ({ deps }) => refundOrder(deps, ref, { amountCents, by, why: "asked by mail" }));
};

/** Their own undo: the whole of an order whose credits nobody has touched. */
const undo: Deed = async (scene) => {
  const { person, random } = scene;
  const list = await paid(scene);
  if (list.length === 0) return;
  const { accountId, userId } = person;
  const ref = { accountId, orderId: random.pick(list).id };
  await inTabs(scene, ({ deps }) => undoOrder(deps, ref, { userId, hours: UNDO_HOURS }));
};

/** Who does what, the heavier the likelier. */
export const DEEDS: readonly (readonly [readonly [string, Deed], number])[] = [
  [["buy", buy], 5],
  [["again", again], 4],
  [["bank", bank], 3],
  [["spend", spend], 4],
  [["hold", hold], 2],
  [["end a hold", endHold], 3],
  [["refund", refund], 3],
  [["undo", undo], 1],
  [["at the desk", actAtDesk], 4],
  [["at Stripe", turnPayment], 4],
];

/** Of who subscribes: the same, and in between whatever people do with plans. */
export const SUBSCRIBERS_DEEDS: typeof DEEDS = [
  ...DEEDS,
  [["plan", doWithPlan], 16],
  [["credit note", creditInvoice], 1.5],
];
