import { confirmOrder } from "../../lib/billing/orders/confirm";
import { placeOrder } from "../../lib/billing/orders/place";
import { newId, toPublicId } from "../../lib/ids";
import { startWeb } from "../web";
import { startDatabaseProxy, type Traffic } from "./database-proxy";
import { atMost, type Goal, percentile, type Report, type Table } from "./report";
import { type Bench, runBench } from "./run";
import { type ScriptBytes, scriptsOf, weigh } from "./scripts";
import { openVisitor, type Visitor } from "./visitor";
import { type MeasuredWeb, startMeasuredWeb } from "./web";

/** The client runtime of the framework alone, gzip, measured when the design was made. */
const FLOOR_KB = 132.7;
/** So much more is for what pages do by themselves: 8 KB. */
const MAX_KB = FLOOR_KB + 8;
const MAX_ROUND_TRIPS_OF_OVERVIEW = 3;
const LOADS = [1, 10] as const;
/** Enough for every pooled connection to have prepared every statement. */
const WARM_UP_VIEWS = 120;
const COUNTED_VIEWS = 20;
/** So long after an answer anything that belongs to it has been sent. */
const SETTLE_MS = 20;

type Page = { readonly name: string; readonly path: string; readonly signedIn: boolean };

type Speed = {
  readonly connections: number;
  readonly firstByteP50Ms: number;
  readonly firstByteP99Ms: number;
  readonly requestsPerSecond: number;
};

type PageFigures = Page & {
  readonly scripts: ScriptBytes;
  readonly speeds: readonly Speed[];
  readonly database: Traffic;
};

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a page was not measured");
  return value;
}

const BILLING = "/settings/billing";

async function listPages({ deps, customer }: MeasuredWeb): Promise<readonly Page[]> {
  const { accountId, userId } = customer;
  const place = async () => {
    const choice = { kind: "bundle", bundleId: "usd500" } as const;
    const placed = await placeOrder(deps, { accountId, userId, requestId: newId(), choice });
    if (!placed.ok) throw new Error(`an order could not be placed: ${placed.error.code}`);
    return placed.value.orderId;
  };
  const orderPath = (id: string) => `${BILLING}/buy-credit/${toPublicId("order", id)}`;
  const paid = await place();
  const confirmed = await confirmOrder(deps, {
    accountId,
    orderId: paid,
    paymentMethodId: null,
    expiryAcknowledged: true,
  });
  if (!confirmed.ok || confirmed.value.status !== "paid") throw new Error("an order could not be paid");
  const pending = await place();
  return [
    { name: "Overview", path: `${BILLING}/overview`, signedIn: true },
    { name: "Usage", path: `${BILLING}/usage`, signedIn: true },
    { name: "Buy Credit", path: `${BILLING}/buy-credit`, signedIn: true },
    { name: "Order, pending", path: orderPath(pending), signedIn: true },
    { name: "Order, paid", path: orderPath(paid), signedIn: true },
    { name: "History", path: `${BILLING}/history`, signedIn: true },
    { name: "Profile", path: "/settings/profile", signedIn: true },
    { name: "Sign-in", path: "/sign-in", signedIn: false },
  ];
}

const visitorOf = ({ url, cookie }: MeasuredWeb, page: Page, connections: number): Visitor =>
  openVisitor(url, { connections, ...(page.signedIn ? { cookie } : {}) });

/** The page as it should be; anything but a 200 would be measured for nothing. */
async function see(visitor: Visitor, { path }: Page) {
  const visit = await visitor.get(path);
  if (visit.status !== 200) throw new Error(`${path} answered ${visit.status}`);
  return visit;
}

async function weighPages(web: MeasuredWeb, pages: readonly Page[]): Promise<ScriptBytes[]> {
  const known = new Map<string, ScriptBytes>();
  const weights: ScriptBytes[] = [];
  for (const page of pages) {
    const visitor = visitorOf(web, page, 1);
    weights.push(await weigh(visitor, scriptsOf((await see(visitor, page)).body), known));
    visitor.close();
  }
  return weights;
}

async function measureSpeeds(
  bench: Bench,
  web: MeasuredWeb,
  page: Page,
  requests: number,
): Promise<readonly Speed[]> {
  bench.progress(`Measuring ${page.name} …`);
  const speeds: Speed[] = [];
  for (const connections of LOADS) {
    const visitor = visitorOf(web, page, connections);
    await load(visitor, page, connections, WARM_UP_VIEWS);
    const started = performance.now();
    const firstBytes = await load(visitor, page, connections, requests);
    const seconds = (performance.now() - started) / 1000;
    visitor.close();
    speeds.push({
      connections,
      firstByteP50Ms: percentile(firstBytes, 50),
      firstByteP99Ms: percentile(firstBytes, 99),
      requestsPerSecond: firstBytes.length / seconds,
    });
  }
  return speeds;
}

/** As many requests, each connection sending its next when it has its answer whole. Milliseconds to each first byte. */
async function load(
  visitor: Visitor,
  page: Page,
  connections: number,
  requests: number,
): Promise<readonly number[]> {
  const firstBytes: number[] = [];
  let left = requests;
  const caller = async () => {
    while (left > 0) {
      left -= 1;
      firstBytes.push((await see(visitor, page)).firstByteMs);
    }
  };
  await Promise.all(Array.from({ length: connections }, caller));
  return firstBytes;
}

