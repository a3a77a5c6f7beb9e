import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createRefillClient, type RefillClient, RefillError } from ".";

type Seen = {
  readonly method: string;
  readonly path: string;
  readonly key: string | undefined;
  readonly body: unknown;
};
type Step =
  | { readonly status: number; readonly body?: object | string; readonly retryAfter?: string }
  | "hang up";

const seen: Seen[] = [];
/** What the server does with each request, in turn; then the last one for ever. */
let script: Step[] = [];
const server = createServer(async (request, response) => {
  const text = await readAll(request);
  const { method = "", url: path = "", headers } = request;
  const key = headers["idempotency-key"] as string | undefined;
  seen.push({ method, path, key, body: text === "" ? null : JSON.parse(text) });
  const step = script.length > 1 ? script.shift() : script[0];
  if (!step || step === "hang up") return request.socket.destroy();
  response.writeHead(step.status, step.retryAfter ? { "retry-after": step.retryAfter } : {});
  response.end(typeof step.body === "string" ? step.body : JSON.stringify(step.body ?? {}));
});
let client: RefillClient;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  client = createRefillClient({ baseUrl: `http://127.0.0.1:${port}/`, apiKey: "rk_test", timeoutMs: 1_000 });
});
beforeEach(() => {
  seen.length = 0;
});
afterAll(() => server.close());

const ACCOUNT = "acct_1";
const NOW = Date.parse("2026-11-25T09:30:00Z");
const REQUEST = { credits: 100, category: "platform", expiresInSeconds: 60 } as const;
const problem = (status: number, code: string, more: object = {}): Step => ({
  status,
  body: { code, status, title: "No", detail: "Not now", request_id: "r", ...more },
});
const placed = (livesMs = 60_000): Step => ({
  status: 201,
  body: {
    hold_id: "hold_1",
    at: new Date(NOW).toISOString(),
    expires_at: new Date(NOW + livesMs).toISOString(),
  },
});
const OK: Step = { status: 200, body: { hold_id: "hold_1", credits: 40 } };
const paths = () => seen.map((each) => each.path.split("/").at(-1));

describe("requests", () => {
  it("speak the API's names, and answers come back in ours", async () => {
    script = [{ status: 201, body: { account_id: ACCOUNT, from: [{ grant_id: "grt_1", credits: 5 }] } }];
    const spent = await client.spend(ACCOUNT, { credits: 5, category: "platform", resource: "m" });
    expect(spent).toEqual({ accountId: ACCOUNT, from: [{ grantId: "grt_1", credits: 5 }] });
    expect(seen[0]).toMatchObject({
      method: "POST",
      path: "/api/v1/accounts/acct_1/spends",
      key: expect.stringMatching(/^[0-9a-f-]{36}$/),
      body: { credits: 5, category: "platform", resource: "m" },
    });
  });

  it("carry the caller's key where there is one", async () => {
    script = [placed()];
    await client.hold(ACCOUNT, { ...REQUEST, idempotencyKey: "mine" });
    expect(seen[0]).toMatchObject({
      key: "mine",
      body: { credits: 100, category: "platform", expires_in_seconds: 60 },
    });
  });

  it("of a batch have a key each", async () => {
    script = [{ status: 200, body: { results: [] } }];
    await client.spendMany([
      { accountId: "a", credits: 1, category: "platform" },
      { accountId: "b", credits: 1, category: "platform", idempotencyKey: "mine" },
    ]);
    const own = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect(seen[0]?.body).toMatchObject({ spends: [{ idempotency_key: own }, { idempotency_key: "mine" }] });
  });

  it("turn pages", async () => {
    script = [{ status: 200, body: { entries: [], next_cursor: "7" } }];
    expect(await client.entries(ACCOUNT, { cursor: "9", limit: 2 })).toEqual({
      entries: [],
      nextCursor: "7",
    });
    expect(seen[0]?.path).toBe("/api/v1/accounts/acct_1/entries?cursor=9&limit=2");
  });
});

