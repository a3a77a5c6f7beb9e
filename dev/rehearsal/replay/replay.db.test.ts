import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Stripe from "stripe";
import { afterEach, expect, it } from "vitest";
import { memberships, users } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { createCycleOpener } from "../../../lib/billing/allowances/cycles/opener";
import type { BillingDeps } from "../../../lib/billing/deps";
import { openAccount } from "../../../lib/billing/open-account";
import { syncSubscription } from "../../../lib/billing/subscriptions/sync";
import { planIdOf } from "../../../lib/catalog/plans";
import { newId } from "../../../lib/ids";
import { tryEvent } from "../../../lib/jobs/events";
import { createStripeGateway } from "../../../lib/stripe/gateway";
import { createStripePlanGateway } from "../../../lib/stripe/plan-gateway";
import { receiveWebhook } from "../../../lib/stripe/webhook";
import { openTestDatabase } from "../../testing/database";
import { Aliases } from "../alias";
import { readState } from "../state";
import type { Told, Transcript } from "../transcript";
import { lacking } from "../wanted";
import { Bindings } from "./bindings";
import { type Buyer, DEEDS } from "./deeds";
import { type ReplayServer, startReplayServer } from "./server";

// What Stripe (or the simulator) did is played to today's product, with neither of them there.
const FOLDER = fileURLToPath(new URL("../recordings", import.meta.url));
const RECORDINGS = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
const SECRET = "whsec_replay";
const SILENT = { info: () => {}, warn: () => {}, error: () => {} };
const CYCLE_BEGAN_MS = 4 * 3_600_000;
const CYCLE_MS = 30 * 86_400_000;

const test = openTestDatabase({ clock: true });
let server: ReplayServer | null = null;
afterEach(async () => {
  await server?.stop();
  await test.rehearsal?.setOffset(0);
});

const read = (name: string) => JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as Transcript;

it("is of something", () => expect(RECORDINGS.length).toBeGreaterThan(0));

it.each(RECORDINGS)("plays %s to where it led", async (name) => {
  expect(await play(read(name))).toEqual([]);
});

it.each(RECORDINGS)("notices in %s where Stripe says that a plan is not paid", async (name) => {
  const { steps, ...transcript } = read(name);
  const unpaid = <T>(said: T): T =>
    JSON.parse(JSON.stringify(said).replaceAll('"status":"active"', '"status":"past_due"')) as T;
  const told = steps.map((step) => ({
    ...step,
    requests: unpaid(step.requests),
    events: unpaid(step.events),
  }));
  const otherwise = await play({ ...transcript, steps: told });
  expect(otherwise.join()).toMatch(/subscribe: plan\.status is "past_due"/);
});

/** Plays a recording step by step; what came otherwise than it was, one text each. Ends at the first step with any. */
async function play(transcript: Transcript): Promise<string[]> {
  const deeds = DEEDS[transcript.flow];
  if (!deeds) throw new Error(`deeds.ts does not say what the person did in ${transcript.flow}`);
  const bindings = new Bindings(randomBytes(6).toString("hex"));
  server = await startReplayServer(transcript, bindings);
  const deps = depsAt(server.port);
  let time = startOf(transcript);
  await goTo(time);
  const buyer = await openBuyer(time);
  for (const [at, step] of transcript.steps.entries()) {
    server.goTo(at, "first");
    await deeds[step.name]?.before?.(deps, buyer);
    server.goTo(at, "last");
    await deeds[step.name]?.after?.(deps, buyer);
    if (typeof step.at === "number") time = step.at;
    await goTo(time);
    for (const [number, told] of step.events.entries())
      if (told.delivered) await deliver(deps, eventOf(told, bindings, `${newId()}_${number}`, transcript));
    const otherwise = step.state === null ? [] : lacking(await stateOf(buyer), step.state);
    const wrong = [...server.faults, ...otherwise];
    if (wrong.length > 0) return wrong.map((each) => `${step.name}: ${each}`);
  }
  return server.left().map((each) => `nobody asked again: ${each}`);
}

/** The flow's start, by the application's time: that of the first event. */
function startOf({ steps }: Transcript): number {
  const first = steps.flatMap(({ events }) => events)[0];
  if (typeof first?.created !== "number") throw new Error("a recording keeps its times");
  return first.created;
}

const goTo = (seconds: number) => test.rehearsal?.setOffset(seconds * 1_000 - Date.now());

function depsAt(port: number): BillingDeps {
  const stripe = new Stripe("sk_test_replay", {
    host: "127.0.0.1",
    port,
    protocol: "http",
    telemetry: false,
    maxNetworkRetries: 0,
  });
  return {
    db: test.db,
    openRunningCycle: createCycleOpener(test.db, SILENT),
    syncSubscription,
    gateway: createStripeGateway(stripe),
    plans: createStripePlanGateway(stripe),
    log: SILENT,
    appUrl: "http://localhost:3190",
  };
}

/** As each flow's customer is: on Free, for four hours. */
async function openBuyer(seconds: number): Promise<Buyer> {
  const userId = newId();
  const start = new Date(seconds * 1_000 - CYCLE_BEGAN_MS);
  const period = { start, end: new Date(start.getTime() + CYCLE_MS) };
  const accountId = await transact(test.db, async (tx) => {
    const email = `${userId}@example.com`;
    const id = await openAccount(tx, {
      name: `Account of ${email}`,
      plan: planIdOf("free"),
      cycleAnchor: start,
      period,
    });
    await tx.insert(users).values({ id: userId, email, name: "Tess Tester" });
    await tx.insert(memberships).values({ accountId: id, userId, role: "owner" });
    return id;
  });
  return { accountId, userId };
}

const eventOf = (told: Told, bindings: Bindings, number: string, { apiVersion }: Transcript) => ({
  id: `evt_replayed_${number}`,
  object: "event",
  api_version: apiVersion,
  created: told.created,
  livemode: false,
  type: told.type,
  data: { object: bindings.restore(told.object) },
});

async function deliver(deps: BillingDeps, event: { readonly id: string }): Promise<void> {
  const body = JSON.stringify(event);
  const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: SECRET });
  const received = await receiveWebhook(deps, { secrets: [SECRET], live: false }, { body, signature });
  if (!received.ok || received.value.parked) throw new Error(`${event.id} was not taken`);
  await tryEvent(deps, event.id);
}

const stateOf = async ({ accountId }: Buyer) =>
  new Aliases(0, "kept").clean(await readState(test.db, accountId, () => true));