/** Starts the application once more with a counter before its database, and looks at one page at a time. */
async function countTraffic(bench: Bench, web: MeasuredWeb, pages: readonly Page[]): Promise<Traffic[]> {
  bench.progress("Counting what each page asks of the database …");
  const { stack } = web;
  await stack.web.stop();
  const proxy = await startDatabaseProxy(stack.appDatabaseUrl);
  bench.onEnd(() => proxy.stop());
  const again = await startWeb(Number(new URL(web.url).port), {
    ...stack.variables,
    DATABASE_URL: proxy.url,
  });
  bench.onEnd(() => again.stop());
  const traffic: Traffic[] = [];
  for (const page of pages) {
    const visitor = visitorOf(web, page, LOADS.at(-1) ?? 1);
    await load(visitor, page, 10, WARM_UP_VIEWS);
    await load(visitor, page, 1, WARM_UP_VIEWS);
    traffic.push(await countViews(proxy.take, () => see(visitor, page)));
    visitor.close();
  }
  return traffic;
}

/** The most of any view; of what goes one after another the least. */
async function countViews(take: () => Traffic, view: () => Promise<unknown>): Promise<Traffic> {
  const views: Traffic[] = [];
  for (let count = 0; count < COUNTED_VIEWS; count += 1) {
    await settle();
    take();
    await view();
    await settle();
    views.push(take());
  }
  const most = (figure: keyof Traffic) => Math.max(...views.map((each) => each[figure]));
  return {
    statements: most("statements"),
    roundTrips: most("roundTrips"),
    // Queries that are sent together may miss each other when the first is answered at once.
    inARow: Math.min(...views.map((each) => each.inARow)),
  };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));

/** Kilobytes of 1,000 bytes, as the floor is given. */
const kb = (bytes: number): number => bytes / 1000;

function report(pages: readonly PageFigures[]): Report {
  return {
    bench: "pages",
    tables: [scriptTable(pages), speedTable(pages), databaseTable(pages)],
    goals: goalsOf(pages),
    figures: { floorKb: FLOOR_KB, pages },
  };
}

function scriptTable(pages: readonly PageFigures[]): Table {
  return {
    title: `JavaScript per page (the framework alone: ${FLOOR_KB} KB)`,
    columns: [
      { title: "page" },
      { title: "files" },
      { title: "gzip as the server sends it, KB", decimals: 1 },
      { title: "above the floor, KB", decimals: 1 },
      { title: "gzip -9, KB", decimals: 1 },
      { title: "plain, KB", decimals: 1 },
    ],
    rows: pages.map(({ name, scripts }) => [
      name,
      scripts.files,
      kb(scripts.sentBytes),
      kb(scripts.sentBytes) - FLOOR_KB,
      kb(scripts.gzip9Bytes),
      kb(scripts.plainBytes),
    ]),
  };
}

function speedTable(pages: readonly PageFigures[]): Table {
  return {
    title: "Time to first byte",
    columns: [
      { title: "page" },
      ...LOADS.flatMap((connections) => [
        { title: `p50 at ${connections}, ms`, decimals: 1 },
        { title: `p99 at ${connections}, ms`, decimals: 1 },
        { title: `requests/s at ${connections}` },
      ]),
    ],
    rows: pages.map(({ name, speeds }) => [
      name,
      ...speeds.flatMap((each) => [each.firstByteP50Ms, each.firstByteP99Ms, each.requestsPerSecond]),
    ]),
  };
}

function databaseTable(pages: readonly PageFigures[]): Table {
  return {
    title: `Database per page view (${COUNTED_VIEWS} views, statements prepared)`,
    columns: [
      { title: "page" },
      { title: "statements" },
      { title: "round trips" },
      { title: "one after another" },
    ],
    rows: pages.map(({ name, database }) => [
      name,
      database.statements,
      database.roundTrips,
      database.inARow,
    ]),
  };
}

function goalsOf(pages: readonly PageFigures[]): Goal[] {
  const billing = pages.filter((each) => each.path.startsWith(BILLING));
  const overview = pages.find((each) => each.name === "Overview");
  return [
    ...billing.map(({ name, scripts }) =>
      atMost(`JavaScript of ${name}`, kb(scripts.sentBytes), MAX_KB, "KB gzip"),
    ),
    atMost(
      "database round trips of Overview",
      overview?.database.roundTrips ?? Number.NaN,
      MAX_ROUND_TRIPS_OF_OVERVIEW,
      "per view",
    ),
  ];
}

await runBench(["requests"], async (bench) => {
  const web = await startMeasuredWeb(bench);
  const pages = await listPages(web);
  const requests = bench.number("requests", 500);
  const weights = await weighPages(web, pages);
  const speeds: (readonly Speed[])[] = [];
  for (const page of pages) speeds.push(await measureSpeeds(bench, web, page, requests));
  const traffic = await countTraffic(bench, web, pages);
  return report(
    pages.map((page, index) => ({
      ...page,
      scripts: present(weights[index]),
      speeds: present(speeds[index]),
      database: present(traffic[index]),
    })),
  );
});
