import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Simulator, startSimulator } from "./server";
import { askAs, clientOf } from "./testing";

let simulator: Simulator;
let port: number;
beforeAll(async () => {
  simulator = await startSimulator();
  port = simulator.port;
});
afterAll(() => simulator.close());

const FORM = { "content-type": "application/x-www-form-urlencoded" };

/** What the control page's first form does: from a page of `origin`, on a machine called `host`. */
const switchFault = (headers: Record<string, string>, host = `127.0.0.1:${port}`) =>
  askAs({
    port,
    method: "POST",
    path: "/_sim/faults",
    headers: { host, ...FORM, ...headers },
    body: "kind=drop_before&times=1",
  });

describe("a name that leads here", () => {
  it.each(["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "[::1]", "stripe.localhost"])(
    "%s is this machine's, with any port",
    async (name) => {
      for (const host of [name, `${name}:${port}`, `${name}:1`])
        expect(await askAs({ port, headers: { host } })).toMatchObject({ status: 200 });
    },
  );

  it.each([
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil.example:80",
    "1.2.3.4",
    "[::2]",
    "localhost:x",
  ])("“%s” is not, for pages, the control and the API alike", async (host) => {
    for (const path of ["/", "/_sim/faults", "/checkout/cs_1", "/v1/customers"]) {
      const asked = await askAs({ port, path, headers: { host, authorization: "Bearer sk_test_x" } });
      expect([path, asked]).toEqual([path, { status: 403, text: expect.stringContaining("own machine") }]);
    }
  });

  it("may be one that was given for its pages", async () => {
    const open = await startSimulator({ publicUrl: "https://stripe.dev.example" });
    const ask = (host: string, origin?: string) =>
      askAs({
        port: open.port,
        method: "POST",
        path: "/_sim/faults/clear",
        headers: { host, ...FORM, ...(origin && { origin }) },
      });
    try {
      expect(await ask("stripe.dev.example", "https://stripe.dev.example")).toMatchObject({ status: 303 });
      expect(await ask("stripe.dev.example", "https://other.dev.example")).toMatchObject({ status: 403 });
      expect(await ask("other.dev.example")).toMatchObject({ status: 403 });
    } finally {
      await open.close();
    }
  });
});

describe("what changes something", () => {
  it.each<[string, Record<string, string>]>([
    ["a page of somebody else", { origin: "https://evil.example" }],
    ["a page that hides where it is from", { origin: "null" }],
    ["another server of this machine", { origin: "http://127.0.0.1:3000" }],
    ["this machine under https", { origin: "https://127.0.0.1" }],
    ["a browser that says so otherwise", { "sec-fetch-site": "cross-site" }],
  ])("is not taken from %s", async (_, headers) => {
    const before = simulator.faults.list().length;
    expect(await switchFault(headers)).toMatchObject({ status: 403 });
    for (const method of ["DELETE", "PUT"])
      expect(
        await askAs({ port, method, path: "/_sim/faults", headers: { host: "localhost", ...headers } }),
      ).toMatchObject({ status: 403 });
    expect(simulator.faults.list()).toHaveLength(before);
  });

  it("is taken from its own pages, whatever they are called, and from what is no page", async () => {
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`])
      expect(
        await switchFault({ origin: `http://${host}`, "sec-fetch-site": "same-origin" }, host),
      ).toMatchObject({ status: 303 });
    expect(await switchFault({})).toMatchObject({ status: 303 });
    simulator.faults.clear();
    expect(await clientOf(simulator).customers.create({ email: "a@example.com" })).toMatchObject({
      object: "customer",
    });
  });

  it("is shown in nobody's frame, where a click could be meant for something else", async () => {
    const answer = await fetch(simulator.url);
    expect(answer.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  });
});
