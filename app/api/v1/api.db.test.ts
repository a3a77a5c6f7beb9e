import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { eq, sql } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { connect } from "@/db/client";
import { apiKeys } from "@/db/schema";
import { documentedAnswers, openApi } from "@/dev/testing/api";
import { makeAccount } from "@/dev/testing/factories";
import {
  CAPTURE_HOLD,
  LIST_ENTRIES,
  OPERATIONS,
  type Operation,
  PLACE_HOLD,
  problemsOf,
  READ_BALANCE,
  RELEASE_HOLD,
  SPEND,
  SPEND_MANY,
} from "@/lib/api/operations";
import { revokeApiKey } from "@/lib/auth/api-keys";
import { createApiLimits } from "@/lib/auth/api-limits";
import { createKeyRing } from "@/lib/auth/key-ring";
import { deps } from "@/lib/deps";
import { fromPublicId, newId, toPublicId } from "@/lib/ids";
import { createBatcher } from "@/lib/ledger/batcher";
import { USUAL_LIMITS } from "@/lib/ledger/limits";
import { credits } from "@/lib/money/credits";

const api = openApi();
const PURPOSE = { category: "ai_processing", resource: "large-model", reference: "conversation 7" } as const;
const STARTER = 24_000_000;

const makeId = async () => toPublicId("account", (await makeAccount(api.db)).accountId);
const spend = (id: string, credits: number, more: object = {}) =>
  api.ask(SPEND, { id, body: { credits, ...PURPOSE }, ...more });
const available = async (id: string) => (await api.ask(READ_BALANCE, { id })).body.available;
const hold = async (id: string, credits: number, more: object = {}) =>
  (await api.ask(PLACE_HOLD, { id, body: { credits, ...PURPOSE, ...more } })).body;
/** A body every operation accepts, so that what is tested is what is refused before it or after it. */
const goodBody = (operation: Operation, id: string): unknown => {
  if (operation !== SPEND_MANY)
    return operation.example.body ?? (operation === RELEASE_HOLD ? {} : undefined);
  return { spends: [{ account_id: id, idempotency_key: newId(), credits: 1, ...PURPOSE }] };
};
const idFor = async (operation: Operation, account: string): Promise<string> =>
  operation.subject === "hold" ? (await hold(account, 10)).hold_id : account;

describe("spending", () => {
  it("takes credits once per key, whoever asks again", async () => {
    const id = await makeId();
    const first = await spend(id, 1_200, { idempotencyKey: "once" });
    const again = await spend(id, 1_200, { idempotencyKey: "once" });
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ account_id: id, credits: 1_200, from: [{ credits: 1_200 }] });
    expect(again.body).toEqual(first.body);
    expect(first.headers.get("idempotency-replayed")).toBe(null);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(await available(id)).toBe(STARTER - 1_200);
  });

  it("refuses a key that was used for something else", async () => {
    const id = await makeId();
    await spend(id, 1, { idempotencyKey: "k" });
    const other = await spend(id, 2, { idempotencyKey: "k" });
    expect([other.status, other.body.code]).toEqual([422, "idempotency_key_reused"]);
    expect(await available(id)).toBe(STARTER - 1);
  });

  it("has one effect and one answer for thirty equal keys at once", async () => {
    const id = await makeId();
    const asked = Array.from({ length: 30 }, () => spend(id, 500, { idempotencyKey: "same" }));
    const told = await Promise.all(asked);
    expect(new Set(told.map((each) => JSON.stringify(each.body))).size).toBe(1);
    expect(told.filter((each) => each.headers.get("idempotency-replayed") === null)).toHaveLength(1);
    expect(await available(id)).toBe(STARTER - 500);
  });

  it("says what is there when it is not enough, and takes nothing", async () => {
    const id = await makeId();
    const refused = await spend(id, STARTER + 1);
    expect(refused.status).toBe(402);
    expect(refused.body).toMatchObject({ code: "insufficient_credits", available: STARTER, owed: 0 });
    expect(await available(id)).toBe(STARTER);
  });
});

