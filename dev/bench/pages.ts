import { confirmOrder } from "../../lib/billing/orders/confirm";
import { placeOrder } from "../../lib/billing/orders/place";
import { newId, toPublicId } from "../../lib/ids";
import { startWeb } from "../web";
import { BARE_PATH } from "./bare-build";
import { startDatabaseProxy, type Traffic } from "./database-proxy";
import {
  type Caller,
  LOADS,
  load,
  measureSpeeds,
  type Speed,
  startWithBarePage,
  WARM_UP_VIEWS,
} from "./page-speeds";
import { atLeast, atMost, type Goal, type Report, type Table } from "./report";
import { type Bench, runBench } from "./run";
import { type ScriptBytes, scriptsOf, weigh } from "./scripts";
import { openVisitor, type Visitor } from "./visitor";
import { type MeasuredWeb, startMeasuredWeb } from "./web";

/** The client runtime of the framework alone, gzip, measured when the design was made. */
const FLOOR_KB = 132.7;
/** So much more is for what pages do by themselves: 8 KB. */
const MAX_KB = FLOOR_KB + 8;
const MAX_ROUND_TRIPS_OF_OVERVIEW = 3;
/** So many times the bare page's requests a second, at the most connections. */
const LEAST_OF_BARE = { Overview: 0.7, Usage: 0.5 } as const;
const COUNTED_VIEWS = 20;
/** So long after an answer anything that belongs to it has been sent. */
const SETTLE_MS = 20;

type Page = { readonly name: string; readonly path: string; readonly signedIn: boolean };

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
    { name: "Bare page", path: BARE_PATH, signedIn: false },
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

/** How this page is asked for. */
const callerOf = (web: MeasuredWeb, page: Page): Caller => ({
  open: (connections) => visitorOf(web, page, connections),
  see: (visitor) => see(visitor, page),
});

/** Starts the application once more with a counter before its database, and looks at one page at a time. */
async function countTraffic(
  bench: Bench,
  root: string,
  web: MeasuredWeb,
  pages: readonly Page[],
): Promise<Traffic[]> {
  bench.progress("Counting what each page asks of the database …");
  const { stack } = web;
  const proxy = await startDatabaseProxy(stack.appDatabaseUrl);
  bench.onEnd(() => proxy.stop());
  const variables = { ...stack.variables, DATABASE_URL: proxy.url };
  const again = await startWeb(Number(new URL(web.url).port), variables, root);
  bench.onEnd(() => again.stop());
  const traffic: Traffic[] = [];
  for (const page of pages) {
    const visitor = visitorOf(web, page, LOADS.at(-1) ?? 1);
    const caller = callerOf(web, page);
    await load(caller, visitor, 10, WARM_UP_VIEWS);
    await load(caller, visitor, 1, WARM_UP_VIEWS);
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
    title: "Time to first byte, and rendering beside the bare page",
    columns: [
      { title: "page" },
      ...LOADS.flatMap((connections) => [
        { title: `p50 at ${connections}, ms`, decimals: 1 },
        { title: `p99 at ${connections}, ms`, decimals: 1 },
        { title: `requests/s at ${connections}` },
      ]),
      { title: "× bare", decimals: 2 },
      { title: "CPU per request, ms", decimals: 1 },
      { title: "× bare by CPU", decimals: 2 },
      { title: "HTML, KB", decimals: 1 },
    ],
    rows: pages.map((page) => {
      const busy = busiest(page);
      const { rate, cpu } = besideBare(pages, page);
      return [
        page.name,
        ...page.speeds.flatMap((each) => [each.firstByteP50Ms, each.firstByteP99Ms, each.requestsPerSecond]),
        rate,
        busy.cpuMsPerRequest,
        cpu,
        kb(busy.htmlBytes),
      ];
    }),
  };
}

const busiest = ({ speeds }: PageFigures): Speed => present(speeds.at(-1));

/** How often a page comes while the bare one comes once, at the most connections: by the clock and by processor time. */
function besideBare(pages: readonly PageFigures[], page: PageFigures) {
  const bare = busiest(present(pages.find((each) => each.path === BARE_PATH)));
  const own = busiest(page);
  return {
    rate: own.requestsPerSecond / bare.requestsPerSecond,
    cpu: bare.cpuMsPerRequest / own.cpuMsPerRequest,
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
  const named = (name: string) => present(pages.find((each) => each.name === name));
  return [
    ...Object.entries(LEAST_OF_BARE).map(([name, least]) =>
      atLeast(`requests/s of ${name}`, besideBare(pages, named(name)).rate, least, "× bare page"),
    ),
    ...billing.map(({ name, scripts }) =>
      atMost(`JavaScript of ${name}`, kb(scripts.sentBytes), MAX_KB, "KB gzip"),
    ),
    atMost(
      "database round trips of Overview",
      named("Overview").database.roundTrips,
      MAX_ROUND_TRIPS_OF_OVERVIEW,
      "per view",
    ),
  ];
}

await runBench(["requests"], async (bench) => {
  const web = await startMeasuredWeb(bench);
  const pages = await listPages(web);
  const requests = bench.number("requests", 500);
  bench.progress("Building the application with a bare page …");
  const withBare = await startWithBarePage(bench, web);
  bench.progress("Measuring …");
  const weights = await weighPages(web, pages);
  const speeds = await measureSpeeds(
    withBare,
    pages.map((page) => callerOf(web, page)),
    requests,
  );
  await withBare.stop();
  const traffic = await countTraffic(bench, withBare.root, web, pages);
  return report(
    pages.map((page, index) => ({
      ...page,
      scripts: present(weights[index]),
      speeds: present(speeds[index]),
      database: present(traffic[index]),
    })),
  );
});
