import { setTimeout as sleep } from "node:timers/promises";
import { eq } from "drizzle-orm";
import { stripeEvents } from "../../db/schema";
import { transact } from "../../db/transact";
import { API_SCOPES, createApiKey } from "../../lib/auth/api-keys";
import { toPublicId } from "../../lib/ids";
import { enqueueEvent } from "../../lib/jobs/enqueue";
import { always, type Report } from "../bench/report";
import { type Bench, runBench } from "../bench/run";
import { buildIfStale } from "../build";
import { type Customer, makeCustomer } from "../e2e/customers";
import { factsOf } from "../e2e/facts";
import { cookieOf } from "../e2e/session";
import { visit, type World } from "../e2e/test";
import { freePort } from "../ports";
import { startStack } from "../stack";
import { startWebOverLine, type WebOverLine } from "../testing/web-over-line";
import { answers, askUntil, breakReadingEntries, type Counts } from "./neighbours";

const OVERVIEW = "/settings/billing/overview";
const NEIGHBOURS = 4;
const FAILING = 8;
const BEFORE_MS = 2_000;
const RIGHT_AFTERWARDS = 500;

type Answer = { readonly status: number; readonly text: string; readonly retryAfter: string | null };
type Caller = () => Promise<"right" | "refused">;

/** An account that spent a sum of its own, so that another's figures are known by it. */
type Neighbour = {
  readonly customer: Customer;
  readonly id: string;
  readonly cookie: string;
  readonly left: bigint;
};

const get = async (url: string, headers: Record<string, string>): Promise<Answer> => {
  const response = await fetch(url, { headers, redirect: "manual", signal: AbortSignal.timeout(30_000) });
  return {
    status: response.status,
    text: await response.text(),
    retryAfter: response.headers.get("retry-after"),
  };
};

/** Refused is what comes with 503 and when to come again, where that may be. */
function judge({ status, text, retryAfter }: Answer, isOwn: boolean, what: string, mayRefuse: boolean) {
  if (status === 200 && isOwn) return "right";
  if (mayRefuse && status === 503 && Number(retryAfter) > 0) return "refused";
  throw new Error(`${what}: ${status} ${text.slice(0, 200)}`);
}

const pageOf =
  (url: string, { customer, cookie }: Neighbour, mayRefuse: () => boolean): Caller =>
  async () => {
    const answer = await get(`${url}${OVERVIEW}`, { cookie, accept: "text/html" });
    return judge(answer, answer.text.includes(customer.email), "overview", mayRefuse());
  };

const balanceOf =
  (url: string, { id, left }: Neighbour, key: string, mayRefuse: () => boolean): Caller =>
  async () => {
    const answer = await get(`${url}/api/v1/accounts/${id}/balance`, { authorization: `Bearer ${key}` });
    const isOwn = answer.text.includes(id) && answer.text.includes(`"available":${left}`);
    return judge(answer, isOwn, "balance", mayRefuse());
  };

const failing =
  (url: string, id: string, key: string): Caller =>
  async () => {
    const { status, text } = await get(`${url}/api/v1/accounts/${id}/entries`, {
      authorization: `Bearer ${key}`,
    });
    if (status === 500 && text.includes('"code":"internal"')) return "refused";
    throw new Error(`the failing query: ${status} ${text.slice(0, 200)}`);
  };

async function makeNeighbour(world: World, url: string, spent: bigint): Promise<Neighbour> {
  const customer = await makeCustomer(world.db, world.stripe, { cards: [], spent });
  const { remaining } = await customer.balance();
  const cookie = await cookieOf({ ...world.facts, url }, customer);
  return { customer, id: toPublicId("account", customer.accountId), cookie, left: remaining };
}

type Scene = {
  readonly world: World;
  readonly over: WebOverLine;
  readonly key: string;
  readonly neighbours: readonly Neighbour[];
};

/** One customer's queries fail in the middle of their rows, beside others' pages and API. */
async function besideFailingQueries({ world, over, key, neighbours }: Scene, count: number): Promise<Counts> {
  const { url } = over.web;
  const failingItem = await makeNeighbour(world, url, 1n);
  for (let time = 0; time < 5; time += 1) await failingItem.customer.spend(1n);
  const mend = await breakReadingEntries(world.owner, failingItem.customer.accountId, 4);
  const never = () => false;
  return askUntil(
    ({ right, wrong }) => right + wrong.length >= count,
    [
      ...Array.from({ length: FAILING }, () => failing(url, failingItem.id, key)),
      ...neighbours.flatMap((each) => [
        pageOf(url, each, never),
        ...Array.from({ length: 3 }, () => balanceOf(url, each, key, never)),
      ]),
    ],
  ).finally(mend);
}

