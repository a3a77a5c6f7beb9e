import http from "node:http";
import type { AddressInfo } from "node:net";
import Stripe from "stripe";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Belongings } from "./belongings";
import { EventPoller, type PollerOptions } from "./events";

const SECRET = "whsec_poller";
const NOW = Math.floor(Date.now() / 1_000);
const OURS = "cus_000000000001";

let server: http.Server;
let url: string;
let delivered: string[];
let refusals: number;
let stored: Stripe.Event[];
let poller: EventPoller;
let seen: [string, boolean][];

beforeEach(async () => {
  [delivered, refusals, stored, seen] = [[], 0, [], []];
  server = http.createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString("utf8");
    const signature = request.headers["stripe-signature"] ?? "";
    const event = Stripe.webhooks.constructEvent(body, signature, SECRET);
    if (refusals > 0) {
      refusals -= 1;
      response.writeHead(503).end();
      return;
    }
    delivered.push(event.id);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await poller?.stop().catch(() => {});
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** As Stripe lists them: newest first, those of one second in the order they were made last. */
const list = ({ limit = 10, starting_after, created }: Stripe.EventListParams = {}) => {
  const range = created as { gte: number; lte: number };
  const all = stored
    .filter((each) => each.created >= range.gte && each.created <= range.lte)
    .map((each, at) => [each, at] as const)
    .sort(([a, i], [b, j]) => b.created - a.created || j - i)
    .map(([each]) => each);
  const from = starting_after ? all.findIndex(({ id }) => id === starting_after) + 1 : 0;
  const data = all.slice(from, from + Math.min(limit, 3)); // Small pages: more of them.
  return Promise.resolve({ data, has_more: from + data.length < all.length });
};

async function start(options: Partial<PollerOptions> = {}): Promise<void> {
  const belongings = new Belongings();
  belongings.add(OURS);
  poller = new EventPoller({
    stripe: { events: { list } } as unknown as PollerOptions["stripe"],
    webhook: { url, secret: SECRET },
    delivered: ["invoice.paid", "charge.refunded"],
    belongings,
    spans: () => [{ from: NOW - 100, to: NOW + 100 }],
    onEvent: ({ id }, given) => seen.push([id, given]),
    intervalMs: 5,
    retryMs: 5,
    ...options,
  });
  await poller.start();
}

const store = (id: string, more: Partial<{ type: string; created: number; object: object }> = {}) =>
  stored.push({
    id: `evt_${id}`,
    object: "event",
    type: more.type ?? "invoice.paid",
    created: more.created ?? NOW,
    data: { object: more.object ?? { customer: OURS } },
  } as unknown as Stripe.Event);

const untilDelivered = (...ids: string[]) =>
  expect.poll(() => delivered).toEqual(ids.map((id) => `evt_${id}`));

it("delivers what is new over many pages, oldest first and once, and nothing that was there before", async () => {
  store("before");
  await start();
  const ids = Array.from({ length: 11 }, (_, at) => `n${at}`);
  for (const [at, id] of ids.entries()) store(id, { created: NOW + at });
  await untilDelivered(...ids);
  store("late");
  await untilDelivered(...ids, "late");
});

it("finds what appears in the list's middle: events of a test clock bear its time", async () => {
  await start({ spans: () => [{ from: NOW - 100, to: NOW + 5_000_000 }] });
  store("next-month", { created: NOW + 2_700_000 });
  await untilDelivered("next-month");
  store("today", { created: NOW });
  await untilDelivered("next-month", "today");
});

it("asks for every span", async () => {
  const later = NOW + 2_700_000;
  await start({
    spans: () => [
      { from: NOW - 100, to: NOW + 100 },
      { from: later - 100, to: later + 100 },
    ],
  });
  store("between", { created: NOW + 1_000_000 });
  store("later", { created: later });
  await untilDelivered("later");
});

it("tries again until it is taken, in order", async () => {
  await start();
  refusals = 3;
  store("a");
  store("b");
  await untilDelivered("a", "b");
  expect(refusals).toBe(0);
});

it("says so where it is never taken", async () => {
  await start({ giveUpMs: 30 });
  refusals = 1_000_000;
  store("a");
  const trouble = () => {
    try {
      return String(poller.quietMs());
    } catch (error) {
      return String(error);
    }
  };
  await expect.poll(trouble).toMatch(/does not take invoice.paid .*status 503/);
  await expect(poller.stop()).rejects.toThrow("does not take");
});

it("leaves others' events alone, and takes one whose owner is known only later", async () => {
  await start();
  store("others", { object: { customer: "cus_000000000002" } });
  store("dispute", { type: "charge.refunded", object: { charge: "ch_00000000000A" } });
  store("charge", { object: { id: "ch_00000000000A", customer: OURS } });
  await untilDelivered("charge", "dispute");
  expect(seen).toEqual([
    ["evt_charge", true],
    ["evt_dispute", true],
  ]);
});

it("tells of types that no endpoint is sent, and does not deliver them", async () => {
  await start();
  store("quiet", { type: "invoice.created" });
  store("paid");
  await untilDelivered("paid");
  expect(seen).toEqual([
    ["evt_quiet", false],
    ["evt_paid", true],
  ]);
});

it("doubles and loses where it is told to, once", async () => {
  await start();
  poller.double("invoice.paid");
  poller.lose("charge.refunded");
  store("a");
  store("lost", { type: "charge.refunded" });
  store("b");
  store("found", { type: "charge.refunded" });
  await untilDelivered("a", "a", "b", "found");
});

it("holds back until it lets go, the newest first, and nothing while time is moved", async () => {
  await start();
  poller.holdBack(["invoice.paid"]);
  store("a");
  store("b");
  store("other", { type: "charge.refunded" });
  await untilDelivered("other");
  poller.release();
  await untilDelivered("other", "b", "a");
  poller.pause();
  store("moved");
  await expect.poll(() => seen.length).toBe(4);
  expect(delivered).toHaveLength(3);
  expect(poller.quietMs()).toBe(0);
  poller.resume();
  await untilDelivered("other", "b", "a", "moved");
});
