import { eq } from "drizzle-orm";
import { expect, it } from "vitest";
import { invoices } from "../../db/schema";
import { DAY, openPlanShop, type Subscriber } from "../../dev/testing/plans";
import { newId, toPublicId } from "../ids";
import { findInvoicePage, findInvoicePdf, findReceipt } from "./find-document";
import { confirmOrder } from "./orders/confirm";
import { placeOrder } from "./orders/place";

const shop = openPlanShop();

/** Somebody with a paid order and a paid invoice: the ids by which their documents are asked for. */
async function makeBuyer(): Promise<{ who: Subscriber; order: string; invoice: string }> {
  const who = await shop.makeSubscriber();
  const choice = { kind: "bundle", bundleId: "usd100" } as const;
  const placed = await placeOrder(shop.deps, { ...who, requestId: newId(), choice });
  if (!placed.ok) throw new Error(placed.error.code);
  await confirmOrder(shop.deps, {
    ...who,
    orderId: placed.value.orderId,
    paymentMethodId: null,
    expiryAcknowledged: true,
  });
  const [invoice] = await shop.db.select().from(invoices).where(eq(invoices.accountId, who.accountId));
  return { who, order: toPublicId("order", placed.value.orderId), invoice: invoice?.id ?? "" };
}

const EVERY = [
  ["order", findReceipt],
  ["invoice", findInvoicePage],
  ["invoice", findInvoicePdf],
] as const;

const urlOf = (found: Awaited<ReturnType<typeof findReceipt>>): string => (found.ok ? found.value.url : "");
const statusOf = async (url: string) => (await fetch(url)).status;

it("a document opens for ever, though every link to it ends", async () => {
  const made = await makeBuyer();
  for (const [what, find] of EVERY) {
    const ref = { ...made.who, id: made[what] };
    const first = urlOf(await find(shop.deps, ref));
    expect(await statusOf(first)).toBe(200);
    await shop.passes(40 * DAY);
    expect(await statusOf(first)).toBe(410);
    expect(await statusOf(urlOf(await find(shop.deps, ref)))).toBe(200);
  }
});

it("what another account has does not exist, nor what nobody has", async () => {
  const [one, other] = [await makeBuyer(), await makeBuyer()];
  for (const [what, find] of EVERY) {
    for (const id of [other[what], "", "in_", "ord_", "\0", "in_\0", toPublicId("order", newId())]) {
      const found = await find(shop.deps, { ...one.who, id });
      expect([id, found]).toEqual([id, { ok: false, error: { code: "not_found" } }]);
    }
  }
});

it("what Stripe has not, or has no link for, is no document; what it did not say is not known", async () => {
  const { who, order, invoice } = await makeBuyer();
  for (const [what, find] of EVERY) {
    shop.simulator.faults.add({ kind: "fail_before", match: { method: "GET" } });
    const found = await find(shop.deps, { ...who, id: what === "order" ? order : invoice });
    expect(found).toEqual({ ok: false, error: { code: "provider_unavailable" } });
    shop.simulator.faults.clear();
  }
  // Of another Stripe account, or deleted there.
  await shop.db.insert(invoices).values({
    ...(await draftOf(who)),
    id: "in_elsewhere",
    status: "paid",
  });
  expect(await findInvoicePdf(shop.deps, { ...who, id: "in_elsewhere" })).toEqual(NONE);
  // A draft has neither page nor PDF.
  const draft = await shop.stripe.invoices.create({ customer: await shop.customerOf(who) });
  await shop.db.insert(invoices).values({ ...(await draftOf(who)), id: draft.id });
  expect(await findInvoicePage(shop.deps, { ...who, id: draft.id })).toEqual(NONE);
  // An order nobody paid.
  const choice = { kind: "bundle", bundleId: "usd100" } as const;
  const placed = await placeOrder(shop.deps, { ...who, requestId: newId(), choice });
  const unpaid = toPublicId("order", placed.ok ? placed.value.orderId : "");
  expect(await findReceipt(shop.deps, { ...who, id: unpaid })).toEqual(NONE);
});

const NONE = { ok: false, error: { code: "no_document" } };

async function draftOf({ accountId }: Subscriber): Promise<typeof invoices.$inferInsert> {
  const [row] = await shop.db.select().from(invoices).where(eq(invoices.accountId, accountId)).limit(1);
  if (!row) throw new Error("a subscriber has an invoice");
  return { ...row, status: "draft" };
}
