import { Agent, request } from "node:http";
import { connect } from "node:net";
import { createApiKey } from "../../lib/auth/api-keys";
import { toPublicId } from "../../lib/ids";
import { freePort } from "../ports";
import { makeCustomer } from "./customers";
import { createDatabase, type OwnWeb, spawnWeb, withOwnWeb } from "./own-web";
import { cookieOf } from "./session";
import { expect, test } from "./test";

type Answer = { status: number; closes: boolean; whole: boolean; beganAt: number };

/** One request on a kept connection; how it failed when nothing of an answer came. */
function ask(url: string, agent: Agent | false): Promise<Answer | { failed: string }> {
  const beganAt = performance.now();
  return new Promise((resolve) => {
    const asked = request(url, { agent }, (response) => {
      const { statusCode: status = 0, headers } = response;
      const end = (whole: boolean) =>
        resolve({ status, closes: headers.connection === "close", whole, beganAt });
      response
        .resume()
        .once("end", () => end(true))
        .once("error", () => end(false));
    });
    asked.once("error", (error: NodeJS.ErrnoException) => resolve({ failed: error.code ?? error.message }));
    asked.end();
  });
}

/** Asks over kept connections without a pause until the process has ended. */
async function load({ facts, ended }: OwnWeb, path: string, callers: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const answers: Answer[] = [];
  const failed: string[] = [];
  let over = false;
  void ended.then(() => {
    over = true;
  });
  const call = async () => {
    while (!over) {
      const outcome = await ask(`${facts.url}${path}`, agent);
      if ("failed" in outcome) failed.push(outcome.failed);
      else answers.push(outcome);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  return { answers, failed };
}

const openStream = async ({ facts, db }: OwnWeb, stripe: Parameters<typeof makeCustomer>[1]) => {
  const customer = await makeCustomer(db, stripe, { plan: "free", cards: [] });
  const response = await fetch(`${facts.url}/settings/billing/live`, {
    headers: { cookie: await cookieOf(facts, customer) },
  });
  expect(response.status).toBe(200);
  return { over: response.text() }; // Not waited for: it is open.
};

test("SIGTERM under load on kept connections: not ready first, every answer whole and the last on its connection, then the end", async ({
  world,
}) => {
  await withOwnWeb(world.facts, { SHUTDOWN_GRACE_SECONDS: "10" }, async (web) => {
    const stream = await openStream(web, world.stripe);
    const loads = [load(web, "/livez", 6), load(web, "/sign-in", 2)];
    const probes = load(web, "/readyz", 1);
    web.child.kill("SIGTERM");
    expect(await web.ended).toBe(143);
    const answers = (await Promise.all(loads)).flatMap((each) => each.answers);
    const failed = (await Promise.all(loads)).flatMap((each) => each.failed);
    const firstClose = Math.min(...answers.filter(({ closes }) => closes).map(({ beganAt }) => beganAt));
    const later = answers.filter(({ beganAt }) => beganAt > firstClose);
    expect(later.length).toBeGreaterThan(0);
    expect(later.filter(({ closes, whole, status }) => !closes || !whole || status !== 200)).toEqual([]);
    expect(failed.filter((code) => code !== "ECONNREFUSED" && code !== "ECONNRESET")).toEqual([]);
    // While it still took connections it said that it was not ready.
    expect((await probes).answers.at(-1)).toMatchObject({ status: 503, closes: true });
    expect(await stream.over).toContain("retry:");
    expect(web.lines().filter((line) => line.includes("told to stop"))).toHaveLength(1);
  });
});

test("a request that never ends holds no process up longer than its grace", async ({ world }) => {
  await withOwnWeb(world.facts, { SHUTDOWN_GRACE_SECONDS: "1" }, async (web) => {
    const socket = connect(Number(new URL(web.facts.url).port), "127.0.0.1");
    socket.on("error", () => {}); // It is cut off.
    socket.write(
      "POST /api/stripe/webhook HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100\r\n\r\nhalf of it",
    );
    await expect.poll(() => ask(`${web.facts.url}/livez`, false)).toMatchObject({ status: 200 });
    web.child.kill("SIGTERM");
    expect(await web.ended).toBe(1);
    expect(web.lines().at(-1)).toContain("the grace is over");
  });
});

test("probes: HEAD is answered like GET without a body, and nothing else is taken", async ({ world }) => {
  const { url } = world.facts;
  for (const path of ["/livez", "/readyz", "/api/health"]) {
    const [got, head] = [await fetch(url + path), await fetch(url + path, { method: "HEAD" })];
    expect([path, got.status, head.status, await head.text()]).toEqual([path, 200, 200, ""]);
    expect(got.headers.get("cache-control")).toBe("no-store");
    for (const method of ["POST", "PUT", "DELETE"])
      expect([path, method, (await fetch(url + path, { method })).status]).toEqual([path, method, 405]);
  }
  const health = await (await fetch(`${url}/healthz`)).json();
  expect(health).toMatchObject({ process: "ready", workers: [{ mode: "inline", stoppedAt: null }] });
});

const linesOf = (web: OwnWeb) =>
  web.lines().flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));

