import { eq } from "drizzle-orm";
import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { stripeEvents } from "../../db/schema";
import { openTestDatabase } from "../../dev/testing/database";
import { newId } from "../ids";
import { receiveWebhook } from "./webhook";

const test = openTestDatabase();
const secret = "whsec_test";
const settings = { secret, live: false };

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

describe("a delivery of Stripe's", () => {
  it("is stored once with its job, whatever arrives twice or at the same time", async () => {
    const body = eventBody();
    const { id } = JSON.parse(body) as { id: string };
    const deliveries = await Promise.all(
      Array.from({ length: 8 }, () => receiveWebhook(test.db, settings, { body, signature: sign(body) })),
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
    ["that is not JSON", "not json", sign("not json")],
    ["that is not an event", "{}", sign("{}")],
    ["that is empty", "", sign("")],
  ])("%s is refused and leaves nothing behind", async (_, sent, signature) => {
    const before = await storedCount();
    expect(await receiveWebhook(test.db, settings, { body: sent, signature })).toEqual({
      ok: false,
      error: { code: "not_signed_by_stripe" },
    });
    expect(await storedCount()).toBe(before);
  });

  it.each([true, false])("of the other mode is refused (live: %s)", async (live) => {
    const other = eventBody({ livemode: !live });
    const received = await receiveWebhook(test.db, { secret, live }, { body: other, signature: sign(other) });
    expect(received).toEqual({ ok: false, error: { code: "wrong_mode" } });
  });
});
