import { expect, it } from "vitest";
import { operatorActs } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { buyingAt } from "../../../dev/testing/buying";
import { openShop } from "../../../dev/testing/shop";
import { openAttention, resolveAttention } from "../../billing/attention/items";
import { ATTENTION_REASONS } from "../../billing/attention/reasons";
import { newId } from "../../ids";
import { acknowledgeItem } from "./acknowledge";
import { QUEUE_NAMES, queueNamed } from "./kinds";
import { countQueues, isAnythingWaiting, listNewest, listQueue } from "./list";

const shop = openShop({ max: 10 });
const { place, confirm } = buyingAt(shop);
const log = { info: () => {}, warn: () => {}, error: () => {} };

const counts = async () =>
  Object.fromEntries((await countQueues(shop.db)).map(({ queue, count }) => [queue, count]));
const NOTHING = Object.fromEntries(QUEUE_NAMES.map((name) => [name, 0]));

it("says that nothing waits while everything is well, whatever was bought, paid and asked for", async () => {
  const buyer = await shop.makeBuyer();
  await confirm(buyer, await place(buyer, "usd100"));
  await place(buyer, "usd100"); // Left as it is.
  expect(await counts()).toEqual(NOTHING);
  expect(isAnythingWaiting(await countQueues(shop.db))).toBe(false);
  expect(await listNewest(shop.db, 10)).toEqual([]);
});

it("has every order that is parked, payment that is stuck and refund nobody heard of, and none that is on its way", async () => {
  const { owner } = shop;
  const buyer = await shop.makeBuyer();
  const [parked, stuck, young, waits] = [
    await place(buyer, "usd100"),
    await place(buyer, "usd100"),
    await place(buyer, "usd100"),
    await place(buyer, "usd100"),
  ];
  const paid = await place(buyer, "usd100");
  await confirm(buyer, paid);
  await owner`update orders set parked_reason = 'another amount' where id = ${parked}`;
  await owner`update orders set status = 'processing', updated_at = now() - interval '16 minutes' where id = ${stuck}`;
  await owner`update orders set status = 'processing', updated_at = now() - interval '14 minutes' where id = ${young}`;
  await owner`update orders set status = 'requires_action', updated_at = now() - interval '26 hours' where id = ${waits}`;
  await owner`insert into order_refunds (account_id, id, order_id, amount_cents, status, idempotency_key, requested_as, requested_by, why, created_at, updated_at)
    values (${buyer.accountId}, ${newId()}, ${paid}, 100, 'requested', 'key', 'operator', ${buyer.userId}, 'why', now() - interval '1 hour', now())`;
  expect(await counts()).toEqual({ ...NOTHING, orders: 1, payments: 3 });
  const { items } = await listQueue(shop.db, "orders");
  expect(items).toMatchObject([
    {
      id: parked,
      accountId: buyer.accountId,
      accountName: expect.stringContaining("Account of"),
      subject: expect.stringMatching(/^CR-/),
      why: "another amount",
    },
  ]);
  const payments = await listQueue(shop.db, "payments");
  expect(payments.items.map(({ why }) => why)).toEqual(["processing", "requested", "requires_action"]);
  await owner`update orders set parked_reason = null, status = 'pending' where account_id = ${buyer.accountId} and paid_at is null`;
  await owner`update order_refunds set status = 'failed' where account_id = ${buyer.accountId}`;
});