describe("a batch", () => {
  it("answers each spend by itself, in order", async () => {
    const [one, two] = [await makeId(), await makeId()];
    const item = (account_id: unknown, idempotency_key: unknown, credits: unknown) => ({
      account_id,
      idempotency_key,
      credits,
      ...PURPOSE,
    });
    const spends = [
      item(one, "a", 100),
      item(two, "a", 200),
      item(one, "a", 100),
      item(one, "b", STARTER + 1),
      item(toPublicId("account", newId()), "a", 1),
      item(one, "c", -1),
      item(one, "with space", 1),
      "nonsense",
      { ...item(one, "d", 1), price: 0 },
    ];
    const { status, body } = await api.ask(SPEND_MANY, { body: { spends } });
    expect(status).toBe(200);
    expect(body.results.map((each: { status: number }) => each.status)).toEqual([
      201, 201, 201, 402, 404, 400, 400, 400, 400,
    ]);
    expect(body.results[2]).toEqual({ ...body.results[0], replayed: true });
    expect(body.results[5].problem.errors).toEqual([{ pointer: "/credits", detail: "must be at least 1" }]);
    expect(body.results[8].problem.errors).toEqual([{ pointer: "/price", detail: "is not known" }]);
    expect(body.results[7].idempotency_key).toBe(null);
    expect(await Promise.all([available(one), available(two)])).toEqual([STARTER - 100, STARTER - 200]);
  });

  it("shares its keys with single spends", async () => {
    const id = await makeId();
    const single = await spend(id, 70, { idempotencyKey: "shared" });
    const spends = [{ account_id: id, idempotency_key: "shared", credits: 70, ...PURPOSE }];
    const { body } = await api.ask(SPEND_MANY, { body: { spends } });
    expect(body.results).toEqual([
      { idempotency_key: "shared", status: 201, replayed: true, spend: single.body },
    ]);
  });

  it("takes a thousand, and no more", async () => {
    const id = await makeId();
    const spends = Array.from({ length: 1_000 }, (_, index) => ({
      account_id: id,
      idempotency_key: `n${index}`,
      credits: 3,
      category: "platform",
    }));
    const { body } = await api.ask(SPEND_MANY, { body: { spends } });
    expect(body.results.every((each: { status: number }) => each.status === 201)).toBe(true);
    expect(await available(id)).toBe(STARTER - 3_000);
    const more = await api.ask(SPEND_MANY, { body: { spends: [...spends, spends[0]] } });
    expect(more.body.errors).toEqual([{ pointer: "/spends", detail: "must name at most 1000 spends" }]);
  });

  it("lets nobody else suffer from an account the key may not touch", async () => {
    const [own, foreign] = [await makeId(), await makeId()];
    const key = await api.makeKey({ onlyAccountId: fromPublicId("account", own) });
    const spends = [own, foreign].map((account_id) => ({
      account_id,
      idempotency_key: "x",
      credits: 5,
      ...PURPOSE,
    }));
    const { body } = await api.ask(SPEND_MANY, { key, body: { spends } });
    expect(body.results.map((each: { status: number }) => each.status)).toEqual([201, 404]);
    expect(await available(foreign)).toBe(STARTER);
  });
});

