import { eq } from "drizzle-orm";
import { beforeEach, describe, expect, it } from "vitest";
import { attempts, orders, stripeAccount } from "../../../db/schema";
import { type Buyer, bundleRequest, openShop } from "../../../dev/testing/shop";
import { confirmOrder } from "../../billing/orders/confirm";
import { placeOrder } from "../../billing/orders/place";
import { settleOrder } from "../../billing/orders/settle";
import { describeHealth } from "../../health";
import { beginRecovery, endRecovery } from "../../recovery/mode";
import { createStripe } from "../client";
import { createStripeGateway } from "../gateway";
import { createAccess } from "./access";
import { findBelonging } from "./belonging";

const shop = openShop();
/** The simulator's first account, which the shop's buyers are customers of. */
const OURS = "sk_test_shop";
const FIRST = "acct_1SimulatorFirst";

beforeEach(async () => {
  await shop.owner`delete from stripe_account`;
  await switchKey({ key: OURS, state: "active" });
});

async function switchKey(fields: object): Promise<void> {
  const answer = await fetch(`${shop.simulator.url}/_sim/keys`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(fields),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/** A process with this key, as it wires itself. */
function processWith(secretKey = OURS, apiBase = shop.simulator.url) {
  const told: string[] = [];
  const tell = (_facts: unknown, message?: string) => void told.push(message ?? "");
  const log = { debug: () => {}, info: tell, warn: tell, error: tell };
  const key = { secretKey, apiBase, timeoutMs: 2_000 };
  const access = createAccess({ ...key, db: shop.db, log, live: secretKey.includes("_live_") });
  const stripe = createStripe({ ...key, door: access, networkRetries: 0 });
  return { access, stripe, told, deps: { ...shop.deps, gateway: createStripeGateway(stripe) } };
}

const belongsTo = async () => (await shop.db.select().from(stripeAccount))[0];

async function place(buyer: Buyer) {
  const placed = await placeOrder(shop.deps, bundleRequest(buyer));
  if (!placed.ok) throw new Error(placed.error.code);
  return { accountId: buyer.accountId, orderId: placed.value.orderId };
}
const attemptsOf = ({ orderId }: { orderId: string }) =>
  shop.db.select().from(attempts).where(eq(attempts.orderId, orderId));

describe("the Stripe account a database belongs to", () => {
  it("is whose key comes first, and every later key of it and its mode is let in", async () => {
    const buyer = await shop.makeBuyer();
    const first = processWith();
    expect(await first.access.check()).toBeNull();
    expect(first.access.state().pausedFor).toBeNull();
    expect(await belongsTo()).toMatchObject({ id: FIRST, live: false });
    const rolled = processWith("sk_test_rolled");
    expect(await rolled.access.check()).toBeNull();
    expect((await rolled.stripe.customers.retrieve(buyer.customerId)).id).toBe(buyer.customerId);
  });

  it.each([
    ["another account's", "sk_test_acctB_1", "acct_1SimulatorB"],
    ["the other mode's", "sk_live_1", "live mode"],
  ])("is not that of %s key, which is refused with what to do and sends nothing", async (_, key, named) => {
    const buyer = await shop.makeBuyer();
    await processWith().access.check();
    const other = processWith(key);
    const sentence = await other.access.check();
    for (const part of [named, FIRST, "test mode", "npm run stripe:forget"]) expect(sentence).toContain(part);
    await expect(other.stripe.customers.retrieve(buyer.customerId)).rejects.toThrow();
    expect(other.access.state().pausedFor).toBe("another_account");
    expect(await belongsTo()).toMatchObject({ id: FIRST, live: false });
  });

  it("is not that of a key that knows none of the customers an earlier release left", async () => {
    await shop.makeBuyer();
    expect(await processWith("sk_test_acctC_1").access.check()).toContain("knows none of the customers");
    expect(await belongsTo()).toBeUndefined();
    expect(await processWith().access.check()).toBeNull();
  });

  it("is compared by its mode alone where the key may not read the account, and that is told once", async () => {
    await switchKey({ key: "rk_test_1", state: "restricted", permissions: { customer: "write" } });
    const restricted = processWith("rk_test_1");
    for (let times = 0; times < 2; times += 1) expect(await restricted.access.check()).toBeNull();
    expect(restricted.told.filter((each) => each.includes("GET /v1/account"))).toHaveLength(1);
    expect(await belongsTo()).toMatchObject({ id: null, live: false });
    expect(await processWith("sk_live_1").access.check()).toContain("live mode");
    expect(await processWith().access.check()).toBeNull();
    expect(await belongsTo()).toMatchObject({ id: FIRST });
  });

  it("is told without making it anybody's", async () => {
    expect(await findBelonging(shop.db, { accountId: FIRST, live: false })).toBeNull();
    expect(await belongsTo()).toBeUndefined();
    await processWith().access.check();
    const kindOf = async (accountId: string | null, live: boolean) =>
      (await findBelonging(shop.db, { accountId, live }))?.kind;
    expect(await kindOf(FIRST, false)).toBe("ours");
    expect(await kindOf(null, false)).toBe("ours");
    expect(await kindOf("acct_1SimulatorB", false)).toBe("another");
    expect(await kindOf(FIRST, true)).toBe("another");
  });

  it("is nobody's to use while it is being forgotten", async () => {
    await processWith().access.check();
    await shop.owner`update stripe_account set forgetting_since = now()`;
    expect(await processWith().access.check()).toContain("stripe:forget -- --apply");
  });
});

it("a process that runs sells nothing from the moment another one noticed that a backup was restored", async () => {
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const at = { secretKey: OURS, apiBase: shop.simulator.url, live: false };
  const access = createAccess({ ...at, db: shop.db, log, againMs: 20 });
  await access.check();
  access.watch();
  await beginRecovery(shop.db, "pi_1");
  await expect.poll(() => access.state().pausedFor, { timeout: 5_000 }).toBe("recovering");
  await endRecovery(shop.db, new Date());
  await expect.poll(() => access.state().pausedFor, { timeout: 5_000 }).toBeNull();
});

describe("while Stripe says nothing", () => {
  it("a key of the other mode is refused all the same, and one of the same mode is not", async () => {
    await processWith().access.check();
    shop.simulator.faults.add({ kind: "fail_before", match: { pathPattern: "/v1/account" } });
    expect(await processWith("sk_live_1").access.check()).toContain("live mode");
    expect(await processWith("sk_test_rolled").access.check()).toBeNull();
    shop.simulator.faults.clear();
  });

  it("nothing is sent, a purchase ends without a charge, and it goes on by itself when it is known", async () => {
    const buyer = await shop.makeBuyer();
    const { access, deps, told } = processWith();
    shop.simulator.faults.add({ kind: "fail_before", match: { pathPattern: "/v1/account" } });
    expect(await access.check()).toBeNull();
    expect(access.state().pausedFor).toBe("no_answer");
    expect(told.at(-1)).toContain("paused");
    const ref = await place(buyer);
    const confirm = () => confirmOrder(deps, { ...ref, paymentMethodId: null, expiryAcknowledged: true });
    expect(await confirm()).toMatchObject({ value: { status: "declined", unknown: false } });
    expect(await attemptsOf(ref)).toEqual([
      expect.objectContaining({ status: "failed", declineCode: "payments_unavailable" }),
    ]);
    expect(await shop.charges(buyer.customerId)).toEqual([]);
    shop.simulator.faults.clear();
    await access.check();
    expect(access.state().pausedFor).toBeNull();
    expect(await confirm()).toMatchObject({ value: { status: "paid" } });
    expect(await shop.charges(buyer.customerId)).toHaveLength(1);
  });
});

describe("a key that Stripe refuses", () => {
  it("is told of once and in health, and charges nobody: the order is open again at once", async () => {
    const buyer = await shop.makeBuyer();
    const { access, deps, told } = processWith();
    await access.check();
    await switchKey({ key: OURS, state: "revoked" });
    const ref = await place(buyer);
    const confirmed = await confirmOrder(deps, { ...ref, paymentMethodId: null, expiryAcknowledged: true });
    expect(confirmed).toMatchObject({ value: { status: "declined", unknown: false } });
    expect(access.state().pausedFor).toBe("key_refused");
    await deps.gateway.findCustomer(buyer.customerId);
    expect(told.filter((each) => each.includes("not accepted"))).toHaveLength(1);
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    const health = await describeHealth({ db: shop.db, log, access });
    expect(health).toMatchObject({
      status: "degraded",
      stripe: { of: "this process", pausedFor: "key_refused" },
    });
    expect(health.problems).toContain("payments_paused");
    await switchKey({ key: OURS, state: "active" });
    await access.check();
    expect(access.state().pausedFor).toBeNull();
    expect(told.at(-1)).toContain("work again");
  });

  it("says nothing of an earlier try whose answer was lost: that stays unknown, and is paid when the key works", async () => {
    const buyer = await shop.makeBuyer();
    const { access, deps } = processWith();
    await access.check();
    const ref = await place(buyer);
    shop.simulator.faults.add({
      kind: "drop_after",
      match: { method: "POST", pathPattern: "/v1/payment_intents" },
    });
    const confirmed = await confirmOrder(deps, { ...ref, paymentMethodId: null, expiryAcknowledged: true });
    expect(confirmed).toMatchObject({ value: { status: "processing", unknown: true } });
    shop.simulator.faults.clear();
    await switchKey({ key: OURS, state: "revoked" });
    for (let times = 0; times < 2; times += 1)
      expect(await settleOrder(deps, ref)).toMatchObject({ status: "processing", unknown: true });
    const [order] = await shop.db.select().from(orders).where(eq(orders.id, ref.orderId));
    expect(order?.status).toBe("processing");
    await switchKey({ key: OURS, state: "active" });
    await access.check();
    expect(await settleOrder(deps, ref)).toMatchObject({ status: "paid" });
    expect(await shop.charges(buyer.customerId)).toHaveLength(1);
  });

  it("for want of a right is told once with what it may not do, until it may", async () => {
    const buyer = await shop.makeBuyer();
    await processWith().access.check();
    const allowed = { account: "read", accounts_kyc_basic: "read", customer: "write" };
    await switchKey({ key: "rk_test_2", state: "restricted", permissions: allowed });
    const { access, deps, told } = processWith("rk_test_2");
    expect(await access.check()).toBeNull();
    const ref = await place(buyer);
    const confirm = () => confirmOrder(deps, { ...ref, paymentMethodId: null, expiryAcknowledged: true });
    for (let times = 0; times < 2; times += 1)
      expect(await confirm()).toMatchObject({ value: { status: "declined", unknown: false } });
    expect(told.filter((each) => each.includes("lacks a right"))).toHaveLength(1);
    expect(access.state()).toEqual({ pausedFor: null, notAllowed: ["POST /v1/payment_intents"] });
    await switchKey({ key: "rk_test_2", state: "active" });
    expect(await confirm()).toMatchObject({ value: { status: "paid" } });
    expect(access.state().notAllowed).toEqual([]);
  });
});
