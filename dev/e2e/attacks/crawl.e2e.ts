import { createApiKey } from "../../../lib/auth/api-keys";
import { toPublicId } from "../../../lib/ids";
import { decode, sendForm } from "../forge";
import { operatorCookie } from "../operators";
import { BILLING, PLANS } from "../pages";
import { cookieOf } from "../session";
import { expect, test, type World } from "../test";
import { storeAttention, storeEvent } from "../waiting";
import { PAYLOAD_KEYS } from "./payload-keys";
import { marksOf, pictureOf } from "./picture";
import { confirmedOrder, type Stage, sceneAt, subscriber } from "./scene";

// I17: no page, payload, receipt or export holds a row of another account; and payloads hold no member nobody asked for.

const MAX_PAGES = 150;
/** Of one page with other filters, cursors and choices. */
const MAX_OF_ONE_PAGE = 3;
const CONTACT = "app/settings/billing/plans/contact/actions.ts#requestContactAction";

test("two accounts that have everything never see each other, on any page, in any payload or file", async ({
  world,
  customer,
  fault,
}) => {
  test.slow(); // Reads every page there is of two accounts, as a page and as what the framework sends of it.
  const stage = { world, customer, fault };
  const [one, other] = [await somebodyWithEverything(stage), await somebodyWithEverything(stage)];
  const seen = {
    one: await crawl(world, one.cookie, OF_CUSTOMERS),
    other: await crawl(world, other.cookie, OF_CUSTOMERS),
  };
  const pictures = [await pictureOf(world, one.accountId), await pictureOf(world, other.accountId)] as const;
  // What both have, the prices of plans, is everybody's.
  const marks = {
    one: [...marksOf(pictures[0])].filter((mark) => !pictures[1].includes(mark)),
    other: [...marksOf(pictures[1])].filter((mark) => !pictures[0].includes(mark)),
  };
  expect(marks.one.length).toBeGreaterThan(20);
  expect(foreign(seen.one, marks.other)).toEqual([]);
  expect(foreign(seen.other, marks.one)).toEqual([]);
  // It would be of no use if the pages did not show their own.
  expect(foreign(seen.one, marks.one).length).toBeGreaterThan(10);
  expect(seen.one.size).toBeGreaterThan(20);

  expect(unknownKeys(seen.one)).toEqual([]);
});

test("the desk sends an operator's browser no member that nobody asked for, on any page", async ({
  world,
  customer,
  fault,
}) => {
  test.slow(); // Reads every page of the desk, of an account that has everything.
  const one = await somebodyWithEverything({ world, customer, fault });
  await storeAttention(world, one.accountId);
  await storeEvent(world, { handled: true });
  await createApiKey(world.db, { name: "crawled", scopes: ["read"], onlyAccountId: one.accountId });
  const account = `/admin/accounts/${toPublicId("account", one.accountId)}`;
  const from = [account, "/admin", "/admin/acts/take", "/admin/find?q=nothing"];
  const seen = await crawl(world, await operatorCookie(world, await customer()), {
    from,
    within: /^\/admin/,
  });
  const pages = [...seen.keys()].map((path) => path.split("?")[0]);
  for (const page of [
    `RSC ${account}`,
    `RSC ${account}/timeline`,
    `RSC ${account}/ledger`,
    "RSC /admin/money",
    "RSC /admin/keys",
  ])
    expect(pages).toContain(page);
  for (const kind of ["orders", "events", "acts", "queues", "attention"])
    expect(
      pages.filter((page) => page?.startsWith(`RSC /admin/${kind}/`)),
      kind,
    ).not.toEqual([]);
  expect(unknownKeys(seen)).toEqual([]);
});

/** Pages that show what Stripe said, or what the API says, as it stands: text with members of its own. */
const QUOTES = /\/api\/v1\/docs|\/admin\/events\/evt_/;

/** Members of payloads that nobody has looked at, and where each was sent. */
function unknownKeys(seen: ReadonlyMap<string, string>): [string, string][] {
  const payloads = [...seen].filter(([path]) => path.startsWith("RSC ") && !QUOTES.test(path));
  const keys = new Map(payloads.flatMap(([path, text]) => keysOf(text).map((key) => [key, path])));
  return [...keys].filter(([key]) => !PAYLOAD_KEYS.has(key));
}

/** Which texts hold which marks. */
const foreign = (seen: ReadonlyMap<string, string>, marks: readonly string[]): string[] =>
  [...seen].flatMap(([path, text]) =>
    marks.filter((mark) => text.includes(mark)).map((mark) => `${mark} on ${path}`),
  );

async function somebodyWithEverything(stage: Stage): Promise<{ accountId: string; cookie: string }> {
  const { facts } = stage.world;
  const customer = await subscriber(stage, ["pm_card_mastercard", "pm_card_visa"]);
  await customer.spend(1_234n);
  await confirmedOrder(stage, customer);
  const filled = { name: "Ada", company: "Engines", message: "We need 900M credits a month, please." };
  const contact = await sceneAt(stage, customer, CONTACT, { path: `${PLANS}/contact`, filled });
  await sendForm(facts, contact.form, { cookie: contact.cookie }, filled);
  return { accountId: customer.accountId, cookie: await cookieOf(facts, customer) };
}

/** Where a crawl begins, and which addresses it follows. */
type Where = { readonly from: readonly string[]; readonly within: RegExp };
const OF_CUSTOMERS: Where = {
  from: [`${BILLING}/overview`, "/settings/profile", "/api/v1/docs", "/api/v1/openapi.json"],
  within: /^\/(settings|api\/v1|sign-in)/,
};

/** Everything that can be reached by links, as a browser loads it and as the framework does when a link is followed. */
async function crawl(
  { facts }: World,
  cookie: string,
  { from, within }: Where,
): Promise<ReadonlyMap<string, string>> {
  const seen = new Map<string, string>();
  const visited = new Map<string, number>();
  const queue = [...from];
  for (let path = queue.shift(); path !== undefined && seen.size < MAX_PAGES; path = queue.shift()) {
    const [page = ""] = path.split("?");
    const visits = visited.get(page) ?? 0;
    if (seen.has(path) || visits === MAX_OF_ONE_PAGE) continue;
    visited.set(page, visits + 1);
    const answer = await fetch(facts.url + path, { headers: { Cookie: cookie }, redirect: "manual" });
    const text = await answer.text();
    seen.set(path, text);
    const isPage = answer.headers.get("content-type")?.startsWith("text/html") ?? false;
    if (isPage && answer.status === 200) {
      const payload = await fetch(facts.url + path, { headers: { Cookie: cookie, RSC: "1" } });
      seen.set(`RSC ${path}`, await payload.text());
    }
    queue.push(...linksIn(text, facts.url).filter((each) => within.test(each)));
    const location = answer.headers.get("location");
    if (location) queue.push(...ownPath(location, facts.url).filter((each) => within.test(each)));
  }
  return seen;
}

const linksIn = (html: string, origin: string): string[] =>
  [...html.matchAll(/(?:href|action)="([^"]+)"/g)].flatMap(([, href = ""]) => ownPath(decode(href), origin));

function ownPath(href: string, origin: string): string[] {
  if (!URL.canParse(href, origin)) return [];
  const url = new URL(href, origin);
  return url.origin === origin && !url.pathname.endsWith("/live") ? [url.pathname + url.search] : [];
}

/** The names of all members of a payload's objects. */
const keysOf = (payload: string): string[] => [
  ...new Set([...payload.matchAll(/(?<!\\)"([A-Za-z_$][\w$-]*)":/g)].map(([, key = ""]) => key)),
];