it("has disputes by when evidence is due, and none that the bank decides or that only asks no more", async () => {
  const buyer = await shop.makeBuyer();
  const orderId = await place(buyer, "usd100");
  await confirm(buyer, orderId);
  const dispute = (id: string, status: string, days: number | null) =>
    shop.owner`insert into order_disputes (account_id, id, order_id, amount_cents, currency, status, reason, evidence_due_at, created_at, updated_at)
      values (${buyer.accountId}, ${id}, ${orderId}, 10000, 'usd', ${status}, 'fraudulent', now() + ${days} * interval '1 day', now(), now())`;
  await dispute("dp_later", "needs_response", 9);
  await dispute("dp_first", "warning_needs_response", 2);
  await dispute("dp_at_the_bank", "under_review", 1);
  await dispute("dp_won", "won", 1);
  await shop.owner`insert into invoices (account_id, id, status, total_cents, due_cents, paid_cents, currency, attempts, created_at)
    values (${buyer.accountId}, 'in_1', 'paid', 29900, 29900, 29900, 'usd', 1, now())`;
  await shop.owner`insert into invoice_disputes (account_id, id, invoice_id, amount_cents, currency, status, reason, evidence_due_at, created_at, updated_at)
    values (${buyer.accountId}, 'dp_of_a_plan', 'in_1', 29900, 'usd', 'needs_response', 'fraudulent', now() + interval '20 days', now(), now())`;
  const [count] = (await countQueues(shop.db)).filter(({ queue }) => queue === "disputes");
  expect(count?.count).toBe(3);
  const first = await listQueue(shop.db, "disputes", { most: 1 });
  expect(first.items).toMatchObject([
    {
      id: "dp_first",
      why: "fraudulent",
      details: { order: orderId, cents: "10000" },
      dueAt: count?.dueFirst,
    },
  ]);
  const second = await listQueue(shop.db, "disputes", { most: 1, after: first.next });
  expect(second.items).toMatchObject([{ id: "dp_later" }]);
  const third = await listQueue(shop.db, "disputes", { most: 1, after: second.next });
  expect(third).toMatchObject({ items: [{ id: "dp_of_a_plan", details: { invoice: "in_1" } }], next: null });
  await shop.owner`update order_disputes set status = 'won'`;
  await shop.owner`update invoice_disputes set status = 'won'`;
});

it("has events and mails that are parked, jobs that were given up, kinds of job that fail, drift, and what needs attention", async () => {
  const { owner } = shop;
  const { userId, accountId } = await shop.makeBuyer();
  await owner`insert into stripe_events (id, type, payload, created_at, parked_reason, tries)
    values ('evt_parked', 'invoice.paid', '{}', now(), '20 tries: no', 20), ('evt_due', 'invoice.paid', '{}', now(), null, 0)`;
  for (const [key, attempts] of [
    ["mail:1", 1],
    ["mail:2", 0],
  ] as const) {
    await owner`select graphile_worker.add_job('send_mail', '{}'::json, job_key := ${key}, max_attempts := 1)`;
    await owner`update graphile_worker._private_jobs set attempts = ${attempts}, last_error = 'it broke' where key = ${key}`;
  }
  await owner`insert into worker_tasks (task, failed_at, failures) values ('reconcile', now(), 3), ('sweep_mail', now(), 2)`;
  await owner`insert into person_mails (user_id, id, effect, recipient, to_address, kind, facts, state, due_at, ended_at, reason)
    values (${userId}, ${newId()}, 'e', ${userId}, 'ada@example.com', 'new_browser', '{}', 'parked', now(), now(), 'refused')`;
  await owner`insert into reconciled_days (day, finished_at, drift, result) values ('2026-01-01', now(), 2, '{}'), ('2026-01-02', now(), 0, '{}')`;
  await owner`insert into reconciliations (id, kind, started_at, finished_at, drift, result)
    values (${newId()}, 'books_full', now(), now() - interval '1 day' + interval '1 day', 0, '{}'), (${newId()}, 'books_moved', now(), now(), 1, '{}')`;
  await transact(shop.db, (tx) =>
    openAttention(tx, {
      accountId,
      object: "customer",
      id: "cus_1",
      reason: "object_not_found",
      details: { card: "none" },
      now: new Date(),
      log,
    }),
  );
  expect(await counts()).toEqual({ ...NOTHING, events: 1, jobs: 2, mails: 1, drift: 2, attention: 1 });
  expect((await listQueue(shop.db, "jobs")).items.map(({ subject, why }) => [subject, why]).sort()).toEqual([
    ["reconcile", "3 times in a row"],
    ["send_mail", "it broke"],
  ]);
  expect((await listQueue(shop.db, "attention")).items).toMatchObject([
    {
      accountId,
      subject: "customer cus_1",
      details: { card: "none" },
      sentences: ATTENTION_REASONS.object_not_found,
    },
  ]);
  expect((await listQueue(shop.db, "drift")).items.map(({ subject }) => subject).sort()).toEqual([
    "2026-01-01 with Stripe",
    "the books with their entries",
  ]);
  const newest = await listNewest(shop.db, 4);
  expect(newest).toHaveLength(4);
  const sinces = newest.map(({ since }) => since.getTime());
  expect(sinces).toEqual(sinces.toSorted((a, b) => b - a));
});

