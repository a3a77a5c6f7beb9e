import { describe, expect, it } from "vitest";
import { DatabaseBusy } from "../../../db/transact";
import { buyingAt } from "../../../dev/testing/buying";
import { type Buyer, openShop } from "../../../dev/testing/shop";
import { toPublicId } from "../../ids";
import { checkDocuments, DocumentsOutOfOrder, findNumberTrouble } from "./check";
import { type Issued, issueInvoice } from "./issue";
import type { OrderRef } from "./order";
import { getInvoice } from "./queries";
import type { Seller } from "./seller";
import { sweepDocuments } from "./sweep";

const shop = openShop();
const { place, confirm } = buyingAt(shop);

/** Each test's documents are of a series of its own. */
let series = 0;
const newSeller = (more: Partial<Seller> = {}): Seller => {
  series += 1;
  if (!shop.deps.seller) throw new Error("the shop has a seller");
  return { ...shop.deps.seller, series: `T${series}-`, ...more };
};

async function paidOrder(buyer: Buyer) {
  const orderId = await place(buyer, "usd100");
  await confirm(buyer, orderId);
  return { accountId: buyer.accountId, orderId };
}

/** More than there are connections at once: who gets none asks again, as a job does. */
const patiently = (seller: Seller, ref: OrderRef): Promise<Issued> =>
  issueInvoice({ db: shop.db, seller }, ref).catch((error: unknown) => {
    if (error instanceof DatabaseBusy) return patiently(seller, ref);
    throw error;
  });

const numbersOf = async (name: string) =>
  (
    await shop.owner<{ number: string }[]>`
      select number::text from documents where series = ${name} order by documents.number`
  ).map((each) => Number(each.number));
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe("an invoice", () => {
  it("says of the order, the buyer and the seller what was true when it was made, for ever", async () => {
    const buyer = await shop.makeBuyer({ plan: "starter" });
    const ref = await paidOrder(buyer);
    const seller = newSeller();
    const id = toPublicId("order", ref.orderId);
    const first = await getInvoice({ ...shop.deps, seller }, { accountId: ref.accountId, id });
    expect(first).toMatchObject({
      ok: true,
      value: {
        name: `${seller.series}000001`,
        kind: "invoice",
        credits: 8_000_000n,
        amountCents: 10_000n,
        currency: "usd",
        cardBrand: "visa",
        cardLast4: "4242",
        seller: { name: "Assistant Labs GmbH", timeZone: "Europe/Berlin" },
        buyer: { address: [], taxId: null, placedBy: { email: buyer.email } },
      },
    });
    await shop.owner`update accounts set name = 'Renamed' where id = ${ref.accountId}`;
    const later = await getInvoice(
      { ...shop.deps, seller: newSeller({ name: "Somebody else" }) },
      { accountId: ref.accountId, id },
    );
    expect(later).toEqual(first);
    expect(await getInvoice({ ...shop.deps, seller: null }, { accountId: ref.accountId, id })).toEqual(first);
  });

  it("is none of an order that is not paid, of another account, or where nobody sells", async () => {
    const [buyer, stranger] = [await shop.makeBuyer({ plan: "starter" }), await shop.makeBuyer()];
    const deps = { ...shop.deps, seller: newSeller() };
    const unpaid = toPublicId("order", await place(buyer, "usd100"));
    const { accountId } = buyer;
    expect(await getInvoice(deps, { accountId, id: unpaid })).toMatchObject({ error: { code: "not_paid" } });
    const ref = await paidOrder(buyer);
    const id = toPublicId("order", ref.orderId);
    for (const wrong of [
      { accountId: stranger.accountId, id },
      { accountId, id: ref.orderId },
      { accountId, id: "" },
    ])
      expect(await getInvoice(deps, wrong)).toMatchObject({ error: { code: "not_found" } });
    const nobody = { ...shop.deps, seller: null };
    expect(await getInvoice(nobody, { accountId, id })).toMatchObject({ error: { code: "no_seller" } });
    expect(await issueInvoice(deps, { accountId: stranger.accountId, orderId: ref.orderId })).toBe("none");
    expect(await numbersOf(deps.seller.series)).toEqual([]);
  });
});