describe("a hold", () => {
  it("is captured for what the work cost, and gives back the rest", async () => {
    const id = await makeId();
    const placed = await hold(id, 10_000);
    expect(Date.parse(placed.expires_at) - Date.parse(placed.at)).toBe(900_000);
    const during = (await api.ask(READ_BALANCE, { id })).body;
    expect([during.available, during.held]).toEqual([STARTER - 10_000, 10_000]);
    const ask = { id: placed.hold_id, body: { credits: 4_000 }, idempotencyKey: "c" };
    const captured = await api.ask(CAPTURE_HOLD, ask);
    expect(captured.body).toMatchObject({ credits: 4_000, returned: 6_000, owed: 0, account_id: id });
    expect((await api.ask(CAPTURE_HOLD, ask)).body).toEqual(captured.body);
    expect(await available(id)).toBe(STARTER - 4_000);
  });

  it("captured beyond everything there is leaves a debt that is told", async () => {
    const id = await makeId();
    const { hold_id } = await hold(id, STARTER);
    const { body } = await api.ask(CAPTURE_HOLD, { id: hold_id, body: { credits: STARTER + 50 } });
    expect(body).toMatchObject({ credits: STARTER + 50, owed: 50, returned: 0 });
    expect((await api.ask(READ_BALANCE, { id })).body).toMatchObject({ available: 0, owed: 50 });
    const { entries: list } = (await api.ask(LIST_ENTRIES, { id })).body;
    expect(list.find((each: { from: string }) => each.from === "owed")).toMatchObject({
      grant_id: null,
      hold_id,
    });
  });

  it("is released in full, with or without a body", async () => {
    const id = await makeId();
    for (const body of [undefined, {}]) {
      const { hold_id } = await hold(id, 10);
      expect((await api.ask(RELEASE_HOLD, { id: hold_id, body })).body).toMatchObject({ returned: 10 });
    }
    expect(await available(id)).toBe(STARTER);
  });

  it("ends once, and says how it ended", async () => {
    const { hold_id: id } = await hold(await makeId(), 10);
    await api.ask(RELEASE_HOLD, { id });
    const late = await api.ask(CAPTURE_HOLD, { id, body: { credits: 1 } });
    expect([late.status, late.body.ended_as]).toEqual([409, "released"]);
  });

  it("captured for nothing gives everything back", async () => {
    const id = await makeId();
    const { hold_id } = await hold(id, 10);
    const { body } = await api.ask(CAPTURE_HOLD, { id: hold_id, body: { credits: 0 } });
    expect(body).toMatchObject({ credits: 0, returned: 10, from: [] });
    expect(body.entry).toEqual(expect.any(Number));
  });
});

describe("entries", () => {
  it("are read page by page, newest first, each once", async () => {
    const id = await makeId();
    for (let index = 0; index < 5; index += 1) await spend(id, index + 1);
    const seen: number[] = [];
    let query = "?limit=2";
    for (;;) {
      const { body } = await api.ask(LIST_ENTRIES, { id, query });
      seen.push(...body.entries.map((each: { entry: number }) => each.entry));
      if (body.next_cursor === null) break;
      query = `?limit=2&cursor=${body.next_cursor}`;
    }
    expect(seen).toEqual([6, 5, 4, 3, 2, 1]);
  });

  it("refuse cursors and limits made up by hand", async () => {
    const id = await makeId();
    for (const query of [
      "cursor=-1",
      "cursor=0",
      "cursor=x",
      "cursor=99999999999999999999",
      "limit=0",
      "limit=1001",
      "limit=1e2",
      "page=2",
    ]) {
      const { status, body } = await api.ask(LIST_ENTRIES, { id, query: `?${query}` });
      expect([status, body.errors[0].pointer], query).toEqual([400, query.split("=")[0]]);
    }
  });
});

