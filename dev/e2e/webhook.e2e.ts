import Stripe from "stripe";
import { expectSecurityEvent } from "./security-events";
import { expect, test, type World } from "./test";

const NOT_SIGNED = "The signature does not match, or is not from these minutes.";

const event = (changes: object = {}) => ({
  id: `evt_made_up_${Math.random().toString(36).slice(2)}`,
  object: "event",
  api_version: Stripe.API_VERSION,
  created: Math.floor(Date.now() / 1000),
  livemode: false,
  pending_webhooks: 1,
  request: { id: null, idempotency_key: null },
  type: "payment_intent.succeeded",
  data: { object: { id: "pi_made_up", object: "payment_intent", status: "succeeded" } },
  ...changes,
});

const minutes = (count: number) => Math.floor(Date.now() / 1000) + count * 60;

async function deliver({ facts }: World, body: string, signature?: string) {
  const headers = { "Content-Type": "application/json", ...(signature && { "Stripe-Signature": signature }) };
  const answer = await fetch(`${facts.url}/api/stripe/webhook`, { method: "POST", headers, body });
  return { status: answer.status, message: ((await answer.json()) as { message: string }).message };
}

const sign = (payload: string, secret: string, timestamp = minutes(0)) =>
  Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });

const countStored = async ({ owner }: World) =>
  Number((await owner`select count(*) from stripe_events where id like 'evt_made_up_%'`)[0]?.count);

test("what Stripe did not sign in these minutes is refused and not stored", async ({ world }) => {
  const secret = world.facts.webhookSecret;
  const body = JSON.stringify(event());
  const forged: [string, string, string | undefined][] = [
    ["unsigned", body, undefined],
    ["signed with another secret", body, sign(body, "whsec_of_somebody_else")],
    ["an empty signature", body, "t=,v1="],
    ["the signature of another body", body, sign(JSON.stringify(event()), secret)],
    ["replayed after ten minutes", body, sign(body, secret, minutes(-10))],
    ["dated ten minutes ahead", body, sign(body, secret, minutes(10))],
    ["the same JSON written otherwise", JSON.stringify(JSON.parse(body), null, 2), sign(body, secret)],
  ];
  for (const [name, sent, signature] of forged) {
    expect(await deliver(world, sent, signature), name).toEqual({ status: 400, message: NOT_SIGNED });
  }
  expect(await countStored(world)).toBe(0);
  await expectSecurityEvent(world, "webhook_forged");
});

test("a live event in test mode is refused and not stored", async ({ world }) => {
  const body = JSON.stringify(event({ livemode: true }));
  const answer = await deliver(world, body, sign(body, world.facts.webhookSecret));
  expect(answer).toEqual({ status: 400, message: "Test and live mode do not mix." });
  expect(await countStored(world)).toBe(0);
});

test("a body larger than any event is refused unread", async ({ world }) => {
  const body = JSON.stringify(event({ padding: "x".repeat(600_000) }));
  const answer = await deliver(world, body, sign(body, world.facts.webhookSecret));
  expect(answer).toEqual({ status: 413, message: "The body is larger than any event." });
  expect(await countStored(world)).toBe(0);
});

test("a delivery that came before is acknowledged and changes nothing", async ({ world }) => {
  const { owner } = world;
  // Seeding the demo made some; the first deliveries may still be on their way.
  const stored = () => owner`select id, payload from stripe_events order by received_at limit 1`;
  await expect.poll(async () => (await stored()).length).toBe(1);
  const body = JSON.stringify((await stored())[0]?.payload);
  expect(await deliver(world, body, sign(body, world.facts.webhookSecret))).toEqual({
    status: 200,
    message: "Known.",
  });
});

test("only deliveries are accepted there", async ({ world: { facts } }) => {
  const answer = await fetch(`${facts.url}/api/stripe/webhook`);
  expect(answer.status).toBe(405);
});
