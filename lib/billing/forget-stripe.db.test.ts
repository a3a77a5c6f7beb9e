import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { connect } from "../../db/client";
import { accounts, currentGrants, orders, stripeAccount, stripeEvents, subscriptions } from "../../db/schema";
import { transact } from "../../db/transact";
import { DAY, openPlanShop, TYPED } from "../../dev/testing/plans";
import { newId } from "../ids";
import { commit } from "../ledger/commit";
import { getBalance } from "../ledger/queries";
import { NO_CREDITS } from "../money/credits";
import { extendAddOns } from "./allowances/apply/extend-add-ons";
import { startCardSetup } from "./cards/setup";
import { findForgettable, forgetStripe, listRunning } from "./forget-stripe";
import { confirmOrder } from "./orders/confirm";
import { placeOrder } from "./orders/place";
import { cancelPlan } from "./subscriptions/change";
import { startSubscribe } from "./subscriptions/subscribe";

const shop = openPlanShop();

const accountOf = async (accountId: string) =>
  (await shop.db.select().from(accounts).where(eq(accounts.id, accountId)))[0];

async function order(who: { accountId: string; userId: string }) {
  const placed = await placeOrder(shop.deps, {
    ...who,
    requestId: newId(),
    choice: { kind: "bundle", bundleId: "usd100" },
  });
  if (!placed.ok) throw new Error(placed.error.code);
  return { accountId: who.accountId, orderId: placed.value.orderId };
}
const confirm = (ref: { accountId: string; orderId: string }) =>
  confirmOrder(shop.deps, { ...ref, paymentMethodId: null, expiryAcknowledged: true });
const orderOf = async ({ orderId }: { orderId: string }) =>
  (await shop.db.select().from(orders).where(eq(orders.id, orderId)))[0];

/** A subscriber who spent, bought and holds open orders, one who canceled, one at Checkout, one past due, and one on Free. */
async function makeEverything() {
  await shop.owner`insert into stripe_account (id, live) values ('acct_old', false) on conflict do nothing`;
  const buyer = await shop.makeSubscriber();
  await shop.spend(buyer, 3_000_000n);
  const paid = await order(buyer);
  await confirm(paid);
  const pending = await order(buyer);
  const unheard = await order(buyer);
  shop.simulator.faults.add({
    kind: "drop_after",
    match: { method: "POST", pathPattern: "/v1/payment_intents" },
  });
  await confirm(unheard);
  shop.simulator.faults.clear();
  const leaving = await shop.makeSubscriber("premium");
  await cancelPlan(shop.deps, leaving);
  const free = await shop.makeFree();
  const visiting = await shop.makeFree();
  const paths = { returnPath: "/a", cancelPath: "/b" };
  await startSubscribe(shop.deps, { ...visiting, plan: "starter", interval: "month", ...paths });
  const late = await shop.makeSubscriber("starter", { number: TYPED.declinesLater }).catch(() => null);
  await shop.db.insert(stripeEvents).values({
    id: `evt_${newId().replaceAll("-", "")}`,
    type: "invoice.paid",
    payload: {},
    createdAt: new Date(),
  });
  return { buyer, leaving, free, visiting, late, paid, pending, unheard };
}

/** What is left of what nobody paid for: a Free month names no subscription. */
const ofFree = async ({ accountId }: { accountId: string }): Promise<bigint> => {
  const rows = await shop.db.select().from(currentGrants).where(eq(currentGrants.accountId, accountId));
  const own = rows.filter(({ kind, source }) => kind === "plan" && !source.startsWith("plan:si_"));
  return own.reduce((sum, each) => sum + each.remainingCredits, 0n);
};

const asOwner = async <T>(run: (db: ReturnType<typeof connect>) => Promise<T>): Promise<T> => {
  // The clock that tests move is the application's alone, and here the owner goes by it, too.
  const url = new URL(shop.ownerUrl);
  url.searchParams.set("search_path", "rehearsal,public,pg_catalog");
  const db = connect(url.href, { max: 2 });
  try {
    return await run(db);
  } finally {
    await db.pool.end({ timeout: 5 });
  }
};

