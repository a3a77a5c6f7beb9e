import Ajv2020, { type ValidateFunction } from "ajv/dist/2020";
import { afterAll, beforeAll, expect, vi } from "vitest";
import { openApiDocument } from "../../lib/api/openapi";
import { OPERATIONS, type Operation } from "../../lib/api/operations";
import { API_SCOPES, createApiKey, type NewApiKey } from "../../lib/auth/api-keys";
import { type Deps, deps } from "../../lib/deps";
import { invariant } from "../../lib/result";
import { openTestDatabase, type TestDatabase } from "./database";

type Route = (
  request: Request,
  context: { params: Promise<object | undefined> },
) => Promise<Response> | Response;

const ROUTES: Record<string, () => Promise<object>> = {
  readBalance: () => import("../../app/api/v1/accounts/[id]/balance/route"),
  listEntries: () => import("../../app/api/v1/accounts/[id]/entries/route"),
  spend: () => import("../../app/api/v1/accounts/[id]/spends/route"),
  placeHold: () => import("../../app/api/v1/accounts/[id]/holds/route"),
  captureHold: () => import("../../app/api/v1/holds/[id]/capture/route"),
  releaseHold: () => import("../../app/api/v1/holds/[id]/release/route"),
  spendMany: () => import("../../app/api/v1/spends/route"),
};

export type Asked = {
  readonly id?: string;
  readonly key?: string | null;
  /** The idempotency key; made up when it is left out, none when null. */
  readonly idempotencyKey?: string | null;
  /** A string is sent as it is. */
  readonly body?: unknown;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Told = {
  readonly status: number;
  readonly headers: Headers;
  /** As it was sent, with digits that a number of JavaScript loses. */
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape, which were validated before
  readonly body: any;
};

export type Api = TestDatabase & {
  /** Asks the route of an operation, and fails unless the answer is one the OpenAPI document tells of. */
  ask(operation: Operation, asked?: Asked): Promise<Told>;
  makeKey(key?: Partial<NewApiKey>): Promise<string>;
  /** A key that may do everything. */
  key: string;
  /** `operation code` of every problem and `operation status` of every success that was answered. */
  seen: Set<string>;
  /** Runs `work` in a process that has other things wired. */
  with(other: Partial<Deps>, work: () => Promise<void>): Promise<void>;
};

/** The API's routes over a database of their own, wired from the environment as a server is. */
export function openApi(): Api {
  const api = openTestDatabase() as Api;
  const validate = createValidator();
  api.seen = new Set();

  beforeAll(async () => {
    setEnvironment(api.appUrl);
    api.makeKey = async (key) => {
      const asked = { name: "test", scopes: API_SCOPES, onlyAccountId: null, ...key };
      const made = await createApiKey(api.db, asked);
      invariant(made.ok, "the key can be made");
      return made.value.key;
    };
    api.key = await api.makeKey();
    api.ask = async (operation, asked = {}) => {
      const routes = (await ROUTES[operation.id]?.()) as Record<string, Route> | undefined;
      const route = routes?.[operation.method];
      invariant(route, `there is a route for ${operation.id}`);
      const request = requestFor(operation, { key: api.key, ...asked });
      const response = await route(request, {
        params: Promise.resolve(asked.id === undefined ? undefined : { id: asked.id }),
      });
      const text = await response.text();
      const told = { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
      api.seen.add(`${operation.id} ${told.body.code ?? told.status}`);
      expect(told.headers.get("x-request-id")).toMatch(/^\S+$/);
      expect(validate(operation, told), `${operation.id} ${told.status}`).toEqual([]);
      return told;
    };
    api.with = async (other, work) => {
      const kept = globalThis as typeof globalThis & { refillDeps?: Deps };
      const usual = deps();
      kept.refillDeps = { ...usual, ...other };
      await work().finally(() => {
        kept.refillDeps = usual;
      });
    };
  });

  afterAll(async () => {
    await deps().batcher.close();
    await deps().db.pool.end({ timeout: 5 });
    // The next file's tests run in this process, and have a database of their own.
    vi.unstubAllEnvs();
    Object.assign(globalThis, { refillEnv: undefined, refillDeps: undefined, refillApiGate: undefined });
  });
  return api;
}

function setEnvironment(databaseUrl: string): void {
  const environment = {
    APP_URL: "http://localhost:3000",
    DATABASE_URL: databaseUrl,
    AUTH_SECRET: "a secret of at least 32 characters",
    STRIPE_SECRET_KEY: "sk_test_api",
    STRIPE_WEBHOOK_SECRET: "whsec_api",
    LOG_LEVEL: "silent",
    API_REQUESTS_PER_SECOND: "100000",
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  Object.assign(globalThis, { refillEnv: undefined, refillDeps: undefined, refillApiGate: undefined });
}

let keys = 0;

function requestFor(operation: Operation, asked: Asked): Request {
  const { key, idempotencyKey = `made-up-${++keys}`, body, query = "", headers } = asked;
  const url = `http://localhost:3000/api/v1/${operation.id}${query}`;
  const all = new Headers(headers);
  if (key) all.set("authorization", `Bearer ${key}`);
  if (operation.key === "header" && idempotencyKey !== null) all.set("idempotency-key", idempotencyKey);
  if (body === undefined) return new Request(url, { method: operation.method, headers: all });
  if (!all.has("content-type")) all.set("content-type", "application/json");
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return new Request(url, { method: operation.method, headers: all, body: text });
}

/** Checks answers against the document as it is served, allowing nothing that is not in it. */
function createValidator(): (operation: Operation, told: Told) => unknown[] {
  const document = JSON.parse(JSON.stringify(openApiDocument("http://localhost:3000", "Test")));
  for (const each of Object.values(document.components.schemas)) close(each);
  const ajv = new Ajv2020({ strict: true, strictTypes: false, allErrors: true });
  ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  ajv.addFormat("int64", true);
  ajv.addVocabulary(["openapi", "info", "servers", "security", "paths", "components", "example"]);
  ajv.addSchema(document, "api");
  const compiled = new Map<string, ValidateFunction>();

  return ({ path, method }, told) => {
    const responses = document.paths[path][method.toLowerCase()].responses;
    const type = told.headers.get("content-type") ?? "";
    const at = [
      "paths",
      path,
      method.toLowerCase(),
      "responses",
      String(told.status),
      "content",
      type,
      "schema",
    ];
    if (!responses[told.status]?.content[type]) return [`${told.status} ${type} is not documented`];
    const ref = `api#/${at.map((step) => encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`;
    const check = compiled.get(ref) ?? ajv.compile({ $ref: ref });
    compiled.set(ref, check);
    return check(told.body) ? [] : (check.errors ?? []);
  };
}

/** Answers are open in the document, so that they may grow; here what is not documented is a mistake. */
function close(schema: unknown): void {
  if (typeof schema !== "object" || schema === null) return;
  if ("properties" in schema && !("additionalProperties" in schema)) {
    Object.assign(schema, { additionalProperties: false });
  }
  for (const each of Object.values(schema)) close(each);
}

/** What the document says an operation can answer. */
export const documentedAnswers = (codesOf: (operation: Operation) => readonly string[]): string[] =>
  OPERATIONS.flatMap((each) => [
    `${each.id} ${each.status}`,
    ...codesOf(each).map((code) => `${each.id} ${code}`),
  ]);