describe("numbers", () => {
  it("of twenty orders at once, each asked for three times, are 1 to 20", async () => {
    const seller = newSeller();
    const buyers = await Promise.all(upTo(10).map(() => shop.makeBuyer({ plan: "starter" })));
    const refs = await Promise.all(
      buyers.flatMap((buyer) => [buyer, buyer]).map((buyer) => paidOrder(buyer)),
    );
    const asked = await Promise.all([...refs, ...refs, ...refs].map((ref) => patiently(seller, ref)));
    expect(asked.filter((each) => each === "made")).toHaveLength(20);
    expect(asked.filter((each) => each === "there")).toHaveLength(40);
    expect(await numbersOf(seller.series)).toEqual(upTo(20));
    const dated = await shop.owner<{ number: string }[]>`
      select number::text from documents where series = ${seller.series} order by issued_at, documents.number`;
    expect(dated.map((each) => Number(each.number))).toEqual(upTo(20));
    expect(await findNumberTrouble(shop.db)).toEqual([]);
  });

  it("have no gap and none twice where connections are killed while they are taken", async () => {
    const seller = newSeller();
    const buyers = await Promise.all(upTo(5).map(() => shop.makeBuyer({ plan: "starter" })));
    const refs = await Promise.all(buyers.flatMap((buyer) => [buyer, buyer]).map(paidOrder));
    let over = false;
    const killing = (async () => {
      while (!over) {
        await shop.owner`select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and query ~ 'document' and state <> 'idle'`;
        await new Promise((resolve) => setTimeout(resolve, 3));
      }
    })();
    await Promise.allSettled([...refs, ...refs].map((ref) => issueInvoice({ db: shop.db, seller }, ref)));
    over = true;
    await killing;
    for (const ref of refs) await issueInvoice({ db: shop.db, seller }, ref);
    expect(await numbersOf(seller.series)).toEqual(upTo(10));
    expect(await findNumberTrouble(shop.db)).toEqual([]);
  });

  it.each(["document_numbers", "documents", "orders"])(
    "are taken back with everything else where writing %s fails",
    async (table) => {
      const seller = newSeller();
      const ref = await paidOrder(await shop.makeBuyer({ plan: "starter" }));
      const event = table === "orders" ? "update" : "insert";
      await shop.owner.unsafe(`
        create function fail_here() returns trigger language plpgsql as $$ begin raise exception 'cut short'; end $$;
        create trigger fail_here after ${event} on ${table} for each row execute function fail_here();`);
      await expect(issueInvoice({ db: shop.db, seller }, ref)).rejects.toThrow();
      await shop.owner.unsafe(`drop trigger fail_here on ${table}; drop function fail_here();`);
      expect(await numbersOf(seller.series)).toEqual([]);
      expect(await issueInvoice({ db: shop.db, seller }, ref)).toBe("made");
      expect(await numbersOf(seller.series)).toEqual([1]);
      expect(await findNumberTrouble(shop.db)).toEqual([]);
    },
  );

  it("that are missing, have no document, or go beyond the counter are listed and logged", async () => {
    const seller = newSeller();
    const buyer = await shop.makeBuyer({ plan: "starter" });
    for (let orders = 0; orders < 3; orders += 1)
      await issueInvoice({ db: shop.db, seller }, await paidOrder(buyer));
    const name = (number: number) => `${seller.series}00000${number}`;
    await shop.owner`delete from documents where series = ${seller.series} and number in (1, 2)`;
    await shop.owner`delete from document_numbers where series = ${seller.series} and number = 2`;
    await shop.owner`update document_series set last_number = 4 where series = ${seller.series}`;
    const trouble = [
      { document: name(1), what: "no document" },
      { document: name(2), what: "gap" },
      { document: name(4), what: "gap" },
    ];
    expect(await findNumberTrouble(shop.db)).toEqual(trouble);
    const logged: object[] = [];
    const log = { ...shop.deps.log, error: (facts: object) => void logged.push(facts) };
    await expect(checkDocuments({ db: shop.db, log })).rejects.toThrow(DocumentsOutOfOrder);
    expect(logged).toEqual([{ trouble, all: 3 }]);
    await shop.owner`update document_series set last_number = 2 where series = ${seller.series}`;
    expect(await findNumberTrouble(shop.db)).toContainEqual({
      document: name(3),
      what: "beyond the counter",
    });
    await shop.owner`delete from documents where series = ${seller.series}`;
    await shop.owner`delete from document_numbers where series = ${seller.series}`;
    await shop.owner`delete from document_series where series = ${seller.series}`;
  });
});

describe("the sweep", () => {
  it("makes what is missing in the order of payment, and writes each number on its payment once Stripe answers", async () => {
    const buyer = await shop.makeBuyer({ plan: "starter" });
    const seller = newSeller();
    const deps = { ...shop.deps, seller };
    await sweepDocuments({ ...shop.deps, seller: newSeller() }); // What other tests left.
    const refs = [await paidOrder(buyer), await paidOrder(buyer)];
    expect(await sweepDocuments({ ...deps, seller: null })).toBe(0);
    const isAway = { kind: "fail_before", match: { method: "POST", pathPattern: "/v1/payment_intents/*" } };
    await fetch(`${shop.simulator.url}/_sim/faults`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...isAway, times: 100 }),
    });
    expect(await sweepDocuments(deps)).toBe(2);
    const told = () => shop.owner<{ number: string; told: boolean; payment: string }[]>`
      select number::text, told_at is not null as told, payment_intent_id as payment from documents
      where series = ${seller.series} order by documents.number`;
    expect((await told()).map((each) => each.told)).toEqual([false, false]);
    shop.simulator.faults.clear();
    expect(await sweepDocuments(deps)).toBe(0);
    expect((await told()).map((each) => each.told)).toEqual([false, false]); // Not before five minutes are over.
    await shop.owner`update documents set next_tell_at = now() where series = ${seller.series}`;
    await sweepDocuments(deps);
    for (const { number, told: isTold, payment } of await told()) {
      const intent = await shop.stripe.paymentIntents.retrieve(payment);
      expect(intent.metadata).toMatchObject({
        invoice_number: `${seller.series}00000${number}`,
        order_id: refs[Number(number) - 1]?.orderId,
      });
      expect(isTold).toBe(true);
    }
  });
});