test("every request is one JSON line with its route, status, account and id, and nothing of what was asked; Prometheus is told of it", async ({
  world,
}) => {
  const token = "metrics-token-of-this-test-0123456789";
  await withOwnWeb(world.facts, { LOG_LEVEL: "info", METRICS_TOKEN: token }, async (web) => {
    const { facts, db } = web;
    const customer = await makeCustomer(db, world.stripe, { plan: "free", cards: [] });
    const account = toPublicId("account", customer.accountId);
    const key = await createApiKey(db, { name: "Test", scopes: ["spend", "read"], onlyAccountId: null });
    if (!key.ok) throw new Error(key.error.code);
    const told = (route: string) =>
      linesOf(web).filter((line) => line.msg === "request" && line.route === route);

    const overview = await fetch(`${facts.url}/settings/billing/overview?secret=marker-query`, {
      headers: { cookie: await cookieOf(facts, customer), "x-request-id": "marker-id" },
    });
    await overview.text();
    const requestId = overview.headers.get("x-request-id");
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/); // Nobody trusted stands before this process.
    await expect
      .poll(() => told("/settings/billing/overview"))
      .toMatchObject([{ level: 30, method: "GET", status: 200, requestId, account, actor: "customer" }]);

    const balance = () =>
      fetch(`${facts.url}/api/v1/accounts/${account}/balance`, {
        headers: { authorization: `Bearer ${key.value.key}`, "x-request-id": "from-caller" },
      });
    const answers = await Promise.all(Array.from({ length: 40 }, balance));
    expect(new Set(answers.map(({ headers }) => headers.get("x-request-id")))).toEqual(
      new Set(["from-caller"]),
    );
    const ofTheApi = () => told("/api/v1/accounts/[id]/balance");
    const count = () => ofTheApi().reduce((sum, { requests = 1 }) => sum + requests, 0);
    await expect.poll(count).toBe(40);
    expect(ofTheApi().length).toBeLessThan(10);
    expect(ofTheApi()[0]).toMatchObject({
      status: 200,
      actor: "api_key",
      key: expect.stringMatching(/^rk_/),
    });

    expect((await fetch(`${facts.url}/nope/marker-path`)).status).toBe(404);
    await expect.poll(() => told("other")).toMatchObject([{ status: 404, method: "GET" }]);

    expect((await fetch(`${facts.url}/metrics`)).status).toBe(401);
    const scraped = await fetch(`${facts.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    expect(scraped.status).toBe(200);
    const text = await scraped.text();
    expect(text).toContain("\nrefill_database_up 1\n");
    expect(text).toContain(
      'refill_http_requests_total{method="GET",route="/settings/billing/overview",status="200"} 1',
    );
    expect(text).not.toMatch(/marker|acct_|rk_[0-9a-f]/);
    expect(web.lines().filter((line) => /marker|metrics-token/.test(line))).toEqual([]);
  });
});

test("a page, an API call, an action and a job that fail are one JSON line each, without what was asked", async ({
  world,
  page,
}) => {
  await withOwnWeb(world.facts, { LOG_LEVEL: "info" }, async (web) => {
    const { facts, db, owner } = web;
    const customer = await makeCustomer(db, world.stripe, { plan: "free", cards: [] });
    const key = await createApiKey(db, { name: "Test", scopes: ["spend"], onlyAccountId: null });
    if (!key.ok) throw new Error(key.error.code);
    const cookie = await cookieOf(facts, customer);
    const failures = () => linesOf(web).filter(({ msg }) => msg !== "request");

    await owner`revoke select on balances, grants, current_grants from refill_process`;
    const overview = await fetch(`${facts.url}/settings/billing/overview?secret=marker-query`, {
      headers: { cookie },
    });
    await overview.text();
    const where = { method: "GET", path: "/settings/billing/overview", kind: "render" };
    const ofThePage = () => failures().filter(({ path }) => path === where.path);
    await expect.poll(ofThePage).toMatchObject([{ ...where, level: 50, err: { cause: { code: "42501" } } }]);
    expect(ofThePage()[0].err.digest).toMatch(/^\w+$/);

    const spend = await fetch(
      `${facts.url}/api/v1/accounts/${toPublicId("account", customer.accountId)}/spends`,
      {
        method: "POST",
        headers: {
          authorization: `Bearer ${key.value.key}`,
          "x-request-id": "request-1",
          "idempotency-key": "marker-key",
          "content-type": "application/json",
        },
        body: JSON.stringify({ credits: 1, category: "ai_processing", resource: "marker-resource" }),
      },
    );
    expect([spend.status, spend.headers.get("x-request-id"), await spend.json()]).toEqual([
      500,
      "request-1",
      expect.objectContaining({ code: "internal" }),
    ]);
    await expect
      .poll(() => failures().filter((line) => line.requestId === "request-1" || line.msg?.includes("API")))
      .toMatchObject([{ requestId: "request-1", level: 50 }]);

    // A person is told inside the shell, where there is a way on.
    await page.setExtraHTTPHeaders({ cookie });
    await page.goto(`${facts.url}/settings/billing/overview`);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("This page could not be shown");
    await expect(page.getByRole("navigation", { name: "Settings" })).toBeVisible();
    await page.setExtraHTTPHeaders({});

    await owner`revoke select on users from refill_process`;
    await page.goto(`${facts.url}/sign-in`);
    await page.getByLabel("E-mail").fill("marker-person@example.com");
    await page.getByLabel("Password", { exact: true }).fill("marker-password");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    const alert = page.getByText(/tell us this reference: \w+/);
    const reference = /reference: (\w+)/.exec(await alert.innerText())?.[1];
    await expect.poll(() => failures().filter((line) => line.reference === reference)).toHaveLength(1);

    await owner`revoke select on stripe_events from refill_process`;
    await owner`select graphile_worker.add_job('handle_stripe_event', '{"eventId": "evt_marker"}'::json, max_attempts := 1)`;
    const ofTheJob = () => failures().filter(({ task }) => task === "handle_stripe_event");
    await expect.poll(ofTheJob).toMatchObject([{ level: 50, attempt: 1, of: 1 }]);

    const printed = web.lines();
    expect(printed.filter((line) => /marker/.test(line))).toEqual([]);
    expect(printed.join("\n")).not.toContain(customer.userId);
    // Behind the framework's greeting nothing but our lines.
    const first = printed.findIndex((line) => line.startsWith("{"));
    expect(printed.slice(first).filter((line) => !line.startsWith("{"))).toEqual([]);
  });
});

test("a process that could change the ledger's entries does not begin, and says which variable is wrong", async ({
  world,
}) => {
  const database = await createDatabase(world.facts);
  const web = spawnWeb(await freePort(), {
    APP_URL: "http://localhost:3000",
    DATABASE_URL: database.ownerUrl,
    AUTH_SECRET: world.facts.authSecret,
    STRIPE_SECRET_KEY: "sk_test_demo",
    STRIPE_WEBHOOK_SECRET: world.facts.webhookSecret,
  });
  expect(await web.ended).toBe(1);
  const said = web.lines().filter((line) => line.includes("DATABASE_URL"));
  expect(said).toHaveLength(1);
  expect(web.lines().join("\n")).not.toContain(world.facts.authSecret);
  await database.drop();
});