describe("input that must be refused", () => {
  const AMOUNTS = [
    "0",
    "-1",
    "-0",
    "0.001",
    "1.005",
    "NaN",
    "Infinity",
    "1e21",
    "0x10",
    '"१००"',
    '""',
    '" "',
    '"12 34"',
    '"1,000,000"',
    '"5"',
    "9007199254740992",
    "99999999999999999999",
    "[5]",
    "{}",
    "null",
    "true",
  ];
  const TEXTS = [
    "",
    "a\u0000b",
    "line\nbreak",
    "\u202etxt",
    "a\u200f",
    "\u061ca",
    "\ufeffa",
    "a\u2028b",
    "\ud800",
    "x".repeat(1_000),
    5,
    {},
    [],
  ];

  it("changes nothing, and says where it is wrong", async () => {
    const id = await makeId();
    for (const amount of AMOUNTS) {
      const body = `{"credits":${amount},"category":"platform"}`;
      const { status, body: problem } = await api.ask(SPEND, { id, body });
      expect([status, problem.code], amount).toEqual([400, "invalid_request"]);
    }
    for (const text of TEXTS) {
      for (const name of ["resource", "reference"]) {
        const { status, body } = await spend(id, 1, {
          body: { credits: 1, category: "platform", [name]: text },
        });
        expect([status, body.errors[0].pointer], JSON.stringify(text)).toEqual([400, `/${name}`]);
      }
    }
    const strange = [
      { credits: 1 },
      { credits: 1, category: "toString" },
      { credits: 1, category: ["platform"] },
      { credits: 1, category: "platform", account_id: id },
      '{"credits":1,"category":"platform","__proto__":{}}',
      "{",
      "null",
      "[]",
      '"text"',
      "\ufeff",
    ];
    for (const body of strange) {
      expect((await api.ask(SPEND, { id, body })).body.code, JSON.stringify(body)).toBe("invalid_request");
    }
    expect(await available(id)).toBe(STARTER);
  });

  it("keeps what only looks dangerous as the text it is", async () => {
    const id = await makeId();
    const reference = `=1+1'"; drop table entries; <script>alert(1)</script>`;
    await spend(id, 1, { body: { credits: 1, category: "platform", reference } });
    expect((await api.ask(LIST_ENTRIES, { id })).body.entries[0].reference).toBe(reference);
    const anyScript = "محمد שרה नरेन्द्र 李小龍 👩\u200d💻 e\u0301";
    await spend(id, 1, { body: { credits: 1, category: "platform", reference: anyScript } });
    expect((await api.ask(LIST_ENTRIES, { id })).body.entries[0].reference).toBe(anyScript);
  });

  it("includes JSON that two readers may read differently, and nests without end", async () => {
    const id = await makeId();
    const { body: twice } = await api.ask(SPEND, {
      id,
      body: '{"credits":1,"category":"platform","credits":100}',
    });
    expect(twice).toMatchObject({
      code: "invalid_request",
      errors: [{ pointer: "/credits", detail: "is given more than once" }],
    });
    const item = `"account_id":"${id}","category":"platform","credits":1`;
    const { body: batch } = await api.ask(SPEND_MANY, {
      body: `{"spends":[{${item},"idempotency_key":"a"},{${item},"idempotency_key":"b","idempotency_key":"a"}]}`,
    });
    expect(batch.errors).toEqual([
      { pointer: "/spends/1/idempotency_key", detail: "is given more than once" },
    ]);
    const deep = `{"spends":${"[".repeat(400_000)}${"]".repeat(400_000)}}`;
    expect((await api.ask(SPEND_MANY, { body: deep })).status).toBe(200);
    expect(await available(id)).toBe(STARTER);
  });

  it("includes keys that are none", async () => {
    const id = await makeId();
    expect((await spend(id, 1, { idempotencyKey: null })).body.code).toBe("idempotency_key_missing");
    for (const idempotencyKey of ["a b", "x".repeat(256), "é"]) {
      expect((await spend(id, 1, { idempotencyKey })).body.errors[0].pointer).toBe("Idempotency-Key");
    }
  });

  it("stops reading a body at its limit, whatever its length claims to be", async () => {
    const id = await makeId();
    const body = JSON.stringify({ credits: 1, category: "platform", reference: "x".repeat(20_000) });
    expect((await api.ask(SPEND, { id, body })).body).toMatchObject({ most_bytes: 16_384 });
    const claimed = await api.ask(SPEND, { id, body, headers: { "content-length": "10" } });
    expect(claimed.status).toBe(413);
    expect((await api.ask(SPEND_MANY, { body: "x".repeat(1_048_577) })).status).toBe(413);
  });

  it("includes everything that is not JSON in UTF-8", async () => {
    const id = await makeId();
    const types = [
      "text/plain",
      "application/x-www-form-urlencoded",
      "application/json; charset=utf-16",
      "multipart/form-data",
    ];
    for (const type of types) {
      expect((await spend(id, 1, { headers: { "content-type": type } })).status, type).toBe(415);
    }
    expect((await spend(id, 1, { headers: { "content-encoding": "gzip" } })).status).toBe(415);
  });
});