describe("asking again", () => {
  it("uses the same key, whatever came in between", async () => {
    script = [
      "hang up",
      problem(503, "unavailable"),
      { status: 502, body: "<html>" },
      { status: 201, body: {} },
    ];
    await client.spend(ACCOUNT, { credits: 5, category: "platform" });
    expect(seen).toHaveLength(4);
    expect(new Set(seen.map((each) => each.key)).size).toBe(1);
  });

  it("waits for as long as it was told", async () => {
    script = [
      { status: 429, retryAfter: "1" },
      { status: 200, body: { available: 1 } },
    ];
    const started = performance.now();
    await client.balance(ACCOUNT);
    expect(performance.now() - started).toBeGreaterThan(950);
  });

  it("ends after five times", async () => {
    script = [{ status: 503, retryAfter: "0" }];
    const error = await client.balance(ACCOUNT).catch((each: unknown) => each);
    expect(error).toMatchObject({ name: "RefillError", mayRetry: true });
    expect(seen).toHaveLength(5);
  });

  it("is not done for what fails for good", async () => {
    script = [problem(402, "insufficient_credits", { available: 3 })];
    const error = await client
      .spend(ACCOUNT, { credits: 5, category: "platform" })
      .catch((each: unknown) => each);
    expect(error).toBeInstanceOf(RefillError);
    expect(error).toMatchObject({
      code: "insufficient_credits",
      mayRetry: false,
      message: "No. Not now",
      problem: { available: 3, requestId: "r" },
    });
    expect(seen).toHaveLength(1);
  });
});

describe("work under a hold", () => {
  it("is captured for what it cost", async () => {
    script = [placed(), OK];
    const { result } = await client.withHold(ACCOUNT, REQUEST, async ({ holdId }) => ({
      credits: 40,
      result: holdId,
    }));
    expect(result).toBe("hold_1");
    expect(paths()).toEqual(["holds", "capture"]);
    expect(seen[1]?.body).toEqual({ credits: 40 });
  });

  it("releases its hold when it throws, and throws what was thrown", async () => {
    script = [placed(), OK];
    const work = () => Promise.reject(new RefillError("inner", "unavailable", true, null));
    await expect(client.withHold(ACCOUNT, REQUEST, work)).rejects.toThrow("inner");
    expect(paths()).toEqual(["holds", "release"]);
  });

  it("keeps asking for its capture with one key while nobody answers", async () => {
    const away = { status: 503, retryAfter: "0" };
    script = [placed(), ...Array.from({ length: 7 }, () => away), OK];
    await client.withHold(ACCOUNT, REQUEST, async () => ({ credits: 40, result: null }));
    expect(paths()).toEqual(["holds", ...Array.from({ length: 8 }, () => "capture")]);
    expect(new Set(seen.slice(1).map((each) => each.key)).size).toBe(1);
  });

  it("asks once more when its hold has expired, then gives up without a release", async () => {
    script = [placed(0), { status: 503, retryAfter: "0" }];
    const failed = client.withHold(ACCOUNT, REQUEST, async () => ({ credits: 40, result: null }));
    await expect(failed).rejects.toMatchObject({ mayRetry: true });
    expect(new Set(paths())).toEqual(new Set(["holds", "capture"]));
  });

  it("releases its hold when the capture is refused", async () => {
    script = [placed(), problem(400, "invalid_request"), OK];
    const failed = client.withHold(ACCOUNT, REQUEST, async () => ({ credits: Number.NaN, result: null }));
    await expect(failed).rejects.toMatchObject({ code: "invalid_request" });
    expect(paths()).toEqual(["holds", "capture", "release"]);
  });

  it("keeps its hold open when the capture is too large, and says how much may be captured", async () => {
    script = [placed(), problem(422, "capture_too_large", { most_credits: 1_000 })];
    const failed = client.withHold(ACCOUNT, REQUEST, async () => ({ credits: 5_000, result: null }));
    await expect(failed).rejects.toMatchObject({
      code: "capture_too_large",
      mayRetry: false,
      problem: { mostCredits: 1_000 },
    });
    expect(paths()).toEqual(["holds", "capture"]);
  });

  it("never begins when nothing could be held", async () => {
    script = [problem(402, "insufficient_credits")];
    let begun = false;
    const failed = client.withHold(ACCOUNT, REQUEST, async () => {
      begun = true;
      return { credits: 0, result: null };
    });
    await expect(failed).rejects.toMatchObject({ code: "insufficient_credits" });
    expect(begun).toBe(false);
  });
});

async function readAll(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
