import { answerHeaders } from "../../lib/answers";
import { BUY_CREDIT, HISTORY, OVERVIEW, PLANS, USAGE } from "./pages";
import { askRaw } from "./raw";
import { cookieOf } from "./session";
import { expect, test } from "./test";

const LIVE = "/settings/billing/live";
const NOTHING_HERE = "There is nothing here";

/** Address, what somebody signed out gets, what a customer gets. */
const ADDRESSES: readonly (readonly [path: string, signedOut: number, signedIn: number])[] = [
  ["/", 307, 307],
  ["/sign-in", 200, 307],
  ["/sign-in?error=%E0%A4%A", 200, 307],
  ["/nope", 404, 404],
  ["/settings/billing/nope", 307, 404],
  ["/%00", 404, 404],
  ["/settings/billing/%00", 307, 404],
  ["/%E0%A4%A", 400, 400],
  ["/settings/%E0%A4%A", 400, 400],
  ["//evil.example/settings", 308, 308],
  ["http://evil.example/sign-in", 400, 400],
  ["*", 400, 400],
  [`${BUY_CREDIT}/__proto__`, 307, 404],
  [`${BUY_CREDIT}/constructor/return`, 404, 404],
  [`${PLANS}/payments/__proto__`, 307, 404],
  [OVERVIEW, 307, 200],
  [`${HISTORY}/export`, 307, 200],
  ["/.git/config", 404, 404],
  ["/.env", 404, 404],
  ["/package.json", 404, 404],
  ["/api/nope", 404, 404],
  ["/api/v1/nope", 404, 404],
  ["/api/v1/docs", 200, 200],
  ["/api/v1/openapi.json", 200, 200],
  ["/api/health", 200, 200],
  ["/metrics", 404, 404],
  ["/.well-known/security.txt", 404, 404],
  ["/api/stripe/webhook", 405, 405],
  ["/icon.svg", 200, 200],
  ["/favicon.ico", 200, 200],
  ["/apple-icon.png", 200, 200],
  ["/manifest.webmanifest", 200, 200],
  ["/_next/static/nope.js", 404, 404],
  ["/_next/nope", 404, 404],
  ["/_next/image?url=/icon.svg&w=64&q=75", 404, 404],
  [`/sign-in?a=${"a".repeat(10_000)}`, 200, 307],
  [`/sign-in?a=${"a".repeat(20_000)}`, 431, 431],
];

test("every address answers as it should, and says what protects a browser", async ({ customer, world }) => {
  const { facts } = world;
  const cookie = await cookieOf(facts, await customer());
  const common = Object.entries(answerHeaders(facts.url)).filter(([name]) => !name.startsWith("Content-"));
  for (const [path, ...statuses] of ADDRESSES) {
    for (const [signedIn, status] of statuses.entries()) {
      const what = `${path.slice(0, 60)}${signedIn ? ", signed in" : ""}`;
      const answer = await askRaw(facts, path, { headers: signedIn ? { cookie } : {} });
      expect(answer.status, what).toBe(status);
      for (const [name, value] of common) {
        // Where a form is sent from a page whose address says who somebody is, other sites learn our name at most.
        const saysWho = path.startsWith("/sign-in") && status !== 431;
        const wanted = name === "Referrer-Policy" && saysWho ? "strict-origin" : value;
        expect(answer.headers[name.toLowerCase()], `${what}: ${name}`).toBe(wanted);
      }
      expect(answer.headers["content-security-policy"], what).toContain("frame-ancestors 'none'");
      expect(answer.headers["cache-control"], what).toBeTruthy();
      expect(answer.headers["x-powered-by"], what).toBeUndefined();
      expect(answer.headers["access-control-allow-origin"], what).toBeUndefined();
      // The parser of requests itself answers what is too long, and the framework's redirect is its address.
      if (answer.body && status !== 431 && status !== 308)
        expect(answer.headers["content-type"] ?? "", what).toMatch(/charset=utf-8|^image|json/i);
      if (answer.headers.location) expect(answer.headers.location, what).toMatch(/^\/(?![/\\])/);
      if (status === 405) expect(answer.headers.allow, what).toBeTruthy();
    }
  }
  expect((await askRaw(facts, "/nope")).body).toContain(NOTHING_HERE);
  expect((await askRaw(facts, OVERVIEW, { headers: { cookie } })).headers["cache-control"]).toContain(
    "no-store",
  );
});