describe("keys", () => {
  it("that are missing, malformed, unknown, wrong or revoked look alike", async () => {
    const id = await makeId();
    const revoked = await api.makeKey();
    await api.db
      .update(apiKeys)
      .set({ revokedAt: sql`now()` })
      .where(eq(apiKeys.id, keyId(revoked)));
    const unknown = `rk_${"0".repeat(32)}_${"A".repeat(43)}`;
    const wrong = `${api.key.slice(0, -1)}${api.key.endsWith("A") ? "B" : "A"}`;
    for (const key of [null, "nonsense", unknown, wrong, revoked]) {
      const { status, body, headers } = await api.ask(READ_BALANCE, { id, key });
      expect([status, body.code]).toEqual([401, "unauthorized"]);
      expect(headers.get("www-authenticate")).toBe('Bearer realm="api"');
    }
  });

  it("stop working once they are revoked and what a process remembers is old", async () => {
    const key = await api.makeKey();
    expect((await revokeApiKey(api.db, keyId(key))).ok).toBe(true);
    expect((await revokeApiKey(api.db, keyId(key))).ok).toBe(false);
    expect(await createKeyRing(api.db).check(key)).toMatchObject({ ok: false });
  });

  it("may do only what their scopes say", async () => {
    const id = await makeId();
    const reads = await api.makeKey({ scopes: ["read"] });
    const spends = await api.makeKey({ scopes: ["spend"] });
    expect((await spend(id, 1, { key: reads })).body).toMatchObject({
      code: "forbidden",
      needed_scope: "spend",
    });
    expect((await api.ask(READ_BALANCE, { id, key: spends })).status).toBe(403);
    expect((await spend(id, 1, { key: spends })).status).toBe(201);
  });

  it("for one account learn nothing of others", async () => {
    const [own, foreign] = [await makeId(), await makeId()];
    const { hold_id } = await hold(foreign, 10);
    const key = await api.makeKey({ onlyAccountId: fromPublicId("account", own) });
    const nowhere = toPublicId("account", newId());
    for (const operation of [READ_BALANCE, LIST_ENTRIES, SPEND, PLACE_HOLD]) {
      const body = goodBody(operation, own);
      const [of, without] = await Promise.all(
        [foreign, nowhere].map((id) =>
          api.ask(operation, { id, key, body, headers: { "x-request-id": "r" } }),
        ),
      );
      expect(of?.body).toEqual(without?.body);
      expect(of?.status).toBe(404);
    }
    expect((await api.ask(RELEASE_HOLD, { id: hold_id, key })).body.code).toBe("hold_not_found");
    expect((await api.ask(READ_BALANCE, { id: own, key })).status).toBe(200);
  });

  it("say when they were last used, to the minute", async () => {
    const key = await api.makeKey();
    await api.ask(READ_BALANCE, { id: await makeId(), key });
    await expect
      .poll(
        async () =>
          (
            await api.db
              .select()
              .from(apiKeys)
              .where(eq(apiKeys.id, keyId(key)))
          )[0]?.lastUsedAt,
      )
      .toBeInstanceOf(Date);
  });

  it("that are over are refused like unknown ones, and the operator is told", async () => {
    const key = await api.makeKey();
    await api.owner`update api_keys set created_at = now() - interval '2 days', expires_at = now() - interval '1 day'
      where id = ${keyId(key)}`;
    const refused = await api.ask(READ_BALANCE, { id: await makeId(), key });
    expect([refused.status, refused.body.code]).toEqual([401, "unauthorized"]);
    await expect
      .poll(() => api.owner`select details from security_events where kind = 'api_key_expired'`)
      .toMatchObject([{ details: { key: key.slice(0, 35) } }]);
  });

  const keyId = (key: string) => fromPublicId("apiKey", key.slice(0, 35)) as string;
});

