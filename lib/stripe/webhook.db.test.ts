import { eq } from "drizzle-orm";
import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { stripeEvents } from "../../db/schema";
import { openTestDatabase } from "../../dev/testing/database";
import { newId } from "../ids";
import { receiveWebhook } from "./webhook";

const test = openTestDatabase();
const secret = "whsec_test";
const log = { info: () => {}, warn: () => {}, error: () => {} };
const settings = { secrets: [secret], live: false };

const eventBody = (change: object = {}) =>
  JSON.stringify({
    id: `evt_${newId()}`,
    object: "event",
    type: "payment_intent.succeeded",
    api_version: "2026-10-28.endive",
    livemode: false,
    created: 1_790_000_000,
    data: { object: { id: "pi_1", object: "payment_intent" } },
    ...change,
  });

const sign = (payload: string, { at = Date.now() / 1000, key = secret } = {}) =>
  Stripe.webhooks.generateTestHeaderString({ payload, secret: key, timestamp: Math.floor(at) });

const storedCount = async () => (await test.db.select().from(stripeEvents)).length;
const jobsFor = (eventId: string) =>
  test.owner`select 1 from graphile_worker.jobs where key = ${`event:${eventId}`}`;

describe("a delivery of Stripe's (I7, I16)", () => {
  it("is stored once with its job, whatever arrives twice or at the same time", async () => {
    const body = eventBody();
    const { id } = JSON.parse(body) as { id: string };
    const deliveries = await Promise.all(
      Array.from({ length: 8 }, () =>
        receiveWebhook({ db: test.db, log }, settings, { body, signature: sign(body) }),
      ),
    );
    expect(deliveries.every((each) => each.ok)).toBe(true);
    expect(deliveries.filter((each) => each.ok && !each.value.known)).toHaveLength(1);
    expect(await test.db.select().from(stripeEvents).where(eq(stripeEvents.id, id))).toHaveLength(1);
    expect(await jobsFor(id)).toHaveLength(1);
  });

  const now = Date.now() / 1000;
  const body = eventBody();
  it.each<[string, string, string | null]>([
    ["unsigned", body, null],
    ["signed with another secret", body, sign(body, { key: "whsec_other" })],
    ["signed for another body", body, sign(eventBody())],
    ["re-encoded", JSON.stringify(JSON.parse(body), null, 2), sign(body)],
    ["replayed after six minutes", body, sign(body, { at: now - 360 })],
    ["dated six minutes ahead", body, sign(body, { at: now + 360 })],
    ["with a signature that is not one", body, "t=abc,v1=00"],
    ["not JSON and not signed", "not json", sign("{}")],
    ["that is empty", "", sign("")],
  ])("%s is refused and leaves nothing behind", async (_, sent, signature) => {
    const before = await storedCount();
    expect(await receiveWebhook({ db: test.db, log }, settings, { body: sent, signature })).toEqual({
      ok: false,
      error: { code: "not_signed_by_stripe" },
    });
    expect(await storedCount()).toBe(before);
  });

  // Written by hand: JSON.stringify would never make some of them.
  const holding = (value: string) => {
    const plain = eventBody({ data: { object: { id: "pi_1", object: "payment_intent", name: "HERE" } } });
    return plain.replace('"HERE"', () => value);
  };
  const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  it.each<[string, string]>([
    ["a null byte", holding('"a\\u0000b"')],
    ["half a character", holding('"\\ud800"')],
    ["lists in lists without an end", holding(nested(50_000))],
    ["a null byte for its version", eventBody({ api_version: "a\u0000" })],
    ["a null byte in its id", eventBody({ id: "evt_a\u0000" })],
    ["an id longer than any index takes", eventBody({ id: `evt_${"x".repeat(20_000)}` })],
    ["an instant that is none", eventBody({ created: 1e300 })],
    ["no instant", eventBody({ created: "soon" })],
    ["no JSON", "not json"],
    ["no event", "{}"],
    ["null", "null"],
  ])("signed and with %s is acknowledged, kept to the byte, and parked for an operator", async (_, odd) => {
    const before = await storedCount();
    const deliver = () => receiveWebhook({ db: test.db, log }, settings, { body: odd, signature: sign(odd) });
    const received = await deliver();
    if (!received.ok) throw new Error(received.error.code);
    const { eventId } = received.value;
    expect(received.value).toMatchObject({ known: false, parked: expect.any(String) });
    expect(await deliver()).toMatchObject({ ok: true, value: { eventId, known: true } });
    expect(await storedCount()).toBe(before + 1);
    const [row] = await test.db.select().from(stripeEvents).where(eq(stripeEvents.id, eventId));
    expect(row).toMatchObject({ payload: null, handledAt: null, parkedReason: received.value.parked });
    expect(row?.body?.toString("utf8")).toBe(odd);
    expect(eventId).toMatch(/^evt_[\w-]+$/);
    expect(await jobsFor(eventId)).toEqual([]);
  });

  it("with a number no double holds is stored as it was read, and handled", async () => {
    const huge = holding("1e400");
    const received = await receiveWebhook({ db: test.db, log }, settings, {
      body: huge,
      signature: sign(huge),
    });
    expect(received).toMatchObject({ ok: true, value: { known: false, parked: null } });
  });

  it("is taken whichever of two secrets signed it, and no third", async () => {
    const both = { secrets: ["whsec_new", "whsec_old"], live: false };
    for (const key of ["whsec_new", "whsec_old"]) {
      const body = eventBody();
      const received = await receiveWebhook({ db: test.db, log }, both, {
        body,
        signature: sign(body, { key }),
      });
      expect(received).toMatchObject({ ok: true, value: { known: false } });
    }
    const body = eventBody();
    const third = await receiveWebhook({ db: test.db, log }, both, {
      body,
      signature: sign(body, { key: "whsec_third" }),
    });
    expect(third.ok).toBe(false);
  });

  it.each(["2026-11-18.endive", "2026-09-30.endive"])(
    "of version %s is read like our own",
    async (version) => {
      const body = eventBody({ api_version: version });
      const received = await receiveWebhook({ db: test.db, log }, settings, { body, signature: sign(body) });
      expect(received).toMatchObject({ ok: true, value: { parked: null } });
    },
  );

  it.each(["2025-09-30.clover", "2024-06-20", "2026-10-28.endivee", null, 7])(
    "of version %s is kept whole, parked with what to do, and read when an operator says so",
    async (version) => {
      const body = eventBody({ api_version: version });
      const received = await receiveWebhook({ db: test.db, log }, settings, { body, signature: sign(body) });
      expect(received).toMatchObject({
        ok: true,
        value: { parked: expect.stringContaining("stripe:setup") },
      });
      const { id } = JSON.parse(body) as { id: string };
      const [row] = await test.db.select().from(stripeEvents).where(eq(stripeEvents.id, id));
      expect(row).toMatchObject({ parkedReason: expect.stringContaining("API version"), payload: null });
      expect(row?.body?.toString("utf8")).toBe(body);
      expect(await jobsFor(id)).toEqual([]);
    },
  );

  it.each([true, false])("of the other mode is refused (live: %s)", async (live) => {
    const other = eventBody({ livemode: !live });
    const received = await receiveWebhook(
      { db: test.db, log },
      { secrets: [secret], live },
      { body: other, signature: sign(other) },
    );
    expect(received).toEqual({ ok: false, error: { code: "wrong_mode" } });
  });
});