it("looks without changing anything, forgets what was the other account's, and everybody can begin anew", async () => {
  const { buyer, leaving, free, visiting, paid, pending, unheard } = await makeEverything();
  const before = await getBalance(shop.db, free.accountId);
  const ownOf = new Map(
    await Promise.all([buyer, leaving, visiting].map(async (who) => [who, await ofFree(who)] as const)),
  );
  await shop.owner`update orders set next_returns_read_at = now() where id = ${paid.orderId}`;
  const found = await findForgettable(shop.db);
  expect(found).toMatchObject({ accountId: "acct_old", live: false, openOrders: 2 });
  expect(found.customers).toBeGreaterThanOrEqual(3);
  expect(found.credits).toBeGreaterThan(0n);
  expect(found.unsettled).toEqual([(await orderOf(unheard))?.reference]);
  expect(await findForgettable(shop.db)).toEqual(found);

  let times = 0;
  const stopped = await asOwner((db) =>
    forgetStripe(db, { keepCredits: false, isStopped: () => ++times > 2 }),
  );
  expect(stopped).toBe("stopped");
  expect((await shop.db.select().from(stripeAccount))[0]?.forgettingSince).not.toBeNull();
  const told: number[] = [];
  const done = await asOwner((db) =>
    forgetStripe(db, { keepCredits: false, onProgress: (n) => told.push(n) }),
  );
  expect(done).toBe("done");
  expect(told.at(-1)).toBeGreaterThanOrEqual(4);

  expect(await findForgettable(shop.db)).toMatchObject({
    accountId: null,
    live: null,
    customers: 0,
    cards: 0,
    subscriptions: 0,
    openOrders: 0,
    unsettled: [],
    events: 0,
    credits: 0n,
  });
  for (const who of [buyer, leaving, visiting]) {
    expect(await accountOf(who.accountId)).toMatchObject({
      plan: "free",
      planStatus: "active",
      stripeCustomerId: null,
    });
    const { owed, remaining } = await getBalance(shop.db, who.accountId);
    // What Free gave stays, and where a plan ended Free begins again.
    const begun = who === visiting ? 0n : 1_000_000n;
    expect({ owed, remaining }).toEqual({ owed: 0n, remaining: (ownOf.get(who) ?? 0n) + begun });
  }
  expect(await getBalance(shop.db, free.accountId)).toEqual(before);
  // Asked of another account, what became of its money would be asked for ever.
  expect(await orderOf(paid)).toMatchObject({ status: "paid", nextReturnsReadAt: null });
  for (const ref of [pending, unheard]) expect((await orderOf(ref))?.status).toBe("canceled");
  expect(await shop.db.select().from(subscriptions)).toEqual([]);
  const [event] = await shop.db.select().from(stripeEvents);
  expect(event?.parkedReason).toContain("forgotten");

  await shop.passes(DAY);
  await shop.subscribe(buyer);
  expect((await accountOf(buyer.accountId))?.plan).toBe("starter");
  const again = await confirm(await order(buyer));
  expect(again).toMatchObject({ value: { status: "paid" } });
  expect((await startCardSetup(shop.deps, { ...leaving, returnPath: "/r", cancelPath: "/c" })).ok).toBe(true);
}, 120_000);

it("forgets what was given once more of what was paid for, however often, and leaves what an operator gave", async () => {
  await shop.owner`insert into stripe_account (id, live) values ('acct_old', false) on conflict do nothing`;
  const who = await shop.makeSubscriber();
  await confirm(await order(who));
  const find = async (kind: "purchase" | "adjustment") =>
    (await shop.db.select().from(currentGrants).where(eq(currentGrants.accountId, who.accountId))).filter(
      (each) => each.kind === kind && each.remainingCredits > 0n,
    );
  const [bought] = await find("purchase");
  const credits = bought?.remainingCredits ?? NO_CREDITS;
  const startsAt = shop.clock.now();
  const given = { id: newId(), kind: "adjustment", credits, startsAt, source: `act:${newId()}` } as const;
  const expiresAt = bought?.expiresAt ?? startsAt;
  await transact(shop.db, (tx) =>
    commit(tx, who.accountId, [{ key: newId(), command: { kind: "grant", grant: { ...given, expiresAt } } }]),
  );
  // Heard of late, twice: another cycle began in the middle of the one before.
  let [at, end] = [new Date(expiresAt.getTime() - DAY), expiresAt];
  for (let times = 0; times < 2; times += 1) {
    const until = new Date(end.getTime() + 20 * DAY);
    await shop.clock.moveTo(new Date(end.getTime() + DAY));
    const now = shop.clock.now();
    await transact(shop.db, (tx) => extendAddOns(tx, who.accountId, [{ at, until } as never], now));
    [at, end] = [new Date(until.getTime() - DAY), until];
  }
  expect(await find("purchase")).toEqual([]);
  expect((await find("adjustment")).map(({ remainingCredits }) => remainingCredits)).toEqual([
    credits,
    credits,
  ]);
  const { credits: ofAll } = await findForgettable(shop.db);
  expect(ofAll).toBeGreaterThanOrEqual(credits);
  await asOwner((db) => forgetStripe(db, { keepCredits: false }));
  expect((await findForgettable(shop.db)).credits).toBe(0n);
  const left = await find("adjustment");
  expect(left.map(({ source, remainingCredits }) => [source.split(":")[0], remainingCredits])).toEqual([
    ["carried", credits],
  ]);
}, 120_000);

it("leaves the credits where that was asked for", async () => {
  const { buyer } = await makeEverything();
  const before = await getBalance(shop.db, buyer.accountId);
  await asOwner((db) => forgetStripe(db, { keepCredits: true }));
  const after = await getBalance(shop.db, buyer.accountId);
  expect(after.remaining).toBe(before.remaining + 1_000_000n); // And Free's own, which begins.
  expect(after.owed).toBe(0n);
  expect(await accountOf(buyer.accountId)).toMatchObject({ plan: "free", stripeCustomerId: null });
}, 120_000);

it("names the processes that run and would write meanwhile", async () => {
  expect(await listRunning(shop.db)).toEqual([]);
  await shop.owner`insert into workers (id, name, mode) values (${newId()}, 'here:1', 'separate')`;
  expect(await listRunning(shop.db)).toEqual([expect.stringContaining("here:1")]);
  await shop.owner`delete from workers`;
});