describe("every answer", () => {
  it("carries the caller's request id if it is a sane one", async () => {
    const id = await makeId();
    const told = async (given: string) =>
      (await api.ask(READ_BALANCE, { id, headers: { "x-request-id": given } })).headers.get("x-request-id");
    expect(await told("req-1")).toBe("req-1");
    expect(await told("a b")).not.toBe("a b");
    expect(await told("x".repeat(200))).toHaveLength(36);
  });

  it("says how many requests are left", async () => {
    const { headers } = await api.ask(READ_BALANCE, { id: await makeId() });
    expect(headers.get("ratelimit-policy")).toBe('"requests";q=100000;w=1');
    expect(headers.get("ratelimit")).toMatch(/^"requests";r=\d+;t=1$/);
  });
});

describe("addresses and methods that are none", () => {
  it("are problems too", async () => {
    const rest = await import("./[[...rest]]/route");
    const nowhere = await rest.GET(new Request("http://localhost:3000/api/v1/nothing"));
    expect(nowhere.status).toBe(404);
    expect(await nowhere.json()).toMatchObject({ code: "not_found", type: "/api/v1/docs#not_found" });
    expect(Object.keys(rest).sort()).toEqual(["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"]);
  });

  it("say at every address which methods there are, and refuse the others", async () => {
    const files = readdirSync(new URL(".", import.meta.url), { recursive: true, encoding: "utf8" });
    const addresses = files.filter((each) => each.endsWith("route.ts") && !each.includes("..."));
    expect(addresses.length).toBe(OPERATIONS.length + 1);
    for (const address of addresses) {
      const route = (await import(fileURLToPath(new URL(address, import.meta.url)))) as Record<
        string,
        (request: Request) => Response
      >;
      const methods = ["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"];
      expect(
        Object.keys(route)
          .filter((each) => methods.includes(each))
          .sort(),
        address,
      ).toEqual(methods);
      const ask = (method: string) => route[method]?.(new Request("http://localhost:3000/", { method }));
      const told = ask("OPTIONS");
      expect([told?.status, told?.body], address).toEqual([204, null]);
      const allowed = told?.headers.get("allow") ?? "";
      expect(["GET, HEAD, OPTIONS", "POST, OPTIONS"]).toContain(allowed);
      for (const method of methods.filter((each) => !allowed.split(", ").includes(each))) {
        const refused = ask(method);
        expect([refused?.status, refused?.headers.get("allow")], address).toEqual([405, allowed]);
        expect(refused?.headers.get("content-type")).toBe("application/problem+json");
        expect(refused?.headers.get("x-request-id")).toBeTruthy();
      }
    }
  });
});

describe("the document", () => {
  it("is served to everybody", async () => {
    const { GET } = await import("./openapi.json/route");
    expect(await GET().json()).toMatchObject({
      openapi: "3.1.0",
      servers: [{ url: "http://localhost:3000/api/v1" }],
    });
  });
});

