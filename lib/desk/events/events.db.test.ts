import { expect, it } from "vitest";
import { operatorActs } from "../../../db/schema";
import { atStripeOf } from "../../../dev/testing/at-stripe";
import { buyingAt } from "../../../dev/testing/buying";
import { openShop } from "../../../dev/testing/shop";
import { forgetIfDeleted } from "../../billing/cards/customer";
import { newId } from "../../ids";
import { tryEvent } from "../../jobs/events";
import { listTimeline } from "../timeline";
import { findEvent } from "./find";
import { type EventFilter, listEvents } from "./list";
import { replayEvent } from "./replay";

const shop = openShop({ max: 10 });
const atStripe = atStripeOf(shop);
const { place, confirm } = buyingAt(shop);
const ALL: EventFilter = { type: null, state: null, accountId: null };

async function store(id: string, payload: string, columns: { handled?: boolean; parked?: string } = {}) {
  const type = JSON.parse(payload).type ?? "none";
  await shop.owner`insert into stripe_events (id, type, payload, created_at, handled_at, parked_reason)
    values (${id}, ${type}, ${payload}::text::jsonb, now(), ${columns.handled ? new Date() : null}, ${columns.parked ?? null})`;
}

const about = (type: string, customer: string | null) =>
  JSON.stringify({ type, data: { object: { id: "in_1", object: "invoice", customer } } });

const idsOf = async (filter: Partial<EventFilter>) =>
  (await listEvents(shop.db, { ...ALL, ...filter })).events.map(({ id }) => id).toSorted();

it("lists events by type, state and account, with the account whose customer each names", async () => {
  const [ada, bo] = [await shop.makeBuyer(), await shop.makeBuyer()];
  await store("evt_a1", about("invoice.paid", ada.customerId), { handled: true });
  await store("evt_a2", about("invoice.voided", ada.customerId), { parked: "no" });
  await store("evt_b1", about("invoice.paid", bo.customerId));
  await store("evt_n1", about("invoice.paid", null));
  await store(
    "evt_c1",
    JSON.stringify({
      type: "customer.updated",
      data: { object: { id: bo.customerId, object: "customer" } },
    }),
  );
  expect(await idsOf({})).toEqual(["evt_a1", "evt_a2", "evt_b1", "evt_c1", "evt_n1"]);
  expect(await idsOf({ type: "invoice.paid" })).toEqual(["evt_a1", "evt_b1", "evt_n1"]);
  expect(await idsOf({ state: "due" })).toEqual(["evt_b1", "evt_c1", "evt_n1"]);
  expect(await idsOf({ state: "parked" })).toEqual(["evt_a2"]);
  expect(await idsOf({ state: "handled", type: "invoice.paid" })).toEqual(["evt_a1"]);
  expect(await idsOf({ accountId: bo.accountId })).toEqual(["evt_b1", "evt_c1"]);
  expect(await idsOf({ type: "x".repeat(5_000) })).toEqual([]);
  const { events } = await listEvents(shop.db, { ...ALL, state: "parked" });
  expect(events).toMatchObject([
    { accountId: ada.accountId, customerId: ada.customerId, parkedReason: "no", handledAt: null },
  ]);
  const first = await listEvents(shop.db, ALL, { most: 2 });
  const second = await listEvents(shop.db, ALL, { most: 3, after: first.next });
  expect(second.next).toBeNull();
  expect([...first.events, ...second.events].map(({ id }) => id).toSorted()).toEqual(await idsOf({}));
});

/** What Stripe says of an object, as the endpoint stores it; answers the events' ids. */
async function hear(type: string, part: string): Promise<string[]> {
  const { data } = await shop.stripe.events.list({ type, limit: 100 });
  const found = data.filter((each) => JSON.stringify(each.data).includes(part));
  for (const { id, ...event } of found) await store(id, JSON.stringify({ id, ...event }));
  return found.map(({ id }) => id);
}

