import { expect, it } from "vitest";
import { contactRequests, stripeEvents } from "../../db/schema";
import { transact } from "../../db/transact";
import { startInbox } from "../../dev/inbox";
import { makeAccount } from "../../dev/testing/factories";
import { noMail } from "../../dev/testing/mail";
import { openShop } from "../../dev/testing/shop";
import { requestContact } from "../contact/request-contact";
import { newId } from "../ids";
import { createMailer } from "../mail/smtp";
import { enqueueEvent } from "./enqueue";
import { keepWorking, runWorker } from "./worker";

const shop = openShop();
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

it("works off a job as the application's role, and stops when told to", async () => {
  const event = {
    id: "evt_worker",
    type: "tax_rate.created",
    data: { object: { id: "x", object: "tax_rate" } },
  };
  await transact(shop.db, async (tx) => {
    await tx
      .insert(stripeEvents)
      .values({ id: event.id, type: event.type, payload: event, createdAt: new Date() });
    await enqueueEvent(tx, event.id);
    await enqueueEvent(tx, event.id);
  });
  const stop = new AbortController();
  const working = runWorker({ ...shop.deps, ...noMail, log: silent }, shop.appUrl, stop.signal);
  await expect
    .poll(async () => (await shop.db.select().from(stripeEvents))[0]?.handledAt, { timeout: 10_000 })
    .toBeInstanceOf(Date);
  stop.abort();
  await working;
});

it("mails a contact request without anybody waiting for it", async () => {
  const inbox = await startInbox({ smtpPort: 0, httpPort: 0 });
  const from = { name: "Assistant", address: "no-reply@example.com" };
  const mailer = createMailer({ smtpUrl: inbox.smtpUrl, from, log: silent });
  const who = await makeAccount(shop.db, { role: "member" });
  const words = { name: "Ada", company: null, message: "We need 900M credits a month." };
  const asked = await requestContact(shop, { ...who, ...words, requestId: newId() });
  expect(asked.ok).toBe(true);
  const stop = new AbortController();
  const working = runWorker({ ...shop.deps, ...noMail, mailer, log: silent }, shop.appUrl, stop.signal);
  const mailedAt = async () => (await shop.db.select().from(contactRequests))[0]?.mailedAt;
  await expect.poll(mailedAt, { timeout: 10_000 }).toBeInstanceOf(Date);
  stop.abort();
  await working;
  const toSales = inbox.messages().filter(({ envelope }) => envelope.to.includes(noMail.salesEmail));
  expect(toSales).toHaveLength(1);
  expect(toSales[0]).toMatchObject({
    envelope: { to: [noMail.salesEmail] },
    headers: { "reply-to": `Ada <${who.email}>`, subject: "Custom plan: Ada" },
  });
  await inbox.stop();
});

it("forgets an enqueued job together with the transaction that wanted it", async () => {
  const failing = transact(shop.db, async (tx) => {
    await enqueueEvent(tx, "evt_never");
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  expect(await shop.owner`select 1 from graphile_worker.jobs where key = 'event:evt_never'`).toHaveLength(0);
});

it("goes on by itself after the database dropped every connection of it", async () => {
  const stop = new AbortController();
  const working = keepWorking({ ...shop.deps, ...noMail, log: silent }, shop.appUrl, stop.signal);
  const its = shop.owner`from pg_stat_activity
    where datname = current_database() and usename = 'refill_test_app' and application_name <> 'refill'`;
  await expect.poll(() => shop.owner`select pid ${its} and query ilike 'listen %'`).toHaveLength(1);
  await shop.owner`select pg_terminate_backend(pid) ${its}`;
  const event = {
    id: "evt_after",
    type: "tax_rate.created",
    data: { object: { id: "x", object: "tax_rate" } },
  };
  await transact(shop.db, async (tx) => {
    await tx
      .insert(stripeEvents)
      .values({ id: event.id, type: event.type, payload: event, createdAt: new Date() });
    await enqueueEvent(tx, event.id);
  });
  const handledAt = async () =>
    (await shop.db.select().from(stripeEvents)).find(({ id }) => id === event.id)?.handledAt;
  await expect.poll(handledAt, { timeout: 8_000 }).toBeInstanceOf(Date);
  stop.abort();
  await working;
});
