import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLogger } from "../log";
import { currentDoing, noteWho } from "./context";
import { followRequests } from "./follow-requests";
import { type Answered, createRequestLines } from "./request-lines";
import { createRoutePattern } from "./route-pattern";

const patternOf = createRoutePattern([
  "/",
  "/settings/billing/overview",
  "/settings/billing/buy-credit/[orderId]",
  "/settings/billing/buy-credit/[orderId]/return",
  "/settings/[...rest]",
  "/api/v1/[[...rest]]",
  "/api/v1/accounts/[id]/spends",
]);

describe("the route of a path", () => {
  it.each([
    ["/", "/"],
    ["/settings/billing/overview", "/settings/billing/overview"],
    ["/settings/billing/overview/", "/settings/billing/overview"],
    ["/settings/billing/buy-credit/ord_1", "/settings/billing/buy-credit/[orderId]"],
    ["/settings/billing/buy-credit/ord_1/return", "/settings/billing/buy-credit/[orderId]/return"],
    ["/settings/billing/nope/x/y", "/settings/[...rest]"],
    ["/settings", "other"],
    ["/api/v1", "/api/v1/[[...rest]]"],
    ["/api/v1/nope", "/api/v1/[[...rest]]"],
    ["/api/v1/accounts/acct_1/spends", "/api/v1/accounts/[id]/spends"],
    ["/_next/static/chunks/a.js", "/_next/static"],
    ["/.env", "other"],
  ])("%s is %s", (path, route) => expect(patternOf(path)).toBe(route));
});

describe("requests", () => {
  let server: Server;
  let stop: () => void;
  let behindProxy = false;
  let answered: Answered[] = [];
  const lines: string[] = [];
  const log = createLogger("info", { write: (line: string) => void lines.push(line) });

  beforeEach(async () => {
    answered = [];
    lines.length = 0;
    const start = () =>
      followRequests({ behindProxy, patternOf, onAnswered: (each) => void answered.push(each) });
    stop = start();
    server = createServer(async (incoming, response) => {
      noteWho({ actor: "customer", account: "acct_1" });
      await sleep(5);
      log.info({ path: incoming.url?.split("?")[0] }, "in the middle");
      response.end(JSON.stringify([currentDoing()?.requestId, incoming.headers["x-request-id"]]));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    stop();
    behindProxy = false;
    await new Promise((resolve) => server.close(resolve));
  });

  const ask = (path: string, headers: Record<string, string> = {}) =>
    new Promise<{ answer: IncomingMessage; body: unknown }>((resolve, reject) => {
      const { port } = server.address() as AddressInfo;
      request({ port, path, headers, agent: false }, async (answer) => {
        let text = "";
        for await (const part of answer) text += part;
        resolve({ answer, body: JSON.parse(text) });
      })
        .once("error", reject)
        .end();
    });

  it("have an id each, which what is done for them knows, its lines say and the answer names", async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, () => ask("/settings/billing/overview?token=x")),
    );
    const ids = all.map(({ answer, body }) => {
      const id = answer.headers["x-request-id"];
      expect(body).toEqual([id, id]);
      return id;
    });
    expect(new Set(ids).size).toBe(20);
    const told = lines.map((line) => JSON.parse(line));
    expect(told.map(({ requestId }) => requestId).sort()).toEqual([...ids].sort());
    expect(told[0]).toMatchObject({ actor: "customer", account: "acct_1" });
    await expect.poll(() => answered.length).toBe(20);
    expect(answered[0]).toMatchObject({
      method: "GET",
      route: "/settings/billing/overview",
      status: 200,
      cutShort: false,
    });
  });

  it("may name their id behind a proxy and to the API, if it is one", async () => {
    const named = { "x-request-id": "from-outside" };
    expect((await ask("/", named)).answer.headers["x-request-id"]).not.toBe("from-outside");
    expect((await ask("/api/v1/nope", named)).answer.headers["x-request-id"]).toBe("from-outside");
    stop();
    stop = followRequests({ behindProxy: true, patternOf, onAnswered: () => {} });
    const other = createServer((_, response) => response.end("[]"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const head = (id: string) =>
      fetch(`http://127.0.0.1:${port}/`, { headers: { "x-request-id": id } }).then(({ headers }) =>
        headers.get("x-request-id"),
      );
    expect(await head("from-proxy")).toBe("from-proxy");
    expect(await head("not an id")).toMatch(/^[0-9a-f-]{36}$/);
    await new Promise((resolve) => other.close(resolve));
  });
});

describe("lines about requests", () => {
  const of = (route: string, more: Partial<Answered> = {}): Answered => ({
    method: "POST",
    route,
    status: 200,
    ms: 12.3,
    cutShort: false,
    doing: { requestId: "r1", actor: "api_key", key: "rk_1", account: "acct_1" },
    ...more,
  });
  const written = (write: (lines: ReturnType<typeof createRequestLines>) => void) => {
    const info: object[] = [];
    const debug: object[] = [];
    const lines = createRequestLines({
      info: (line: object) => void info.push(line),
      debug: (line: object) => void debug.push(line),
    } as unknown as Parameters<typeof createRequestLines>[0]);
    write(lines);
    lines.flush();
    return { info, debug };
  };

  it("are one each, and of the API one for a second, key, route and status", () => {
    const { info } = written(({ tell }) => {
      tell(of("/settings/billing/overview"));
      for (let time = 0; time < 1_000; time += 1) tell(of("/api/v1/accounts/[id]/spends", { ms: time }));
      tell(of("/api/v1/accounts/[id]/spends", { status: 422 }));
    });
    expect(info).toEqual([
      {
        method: "POST",
        route: "/settings/billing/overview",
        status: 200,
        ms: 12,
        requestId: "r1",
        account: "acct_1",
        actor: "api_key",
        key: "rk_1",
      },
      {
        method: "POST",
        route: "/api/v1/accounts/[id]/spends",
        status: 200,
        requests: 1_000,
        slowestMs: 999,
        actor: "api_key",
        key: "rk_1",
      },
      {
        method: "POST",
        route: "/api/v1/accounts/[id]/spends",
        status: 422,
        ms: 12,
        requestId: "r1",
        account: "acct_1",
        actor: "api_key",
        key: "rk_1",
      },
    ]);
  });

  it("about probes and files are for debugging, unless something is wrong", () => {
    const { info, debug } = written(({ tell }) => {
      tell(of("/readyz"));
      tell(of("/_next/static"));
      tell(of("/readyz", { status: 503 }));
    });
    expect([info.length, debug.length]).toEqual([1, 2]);
  });
});