/** The database goes away and comes back; a job that is enqueued meanwhile is worked off by the same process. */
async function throughOutage({ world, over, key, neighbours }: Scene, outageMs: number): Promise<Counts> {
  const { url } = over.web;
  let phase: "before" | "away" | "after" = "before";
  const mayRefuse = () => phase !== "before";
  let rightBefore = 0;
  const outage = (async () => {
    await sleep(BEFORE_MS);
    phase = "away";
    over.line.set("down");
    await enqueueOne(world, "evt_during_outage");
    await sleep(outageMs);
    over.line.set("up");
    phase = "after";
  })();
  const counts = await askUntil(
    ({ right }) => phase === "after" && right > rightBefore + RIGHT_AFTERWARDS,
    neighbours.flatMap((each) => {
      const asked = [pageOf(url, each, mayRefuse), balanceOf(url, each, key, mayRefuse)];
      return asked.map((ask) => async () => {
        const answer = await ask();
        if (phase !== "after" && answer === "right") rightBefore += 1;
        if (answer === "refused") await sleep(50);
        return answer;
      });
    }),
  );
  await outage;
  await untilHandled(world, "evt_during_outage");
  return counts;
}

const enqueueOne = ({ db }: World, id: string): Promise<void> =>
  transact(db, async (tx) => {
    const payload = { id, type: "tax_rate.created", data: { object: { id: "x", object: "tax_rate" } } };
    await tx.insert(stripeEvents).values({ id, type: payload.type, payload, createdAt: new Date() });
    await enqueueEvent(tx, id);
  });

async function untilHandled({ db }: World, id: string): Promise<void> {
  for (;;) {
    const [event] = await db.select().from(stripeEvents).where(eq(stripeEvents.id, id));
    if (event?.handledAt) return;
    await sleep(200);
  }
}

async function openWorld(bench: Bench, use: (scene: Scene) => Promise<Report>): Promise<Report> {
  await buildIfStale();
  bench.progress("Starting the stack …");
  const stack = await startStack({
    dataDir: bench.dataDir("load"),
    port: await freePort(),
    simulatorPort: await freePort(),
    durable: false,
    realTime: true,
    variables: { WORKER: "separate", API_REQUESTS_PER_SECOND: "1000000" },
  });
  bench.onEnd(() => stack.stop());
  const over = await startWebOverLine({ ...stack.variables, WORKER: "inline" });
  bench.onEnd(() => over.stop());
  const facts = factsOf(stack);
  let report: Report | null = null;
  await visit(facts, async (world) => {
    const made = await createApiKey(world.db, { name: "load", scopes: API_SCOPES, onlyAccountId: null });
    if (!made.ok) throw new Error(`no key: ${made.error.code}`);
    const neighbours: Neighbour[] = [];
    for (let number = 1; number <= NEIGHBOURS; number += 1)
      neighbours.push(await makeNeighbour(world, over.web.url, BigInt(number * 1_111)));
    report = await use({ world, over, key: made.value.key, neighbours });
  });
  if (!report) throw new Error("nothing was measured");
  return report;
}

await runBench(["answers", "outage-ms"], (bench) =>
  openWorld(bench, async (scene) => {
    const rows: (string | number)[][] = [];
    const wrong: number[] = [];
    const tell = async (name: string, work: Promise<Counts>) => {
      bench.progress(`${name} …`);
      const began = performance.now();
      const counts = await work;
      rows.push([
        name,
        answers(counts),
        counts.right,
        counts.refused,
        counts.wrong.length,
        (performance.now() - began) / 1_000,
      ]);
      wrong.push(counts.wrong.length);
      for (const each of counts.wrong.slice(0, 10)) bench.progress(`wrong: ${each}`);
      if (counts.wrong.length > 0) process.exitCode = 1;
    };
    await tell("beside failing queries", besideFailingQueries(scene, bench.number("answers", 10_000)));
    await tell("through an outage", throughOutage(scene, bench.number("outage-ms", 10_000)));
    const titles = ["", "answers", "right", "refused", "wrong"];
    return {
      bench: "load",
      tables: [
        {
          title: "Answers of the built application",
          columns: [...titles.map((title) => ({ title })), { title: "s", decimals: 1 }],
          rows,
        },
      ],
      goals: [always("wrong answers", wrong, 0, "")],
      figures: { rows },
    };
  }),
);