it("lets an operator acknowledge an item, with who and why, and refuses one that is right again or not there", async () => {
  const { userId, accountId } = await shop.makeBuyer();
  const item = { accountId, object: "customer", id: "cus_2", reason: "object_not_found" } as const;
  const now = new Date();
  await transact(shop.db, (tx) => openAttention(tx, { ...item, now, log }));
  const isIt = ({ subject }: { subject: string }) => subject === "customer cus_2";
  const found = (await listQueue(shop.db, "attention")).items.find(isIt);
  const by = { operatorId: userId, reason: "they know" };
  expect(await acknowledgeItem(shop.db, found?.id ?? "", by)).toEqual({ ok: true });
  expect((await listQueue(shop.db, "attention")).items.filter(isIt)).toEqual([]);
  const acts = () => shop.db.select().from(operatorActs);
  expect(await acts()).toMatchObject([
    {
      operatorId: userId,
      kind: "acknowledge_attention",
      accountId,
      reason: "they know",
      subject: expect.stringMatching(/^attn_/),
    },
  ]);
  await transact(shop.db, (tx) => resolveAttention(tx, { ...item, now, log }));
  const refused = { ok: false, error: { code: "item_not_found" } };
  expect(await acknowledgeItem(shop.db, found?.id ?? "", by)).toEqual(refused);
  expect(await acknowledgeItem(shop.db, newId(), by)).toEqual(refused);
  expect(await acts()).toHaveLength(1);
});

it("has what waits for a second operator, until it has ended or its time is over", async () => {
  const wait = (expires: string, ended: string | null) =>
    shop.owner`insert into waiting_acts (id, kind, request, basis, lines, reason, asked_by, asked_at, expires_at, ended_as, ended_at, ended_by)
      values (${newId()}, 'grant', '{}', '', '[]', 'goodwill', ${newId()}, now() - interval '2 days', ${expires}, ${ended}, ${ended && new Date()}, ${ended && newId()})`;
  await wait("2999-01-01Z", null);
  await wait(new Date().toISOString(), null);
  await wait("2999-01-01Z", "refused");
  expect(await listQueue(shop.db, "approvals")).toMatchObject({
    items: [{ subject: "grant", why: "goodwill" }],
  });
  expect((await listQueue(shop.db, "approvals")).items).toHaveLength(1);
});

it("turns pages of a queue, each item once, however many came in at one instant", async () => {
  const ids = Array.from({ length: 7 }, (_, index) => `evt_page_${index}`);
  for (const id of ids)
    await shop.owner`insert into stripe_events (id, type, payload, created_at, received_at, parked_reason)
      values (${id}, 'x', '{}', now(), '2020-01-01Z', 'no')`;
  const seen: string[] = [];
  let after = null as Awaited<ReturnType<typeof listQueue>>["next"];
  do {
    const page = await listQueue(shop.db, "events", { after, most: 3 });
    expect(page.items.length).toBeLessThanOrEqual(3);
    seen.push(...page.items.map(({ id }) => id));
    after = page.next;
  } while (after);
  expect(seen.filter((id) => id.startsWith("evt_page")).toSorted()).toEqual(ids);
  expect(new Set(seen).size).toBe(seen.length);
});

it("knows its queues by name and no others", () => {
  expect(queueNamed("disputes")).toBe("disputes");
  for (const name of ["", "constructor", "__proto__", "Disputes"]) expect(queueNamed(name)).toBeNull();
});
