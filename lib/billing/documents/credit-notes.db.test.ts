import { asc, eq } from "drizzle-orm";
import { afterEach, expect, it } from "vitest";
import { documents, orderRefunds } from "../../../db/schema";
import { expectBooksBalance } from "../../../dev/testing/books";
import { buyingAt } from "../../../dev/testing/buying";
import { openShop } from "../../../dev/testing/shop";
import { newId } from "../../ids";
import { cents } from "../../money/credits";
import { refundOrder } from "../orders/returns/refund";
import { settleOrderReturns } from "../orders/returns/settle-order";
import { findNumberTrouble } from "./check";
import { issueCreditNotes } from "./credit-notes";
import { issueDebitNotes } from "./debit-notes";
import { sweepDocuments } from "./sweep";

const shop = openShop();
const { place, confirm } = buyingAt(shop);
afterEach(async () => {
  await expectBooksBalance(shop.db);
  expect(await findNumberTrouble(shop.db)).toEqual([]);
});

async function buyAndRefund(...amounts: bigint[]) {
  const buyer = await shop.makeBuyer();
  const ref = { accountId: buyer.accountId, orderId: await place(buyer, "usd100") };
  await confirm(buyer, ref.orderId);
  for (const amount of amounts) {
    const by = { as: "operator", userId: buyer.userId } as const;
    const refunded = await refundOrder(shop.deps, ref, { amountCents: cents(amount), by, why: "x" });
    expect(refunded.ok).toBe(true);
  }
  const written = () =>
    shop.db.select().from(documents).where(eq(documents.orderId, ref.orderId)).orderBy(asc(documents.number));
  return { ref, written };
}

it("a refund gets a credit note of the invoice's series, once, whoever asks at once, and no gap comes of it", async () => {
  const { ref, written } = await buyAndRefund(3_333n, 6_667n);
  await Promise.all(Array.from({ length: 6 }, () => issueCreditNotes(shop.deps, ref)));
  const [invoice, ...notes] = await written();
  expect(invoice).toMatchObject({ kind: "invoice", amountCents: 10_000n, credits: 8_000_000n });
  expect(notes).toMatchObject([
    { kind: "credit_note", corrects: invoice?.number, amountCents: 3_333n, credits: 2_666_400n },
    { kind: "credit_note", corrects: invoice?.number, amountCents: 6_667n, credits: 5_333_600n },
  ]);
  expect(notes[0]).toMatchObject({ seller: invoice?.seller, buyer: invoice?.buyer });
  expect(await issueCreditNotes(shop.deps, ref)).toBe(0);
});

it("the sweep makes them, and none for an order of which nothing was paid back", async () => {
  const [refunded, kept] = [await buyAndRefund(5_000n), await buyAndRefund()];
  await sweepDocuments(shop.deps);
  expect((await refunded.written()).map((each) => each.kind)).toEqual(["invoice", "credit_note"]);
  expect((await kept.written()).map((each) => each.kind)).toEqual(["invoice"]);
});

it("a refund that failed after its credit note is corrected by a debit note of the series, once, and is noted anew where it is made again", async () => {
  const { ref, written } = await buyAndRefund(3_333n);
  await issueCreditNotes(shop.deps, ref);
  const [refund] = await shop.db.select().from(orderRefunds).where(eq(orderRefunds.orderId, ref.orderId));
  await fetch(`${shop.simulator.url}/_sim/refunds/${refund?.refundId}/fail`, { method: "POST" });
  await settleOrderReturns(shop.deps, ref);
  await Promise.all(Array.from({ length: 4 }, () => issueDebitNotes(shop.deps, ref)));
  await sweepDocuments(shop.deps);
  const [invoice, note, debit, ...others] = await written();
  expect(others).toEqual([]);
  expect(debit).toMatchObject({
    ...{ kind: "debit_note", corrects: note?.number, refundId: note?.refundId },
    ...{ amountCents: 3_333n, credits: 2_666_400n, seller: invoice?.seller, buyer: invoice?.buyer },
  });
  const by = { as: "operator", userId: newId() } as const;
  await refundOrder(shop.deps, ref, { amountCents: cents(5_000n), by, why: "x" });
  await sweepDocuments(shop.deps);
  expect((await written()).map(({ kind, credits }) => [kind, credits])).toEqual([
    ["invoice", 8_000_000n],
    ["credit_note", 2_666_400n],
    ["debit_note", 2_666_400n],
    ["credit_note", 4_000_000n],
  ]);
});