it("disputes and warnings of fraud, which name no customer, are their account's: in the inbox, on its timeline, and once its customer is gone", async () => {
  const buyer = await shop.makeBuyer();
  const { accountId } = buyer;
  await confirm(buyer, await place(buyer, "usd100"));
  const [charge] = await shop.charges(buyer.customerId);
  const dispute = await atStripe(`charges/${charge?.id}/dispute`);
  const warning = await atStripe(`charges/${charge?.id}/warn`);
  const told = [
    ...(await hear("charge.dispute.created", dispute.id)),
    ...(await hear("radar.early_fraud_warning.created", warning.id)),
  ];
  expect(told).toHaveLength(2);
  expect(await idsOf({ accountId })).toEqual([]);
  for (const id of told) {
    await tryEvent(shop.deps, id);
    expect(await findEvent(shop.db, id)).toMatchObject({ state: "handled", customerId: null, accountId });
  }
  await store("evt_of_customer", about("product.created", buyer.customerId), { handled: true });
  const all = [...told, "evt_of_customer"].toSorted();
  const timeline = async (stripeCustomerId: string | null) => {
    const { rows } = await listTimeline(shop.db, { accountId, stripeCustomerId }, { kinds: ["events"] });
    return rows.map(({ data }) => data.stripe).toSorted();
  };
  expect(await idsOf({ accountId })).toEqual(all);
  expect(await timeline(buyer.customerId)).toEqual(all);
  const first = await listEvents(shop.db, { ...ALL, accountId }, { most: 2 });
  const second = await listEvents(shop.db, { ...ALL, accountId }, { most: 2, after: first.next });
  expect([...first.events, ...second.events].map(({ id }) => id).toSorted()).toEqual(all);

  await shop.stripe.customers.del(buyer.customerId);
  expect(await forgetIfDeleted(shop.deps, { accountId, customerId: buyer.customerId })).toBe("forgotten");
  expect(await idsOf({ accountId })).toEqual(all);
  expect(await timeline(null)).toEqual(all);
  await shop.owner`delete from stripe_events where id = any(${all})`;
});

it("shows a payload as it came, to the digit, with what cannot be seen by its number, and bytes as bytes", async () => {
  await store("evt_big", '{"type": "x", "amount": 12345678901234567890, "name": "a\\u202eb<script>"}');
  const shown = await findEvent(shop.db, "evt_big");
  expect(shown?.payload).toMatchObject({ kind: "json", isCut: false });
  expect(shown?.payload.text).toContain('"amount": 12345678901234567890');
  expect(shown?.payload.text).toContain('"a\\u{202e}b<script>"');
  expect(shown?.payload.text.split("\n").length).toBeGreaterThan(3);
  await shop.owner`insert into stripe_events (id, type, body, created_at) values ('evt_bytes', 'x', '\\x00ff41', now())`;
  expect((await findEvent(shop.db, "evt_bytes"))?.payload).toEqual({
    kind: "bytes",
    text: "00ff41",
    bytes: 3,
    isCut: false,
  });
  await store("evt_long", JSON.stringify({ type: "x", text: "y".repeat(200_000) }));
  const long = await findEvent(shop.db, "evt_long");
  expect(long?.payload.isCut).toBe(true);
  expect(long?.payload.text).toHaveLength(100_000);
  expect(long?.payload.bytes).toBeGreaterThan(200_000);
  expect(await findEvent(shop.db, "evt_none")).toBeNull();
});

it("replays what was parked or handled, once for each time it is asked, and nothing that is due or not there", async () => {
  const customer = (await shop.makeBuyer()).customerId;
  await store("evt_handled", about("product.created", customer), { handled: true });
  await store("evt_stuck", about("product.created", customer), { parked: "20 tries: no" });
  const operatorId = newId();
  const replay = (id: string) => replayEvent(shop.db, id, { operatorId, reason: "mended" });
  for (const id of ["evt_handled", "evt_stuck"]) {
    expect(await replay(id)).toEqual({ ok: true });
    expect(await findEvent(shop.db, id)).toMatchObject({ state: "due", tries: 0, parkedReason: null });
    const jobs = await shop.owner`select 1 from graphile_worker.jobs where key = ${`event:${id}`}`;
    expect(jobs).toHaveLength(1);
    expect(await replay(id)).toEqual({ ok: false, error: { code: "event_is_due" } });
    await tryEvent(shop.deps, id);
    expect(await findEvent(shop.db, id)).toMatchObject({ state: "handled" });
  }
  expect(await replay("evt_none")).toEqual({ ok: false, error: { code: "event_not_found" } });
  const acts = await shop.db.select().from(operatorActs).orderBy(operatorActs.id);
  const act = { operatorId, kind: "replay_event", reason: "mended", accountId: null };
  expect(acts).toMatchObject([
    { ...act, subject: "evt_handled", request: { was: "handled" } },
    { ...act, subject: "evt_stuck", request: { was: "parked" } },
  ]);
});