test("what a page does not do is refused with what it does, and changes nothing", async ({
  customer,
  world,
}) => {
  const { facts } = world;
  const made = await customer();
  const headers = { cookie: await cookieOf(facts, made), origin: facts.url };
  for (const path of [OVERVIEW, BUY_CREDIT, LIVE, `${HISTORY}/export`, "/sign-in", "/nope"]) {
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"]) {
      const answer = await askRaw(facts, path, { method, headers });
      expect(answer.status, `${method} ${path}`).toBe(405);
      expect(answer.headers.allow, `${method} ${path}`).toContain("GET, HEAD");
    }
  }
  const form = { ...headers, "content-type": "multipart/form-data; boundary=x" };
  const huge = await askRaw(facts, BUY_CREDIT, { method: "POST", headers: form, body: "x".repeat(200_000) });
  expect([huge.status, huge.body]).toEqual([413, "This form is too large. Nothing was changed."]);
  const unannounced = { ...form, "transfer-encoding": "chunked" };
  const chunked = await askRaw(facts, BUY_CREDIT, {
    method: "POST",
    headers: unannounced,
    body: "x".repeat(200_000),
  });
  expect(chunked.status).toBe(413);
  expect(await made.orders()).toEqual([]);
});

test("HEAD of a file or of the live stream ends, and takes none of a person's streams", async ({
  customer,
  world,
}) => {
  const { facts } = world;
  const headers = { cookie: await cookieOf(facts, await customer()) };
  for (let time = 0; time < 8; time += 1) {
    const head = await askRaw(facts, LIVE, { method: "HEAD", headers });
    expect([head.status, head.headers["content-type"]]).toEqual([200, "text/event-stream"]);
  }
  const stream = await fetch(facts.url + LIVE, { headers });
  expect(stream.status).toBe(200);
  await stream.body?.cancel();
  for (const path of [`${HISTORY}/export`, `${USAGE}/export`]) {
    const head = await askRaw(facts, path, { method: "HEAD", headers });
    expect(head.headers["content-disposition"]).toMatch(/^attachment; filename="\w+-[\w-]+\.csv"$/);
    expect([head.status, head.body]).toEqual([200, ""]);
  }
  expect((await askRaw(facts, LIVE, { method: "HEAD" })).status).toBe(401);
});

test("days and cursors made up by hand are a sentence on the page and in place of the file, never a fault", async ({
  page,
  buyer,
  world,
}) => {
  const headers = { cookie: await cookieOf(world.facts, await buyer()) };
  const days = ["from=0000-01-01", "to=9999-12-31", "from=-271821-04-20", "from=2026-02-30", "from=a&from=b"];
  for (const asked of [...days, `from=${"2".repeat(8_000)}`, "from=2026-11-01%00"]) {
    for (const [list, sentence] of [
      [HISTORY, "Those dates are not a range of days."],
      [USAGE, "Those dates are not a range of at most 366 days up to today."],
    ] as const) {
      // A day that has not come is cut off where the list ends today.
      const shown = await askRaw(world.facts, `${list}?${asked}`, { headers });
      expect([shown.status, shown.body.includes(sentence)], `${list}?${asked.slice(0, 40)}`).toEqual([
        200,
        true,
      ]);
      const file = await askRaw(world.facts, `${list}/export?${asked}`, { headers });
      expect([file.status, file.body], asked.slice(0, 40)).toEqual([400, `${sentence}\n`]);
    }
  }
  const id = "0".repeat(32);
  const cursors = [
    `orders=999999999999999.ord_${id}`,
    "invoices=999999999999999.in_1",
    `credits=grt_${"z".repeat(32)}`,
  ];
  for (const path of [...cursors.map((each) => `${HISTORY}?${each}`), `${USAGE}?before=${"9".repeat(18)}`]) {
    expect((await askRaw(world.facts, path, { headers })).status, path).toBe(200);
  }
  await page.goto(`${HISTORY}?from=0000-01-01`);
  await expect(
    page.getByText("Those dates are not a range of days. Here are all days instead."),
  ).toBeVisible();
});

test("a file whose making fails is a failed download, or no file at all", async ({ page, buyer, world }) => {
  const { accountId } = await buyer();
  const headers = {
    cookie: (await page.context().cookies()).map(({ name, value }) => `${name}=${value}`).join("; "),
  };
  await page.goto(HISTORY);
  // The list of grants comes last in the file, and this one cannot be written.
  const [grant] = await world.owner`
    update grants as g set starts_at = '-infinity' from grants as before
    where g.account_id = ${accountId} and before.account_id = g.account_id and before.id = g.id
    returning g.id, before.starts_at::text`;
  const broken = await fetch(`${world.facts.url}${HISTORY}/export`, { headers });
  expect(broken.status).toBe(200);
  await expect(broken.text()).rejects.toThrow("terminated");

  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download CSV" }).click(),
  ]);
  expect(await download.failure()).toBeTruthy();

  const refused = await askRaw(world.facts, `${HISTORY}/export?show=credits`, { headers });
  expect([refused.status, refused.headers["content-disposition"]]).toEqual([500, undefined]);
  expect(refused.body).toMatch(
    /^This file could not be made\. Please tell us this reference: [0-9a-f]{12}\n$/,
  );

  await world.owner`
    update grants set starts_at = ${grant?.starts_at} where account_id = ${accountId} and id = ${grant?.id}`;
  expect(await (await fetch(`${world.facts.url}${HISTORY}/export`, { headers })).text()).toContain(
    "\ncredits,",
  );
});