describe("every operation, each documented answer", () => {
  let account: string;
  beforeAll(async () => {
    account = await makeId();
  });

  it.each(OPERATIONS.map((each) => [each.id, each] as const))("%s", async (_, operation) => {
    const id = await idFor(operation, account);
    const body = goodBody(operation, account);
    const good = { id, body };
    await api.ask(operation, good);
    const { hold_id: open } = await hold(account, 10);
    const again =
      operation.subject === "hold" ? { id: open, body } : { id: account, body: goodBody(operation, account) };
    await api.ask(operation, { ...again, key: null });
    const scope = operation.scope === "read" ? "spend" : "read";
    await api.ask(operation, { ...again, key: await api.makeKey({ scopes: [scope] }) });
    await api.ask(operation, { ...again, id: "nothing" });
    if (operation.query) await api.ask(operation, { ...again, query: "?unknown=1" });
    if (operation.body) {
      await api.ask(operation, { ...again, body: { unknown: 1 } });
      await api.ask(operation, { ...again, body: "x".repeat(operation.mostBytes + 1) });
      await api.ask(operation, { ...again, headers: { "content-type": "text/plain" }, body: "{}" });
    }
    await missingCredits(operation);
    await tooMuch(operation);
    await keysOf(operation, id, body);
    await badLuck(operation, again);
  });

  async function missingCredits(operation: Operation): Promise<void> {
    if (!operation.problems.includes("insufficient_credits")) return;
    const credits = STARTER * 2;
    await api.ask(operation, { id: account, body: { ...operation.example.body, credits } });
  }

  async function tooMuch(operation: Operation): Promise<void> {
    const codes = ["amount_too_large", "capture_too_large"] as const;
    for (const code of codes.filter((each) => operation.problems.includes(each))) {
      const limits = { ...USUAL_LIMITS, ...(code === "amount_too_large" && { mostPerCall: credits(50n) }) };
      const batcher = createBatcher(deps().db, { limits });
      const body = { ...operation.example.body, credits: 1_000_001 };
      const id = await idFor(operation, account);
      await api.with({ batcher }, async () => {
        const { body: told } = await api.ask(operation, { id, body });
        expect(told.most_credits).toBe(code === "amount_too_large" ? 50 : 1_000_000);
      });
    }
  }

  async function keysOf(operation: Operation, id: string, body: unknown): Promise<void> {
    if (operation.key !== "header") return;
    await api.ask(operation, { id, body, idempotencyKey: null });
    await api.ask(operation, { id, body, idempotencyKey: "a key with spaces" });
    await api.ask(operation, { id, body });
    const other = (await hold(account, 20)).hold_id;
    const idempotencyKey = newId();
    await spend(account, 1, { idempotencyKey });
    await api.ask(operation, { id: operation.subject === "hold" ? other : account, body, idempotencyKey });
  }

  async function badLuck(operation: Operation, asked: object): Promise<void> {
    const full = createBatcher(deps().db, { maxQueued: 0 });
    await api.with({ batcher: full }, async () => void (await api.ask(operation, asked)));
    for (const url of ["postgres://nobody:x@127.0.0.1:1/none", withoutTables(api.ownerUrl)]) {
      const db = connect(url, { max: 2 });
      await api.with({ db, batcher: createBatcher(db) }, async () => void (await api.ask(operation, asked)));
      await db.pool.end({ timeout: 1 });
    }
    const kept = globalThis as { refillApiGate?: object };
    const usual = kept.refillApiGate;
    kept.refillApiGate = { keys: createKeyRing(deps().db), limits: createApiLimits(1) };
    await api.ask(operation, asked);
    const limited = await api.ask(operation, asked);
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "1"]);
    kept.refillApiGate = usual;
  }

  /** The batch tells of trouble behind it in its items. */
  const inItems = ["overloaded", "unavailable", "internal"];

  it("was given", () => {
    const wanted = documentedAnswers(problemsOf).filter(
      (each) => !inItems.some((code) => each === `spendMany ${code}`),
    );
    expect(wanted.filter((each) => !api.seen.has(each))).toEqual([]);
  });
});

const withoutTables = (url: string): string => {
  const other = new URL(url);
  other.pathname = "/template1";
  return other.href;
};
