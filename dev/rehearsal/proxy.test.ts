import http from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { operatorClient } from "./operator";
import { type Exchange, type RecordingProxy, startProxy } from "./proxy";

const KEY = "sk_test_proxy";

let upstream: http.Server;
let proxy: RecordingProxy;
let asked: { url: string; headers: http.IncomingHttpHeaders; body: string }[];
let seen: Exchange[];
let answer: { status: number; headers: Record<string, string>; body: string };

beforeEach(async () => {
  [asked, seen] = [[], []];
  answer = {
    status: 200,
    headers: { "request-id": "req_1" },
    body: '{"id":"cus_000000000001","object":"customer"}',
  };
  upstream = http.createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString("utf8");
    asked.push({ url: request.url ?? "", headers: request.headers, body });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const { port } = upstream.address() as AddressInfo;
  proxy = await startProxy({
    upstream: `http://127.0.0.1:${port}`,
    secretKey: KEY,
    mark: "run-1",
    onExchange: (exchange) => seen.push(exchange),
  });
});

afterEach(async () => {
  await proxy.stop();
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
});

const send = (path: string, { body, ...headers }: Record<string, string> = {}, key = KEY) =>
  fetch(`${proxy.url}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${key}`, ...headers },
    ...(body !== undefined && { body }),
  });

it("passes requests and answers on as they are, and tells of both", async () => {
  answer = {
    status: 402,
    headers: { "request-id": "req_2", "idempotent-replayed": "true" },
    body: '{"a":"ü"}',
  };
  const sent = { body: "amount=100&items[0][price]=price_1", "idempotency-key": "key 1" };
  const answered = await send("/v1/charges?expand[]=customer", sent);
  expect(answered.status).toBe(402);
  expect(await answered.text()).toBe('{"a":"ü"}');
  expect(answered.headers.get("idempotent-replayed")).toBe("true");
  expect(asked[0]?.body).toBe("amount=100&items[0][price]=price_1");
  expect(seen).toEqual([
    {
      by: "application",
      method: "POST",
      path: "/v1/charges",
      asked: { "expand[]": "customer", amount: "100", "items[0][price]": "price_1" },
      idempotencyKey: "key 1",
      status: 402,
      requestId: "req_2",
      replayed: true,
      answer: { a: "ü" },
    },
  ]);
});

it("puts the application's customers on the flow's clock, and marks what is made", async () => {
  proxy.clock = "clock_000000000001";
  await send("/v1/customers", { body: "email=a%40b.test" });
  expect(Object.fromEntries(new URLSearchParams(asked[0]?.body))).toEqual({
    email: "a@b.test",
    "metadata[refill_rehearsal]": "run-1",
    test_clock: "clock_000000000001",
  });
  await send("/v1/customers/cus_000000000001", { body: "name=A" });
  expect(asked[1]?.body).toBe("name=A");
  await send("/v1/customers");
  expect(asked[2]?.body).toBe("");
});

it("tells the operator's requests from the application's, and says so to nobody else", async () => {
  proxy.clock = "clock_000000000001";
  await operatorClient(proxy.url, KEY).customers.create({ email: "a@b.test" });
  expect(seen[0]?.by).toBe("operator");
  expect(asked[0]?.headers).not.toHaveProperty("x-rehearsal-operator");
  expect(asked[0]?.body).not.toContain("test_clock");
});

it("lets nobody through who has another key, and remembers that somebody was there", async () => {
  expect((await send("/v1/account", {}, "sk_test_other")).status).toBe(403);
  expect(asked).toEqual([]);
  expect(proxy.strangers).toEqual(["GET /v1/account came with another key than the rehearsal's"]);
});

it("knows what belongs to the flow: what was made, and what names it, but not all of a list", async () => {
  await send("/v1/customers", { body: "email=a" });
  answer.body = JSON.stringify({
    object: "list",
    data: [
      { id: "ch_00000000000A", customer: "cus_000000000001" },
      { id: "ch_00000000000B", customer: "cus_000000000002" },
    ],
  });
  await send("/v1/charges");
  const { belongings } = proxy;
  expect(belongings.has('{"charge":"ch_00000000000A"}')).toBe(true);
  expect(belongings.has('{"charge":"ch_00000000000B"}')).toBe(false);
  expect(
    belongings.addIfOurs('{"id":"du_00000000000A","charge":"ch_00000000000A","price":"price_00000001"}'),
  ).toBe(true);
  expect(belongings.has("du_00000000000A")).toBe(true);
  expect(belongings.has("price_00000001")).toBe(false);
});

it("answers as Stripe out of reach where it is", async () => {
  upstream.closeAllConnections();
  await new Promise((resolve) => upstream.close(resolve));
  const error = console.error;
  console.error = () => {};
  await expect(send("/v1/account")).rejects.toThrow();
  console.error = error;
  expect(seen).toEqual([]);
});
