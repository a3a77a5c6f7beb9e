import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Browser, BrowserContext } from "@playwright/test";
import { sql } from "drizzle-orm";
import Stripe from "stripe";
import { connect, type Database } from "../../db/client";
import { findDrift } from "../../lib/ledger/reconcile";
import { WEBHOOK_EVENTS } from "../../lib/stripe/webhook";
import { makeCustomer } from "../e2e/customers";
import { BROWSER_ZONE, enter } from "../e2e/session";
import { findStrangers } from "../testing/strangers";
import { FlowClock } from "./clock";
import { EventPoller } from "./events";
import type { Flow, HostedPages, Person, ProductState, Scene, SceneEvents, Wanted } from "./flow";
import { operatorClient } from "./operator";
import { type RecordingProxy, startProxy } from "./proxy";
import type { Application, Stack } from "./stack";
import { readState } from "./state";
import type { Entry } from "./transcript";
import { findUnsettled } from "./unsettled";
import { lacking, show } from "./wanted";

/** Stripe tells of some things seconds later, the simulator after one at most. */
const QUIET_MS = { stripe: 6_000, simulator: 1_700 } as const;
const POLL_MS = { stripe: 1_000, simulator: 300 } as const;
const SETTLED_WITHIN_MS = 120_000;
const STATE_WITHIN_MS = 60_000;
/** Events may bear a time that is a little off ours. */
const AROUND_S = 180;

export type SceneOptions = {
  readonly stack: Stack;
  readonly flow: Flow;
  readonly hosted: HostedPages;
  readonly browser: Browser;
  readonly runId: string;
};

export type OpenScene = {
  readonly scene: Scene;
  readonly startSeconds: number;
  readonly entries: readonly Entry[];
  /** What must be true after any flow, and is not: one sentence each. */
  findFaults(): Promise<readonly string[]>;
  close(): Promise<void>;
};

