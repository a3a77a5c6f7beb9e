import { describe, expect, it } from "vitest";
import { buyingAt } from "@/dev/testing/buying";
import { openShop } from "@/dev/testing/shop";
import { transact } from "../../db/transact";
import { issueInvoice } from "../billing/documents/issue";
import { refundOrder } from "../billing/orders/returns/refund";
import { fromPublicId, newId, toPublicId } from "../ids";
import { commit } from "../ledger/commit";
import { cents, credits } from "../money/credits";
import { findAnything } from "./find";

const shop = openShop();
const { place, confirm, view } = buyingAt(shop);

async function buy() {
  const buyer = await shop.makeBuyer();
  const orderId = await place(buyer, "usd100");
  await confirm(buyer, orderId);
  const { reference } = await view(buyer, orderId);
  const [row] = await shop.owner<{ payment: string; grant: string }[]>`
    select payment_intent_id as payment, grant_id as "grant" from orders where id = ${orderId}`;
  if (!row) throw new Error("no order");
  return { buyer, orderId, reference, ...row };
}

const foundBy = async (text: string) =>
  (await findAnything(shop.db, text)).found.map(({ kind, accountId, orderId }) => [kind, accountId, orderId]);

describe("find", () => {
  it("finds an account and an order by everything somebody may read out, and nobody else's", async () => {
    const [bought, other] = [await buy(), await buy()];
    const { buyer, orderId, reference, payment, grant } = bought;
    const account = toPublicId("account", buyer.accountId);
    const order = toPublicId("order", orderId);
    await issueInvoice(shop.deps, { accountId: buyer.accountId, orderId });
    await refundOrder(
      shop.deps,
      { accountId: buyer.accountId, orderId },
      { amountCents: cents(100n), by: { as: "operator", userId: buyer.userId }, why: "x" },
    );
    const [refund] = await shop.owner<{ id: string; refund: string }[]>`
      select id, refund_id as refund from order_refunds where order_id = ${orderId}`;
    const [paper] = await shop.owner<{ series: string; number: string }[]>`
      select series, number::text from documents where order_id = ${orderId} and kind = 'invoice'`;
    const name = `${paper?.series}${paper?.number.padStart(6, "0")}`;
    for (const [text, kind, ofOrder] of [
      [buyer.email.toUpperCase(), "person", false],
      [` ${account} `, "account", false],
      [toPublicId("user", buyer.userId), "person", false],
      [toPublicId("grant", grant), "grant", false],
      [buyer.customerId, "account", false],
      [order, "order", true],
      [reference.toLowerCase(), "order", true],
      [payment, "order", true],
      [toPublicId("refund", refund?.id ?? ""), "refund", true],
      [refund?.refund ?? "", "refund", true],
      [name, "document", true],
    ] as const)
      expect(await foundBy(text), text).toEqual([[kind, account, ofOrder ? order : null]]);
    expect(await foundBy(other.payment)).toEqual([
      ["order", toPublicId("account", other.buyer.accountId), toPublicId("order", other.orderId)],
    ]);
  });

  it("finds what only events named by their customer", async () => {
    const { buyer } = await buy();
    const payload = {
      data: { object: { id: "ch_told_of_1", object: "charge", customer: buyer.customerId } },
    };
    await shop.owner`
      insert into stripe_events (id, type, payload, created_at)
      values (${`evt_${newId().replaceAll("-", "")}`}, 'charge.refunded', ${payload as never}, now())`;
    expect(await foundBy("ch_told_of_1")).toEqual([["event", toPublicId("account", buyer.accountId), null]]);
  });

  it("finds accounts and people by what their names begin with, whatever stands in it", async () => {
    const { buyer } = await buy();
    const other = await buy();
    const account = toPublicId("account", buyer.accountId);
    await shop.owner`update accounts set name = 'Ünlü & 50%_Söhne' where id = ${buyer.accountId}`;
    await shop.owner`update users set name = 'Zoë Unusual' where id = ${buyer.userId}`;
    for (const typed of ["Ünlü & 50%_Söhne", "ÜnLü", " ÜNlü & 50%_s "])
      expect(await foundBy(typed), typed).toEqual([["account", account, null]]);
    expect(await foundBy("zoë unu")).toEqual([["person", account, null]]);
    for (const typed of ["nlü", "Ün", "Zoë Unusually", "Ünlü_", "Ünlü%"])
      expect(await foundBy(typed), typed).toEqual([]);
    expect(other.buyer.accountId).not.toBe(buyer.accountId);
  });

  it("finds a hold, and an API call by its idempotency key", async () => {
    const { buyer } = await buy();
    await buy();
    const account = toPublicId("account", buyer.accountId);
    const holdId = newId();
    const purpose = { category: "ai_processing", resource: null, reference: null };
    const command = { kind: "hold", holdId, credits: credits(5n), ttlMs: 60_000, purpose } as const;
    await transact(shop.db, (tx) => commit(tx, buyer.accountId, [{ key: "call of Tuesday", command }]));
    expect(await foundBy(toPublicId("hold", holdId))).toEqual([["hold", account, null]]);
    expect(await foundBy("call of Tuesday")).toEqual([["idempotency_key", account, null]]);
    expect(await foundBy("call of Wednesday")).toEqual([]);
    expect(await foundBy(toPublicId("hold", newId()))).toEqual([]);
  });

  it("asks only so many accounts for a hold or an API call at once, says so, and goes on", async () => {
    const { buyer } = await buy();
    await buy();
    await buy();
    const key = `call ${newId()}`;
    const purpose = { category: "ai_processing", resource: null, reference: null };
    const command = { kind: "spend", credits: credits(5n), purpose } as const;
    await transact(shop.db, (tx) => commit(tx, buyer.accountId, [{ key, command }]));
    const first = await findAnything(shop.db, key, { most: 1 });
    expect(first).toEqual({ found: [], next: expect.stringMatching(/^acct_/) });
    const second = await findAnything(shop.db, key, { most: 1, after: first.next });
    expect(second).toEqual({ found: [], next: expect.stringMatching(/^acct_/) });
    const third = await findAnything(shop.db, key, { most: 1, after: second.next });
    const account = toPublicId("account", buyer.accountId);
    expect(third).toMatchObject({ found: [{ accountId: account }], next: null });
    expect(await findAnything(shop.db, newId())).toEqual({ found: [], next: null }); // Fewer than are asked at once.
  });

  it("asks no account for what is an e-mail address or an id of something else", async () => {
    await buy();
    await buy();
    for (const text of [
      "nobody@example.com",
      "pi_unknown",
      "ch_unknown",
      "evt_unknown",
      "acct_",
      "ord_1",
      "rk_1",
    ])
      expect(await findAnything(shop.db, text, { most: 1 }), text).toEqual({ found: [], next: null });
  });

  it("finds nothing by what is none, however it was made up", async () => {
    for (const text of [
      "",
      " ",
      "x",
      "nobody@example.com",
      "acct_",
      `acct_${"0".repeat(32)}`,
      `ord_${"f".repeat(32)}`,
      "' or 1=1 --",
      "\u0000",
      "CR-AAAA-AAAA",
      "INV-999999",
      "999999999999999999",
      "ch_unknown",
      "evt_unknown",
      "%",
      "x".repeat(10_000),
    ])
      expect(await foundBy(text), text.slice(0, 30)).toEqual([]);
    expect(fromPublicId("account", "acct_")).toBeNull();
  });
});