/** Starts all that one flow has for itself. Whatever was started before it failed is closed again. */
export async function openScene(options: SceneOptions): Promise<OpenScene> {
  const closing: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const each of closing.splice(0).reverse()) await each().catch((error) => console.error(error));
  };
  try {
    return await open(options, (step) => closing.push(step), close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  { stack, flow, hosted, browser, runId }: SceneOptions,
  onClose: (step: () => Promise<unknown>) => void,
  close: () => Promise<void>,
): Promise<OpenScene> {
  const entries: Entry[] = [];
  const proxy = await startProxy({
    ...stack,
    mark: runId,
    onExchange: (exchange) => entries.push({ kind: "exchange", exchange }),
  });
  onClose(() => proxy.stop());
  const application = await stack.open(flow.name, proxy.url);
  onClose(() => application.stop());
  const db = connect(application.appDatabaseUrl, { max: 3, applicationName: "rehearsal" });
  onClose(() => db.pool.end({ timeout: 5 }));
  const operator = operatorClient(proxy.url, stack.secretKey);
  const clockName = flow.onClock ? `refill_rehearsal ${runId} ${flow.name}` : null;
  const clock = await FlowClock.start(operator, application.clock, clockName);
  onClose(() => clock.remove());
  proxy.clock = clock.testClock;
  const startSeconds = Math.floor(Date.now() / 1_000);
  const poller = startPoller({ stack, proxy, clock, application, entries });
  await poller.start();
  onClose(() => poller.stop());
  const person = await signUp({ stack, application, db, operator, browser, onClose });
  const parts = { stack, flow, hosted, operator, clock, poller, person, db, entries, proxy };
  return {
    scene: makeScene(parts),
    startSeconds,
    entries,
    findFaults: async () => [...proxy.strangers, ...(await findFaults(db))],
    close,
  };
}

type PollerParts = {
  stack: Stack;
  proxy: RecordingProxy;
  clock: FlowClock;
  application: Application;
  entries: Entry[];
};

/** It asks Stripe past the proxy, with a client of its own. */
function startPoller({ stack, proxy, clock, application, entries }: PollerParts): EventPoller {
  const { protocol, hostname: host, port } = new URL(stack.upstream);
  const scheme = protocol === "https:" ? "https" : "http";
  const stripe = new Stripe(stack.secretKey, {
    host,
    port: port || 443,
    protocol: scheme,
    telemetry: false,
    maxNetworkRetries: 5,
  });
  return new EventPoller({
    stripe,
    webhook: { url: `${application.web.url}/api/stripe/webhook`, secret: stack.webhookSecret },
    delivered: WEBHOOK_EVENTS,
    belongings: proxy.belongings,
    spans: () => {
      const now = Date.now() / 1_000;
      return [{ from: now - AROUND_S, to: now + AROUND_S }, ...clock.spans()];
    },
    onEvent: (event, delivered) => entries.push({ kind: "event", event, delivered }),
    intervalMs: POLL_MS[stack.target],
  });
}

type SignUp = {
  stack: Stack;
  application: Application;
  db: Database;
  operator: Stripe;
  browser: Browser;
  onClose: (step: () => Promise<unknown>) => void;
};

/** One customer, signed in, of whom Stripe knows nothing. */
async function signUp({ stack, application, db, operator, browser, onClose }: SignUp): Promise<Person> {
  const customer = await makeCustomer(db, operator, { plan: "free", cards: [], day: 1 });
  const context: BrowserContext = await browser.newContext({
    baseURL: application.web.url,
    locale: "en-US",
    timezoneId: BROWSER_ZONE,
    viewport: { width: 1360, height: 900 },
  });
  onClose(() => context.close());
  context.setDefaultTimeout(stack.target === "stripe" ? 45_000 : 15_000);
  await enter(
    context,
    {
      url: application.web.url,
      appDatabaseUrl: application.appDatabaseUrl,
      authSecret: stack.authSecret,
      simulatorUrl: stack.upstream,
      inboxUrl: "",
      ownerUrl: "",
      webhookSecret: stack.webhookSecret,
      browser: "",
      checked: false,
    },
    customer,
  );
  const { email, userId, accountId, spend } = customer;
  return { page: await context.newPage(), email, userId, accountId, spend };
}

type Parts = Pick<SceneOptions, "stack" | "flow" | "hosted"> & {
  operator: Stripe;
  clock: FlowClock;
  poller: EventPoller;
  person: Person;
  db: Database;
  entries: Entry[];
  proxy: RecordingProxy;
};

function makeScene(parts: Parts): Scene {
  const { stack, flow, hosted, operator, clock, poller, person, db, entries, proxy } = parts;
  const settled = () => untilSettled(db, poller, QUIET_MS[stack.target]);
  const state = () => readState(db, person.accountId, (text) => proxy.belongings.has(text));
  return {
    person,
    hosted,
    operator,
    clock: { now: () => clock.now(), advance: (by) => clock.advance(poller, by) },
    events: sceneEvents(poller, settled),
    customerId: () => customerOf(db, person.accountId),
    async step(name, work) {
      entries.push({ kind: "step", name });
      await work();
      await settled();
      const now = await state();
      entries.push({ kind: "state", state: now, at: await clock.now() });
      return now;
    },
    state,
    expectState: (wanted) => untilState(state, wanted),
    expect(what, seen, wanted) {
      if (!isDeepStrictEqual(seen, wanted))
        throw new Error(`${what}: ${show(seen)} instead of ${show(wanted)}`);
    },
    note(question, answer) {
      if (!flow.answers?.includes(question))
        throw new Error(`${question} is not among the flow's own questions (answers)`);
      entries.push({ kind: "answer", question, answer });
    },
  };
}

const sceneEvents = (poller: EventPoller, settled: () => Promise<void>): SceneEvents => ({
  settled,
  holdBack: (...types) => poller.holdBack(types),
  async release() {
    poller.release();
    await settled();
  },
  double: (type) => poller.double(type),
  lose: (type) => poller.lose(type),
  types: () => poller.all().map((event) => event.type),
  async find(type) {
    for (const deadline = performance.now() + STATE_WITHIN_MS; ; await sleep(200)) {
      const found = poller.all().findLast((event) => event.type === type);
      if (found) return found;
      if (performance.now() > deadline) throw new Error(`Stripe told of no ${type}`);
    }
  },
});

/** Stripe has told of everything for a while, and the application has done all of it. */
async function untilSettled(db: Database, poller: EventPoller, quietMs: number): Promise<void> {
  const deadline = performance.now() + SETTLED_WITHIN_MS;
  const begun = poller.roundsMade();
  for (;;) {
    const unsettled = await findUnsettled(db);
    const wholeRound = poller.roundsMade() > begun + 1;
    if (unsettled.length === 0 && wholeRound && poller.quietMs() >= quietMs) return;
    if (performance.now() > deadline)
      throw new Error(`It came to no rest: ${unsettled.join(", ") || "there are always new events"}`);
    await sleep(200);
  }
}

async function untilState(state: () => Promise<ProductState>, wanted: Wanted<ProductState>): Promise<void> {
  for (const deadline = performance.now() + STATE_WITHIN_MS; ; await sleep(500)) {
    const missing = lacking(await state(), wanted);
    if (missing.length === 0) return;
    if (performance.now() > deadline) throw new Error(`The product says otherwise: ${missing.join("; ")}`);
  }
}

async function customerOf(db: Database, accountId: string): Promise<string> {
  const [row] = await db.execute<{ id: string | null }>(
    sql`select stripe_customer_id as id from accounts where id = ${accountId}`,
  );
  if (!row?.id) throw new Error("the application made no customer at Stripe yet");
  return row.id;
}

/** The books balance, and no event was left to an operator. */
async function findFaults(db: Database): Promise<string[]> {
  const [drift, strangers, parked] = await Promise.all([
    findDrift(db),
    findStrangers(db),
    db.execute<{ what: string }>(sql`
      select 'event ' || id || ' (' || type || ') was parked: ' || parked_reason as what from stripe_events
      where parked_reason is not null`),
  ]);
  return [
    ...drift.map((each) => `the ledger drifted: ${show(each)}`),
    ...strangers.map(({ what, id }) => `${what}: ${id}`),
    ...parked.map(({ what }) => what),
  ];
}
