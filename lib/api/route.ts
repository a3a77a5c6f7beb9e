import type { z } from "zod";
import { databaseIsAway } from "../../db/pool";
import { cannotWrite, DatabaseBusy } from "../../db/transact";
import type { ApiKey } from "../auth/api-keys";
import { type Deps, deps } from "../deps";
import { fromPublicId, toPublicId } from "../ids";
import { Overloaded } from "../ledger/batcher";
import { noteWho } from "../requests/context";
import { err, ok, type Result } from "../result";
import { readJson } from "./body";
import { check } from "./check";
import { admit } from "./gate";
import { fromHoldId, type HoldAddress } from "./ids";
import { toJson } from "./json";
import type { Operation } from "./operations";
import { describeProblem, type Problem } from "./problems";
import { idempotencyKeyText } from "./schemas";

type Subjects = { account: string; hold: HoldAddress; none: null };
type Parsed<S extends z.ZodType | null> = S extends z.ZodType ? z.output<S> : null;

/** A request that was admitted and read. */
export type Call<O extends Operation> = {
  readonly deps: Deps;
  readonly key: ApiKey;
  readonly requestId: string;
  /** What the address is about, and this key may touch. */
  readonly subject: Subjects[O["subject"]];
  readonly idempotencyKey: O["key"] extends "header" ? string : null;
  readonly query: Parsed<O["query"]>;
  readonly body: Parsed<O["body"]>;
};

export type Reply = {
  readonly body: object;
  /** The key was used before: this was the answer then. */
  readonly replayed?: boolean;
};

/** The framework gives no parameters at all where an address has none. */
type Context = { readonly params: Promise<{ readonly id?: string } | undefined> };
type Handler<O extends Operation> = (call: Call<O>) => Promise<Result<Reply, Problem>>;
type Route = (request: Request, context: Context) => Promise<Response>;

/**
 * The only way into the API: a request gets its id, then key, scope and rate are checked, then the address, the
 * idempotency key and the body, and only then `handler` is asked. Everything that fails is a problem document.
 */
export function apiRoute<O extends Operation>(operation: O, handler: Handler<O>): Route {
  return async (request, context) => {
    const requestId = requestIdOf(request);
    const headers = new Headers(ownHeaders(requestId));
    try {
      const call = await read(operation, request, context, { requestId, headers });
      const reply = call.ok ? await handler(call.value) : call;
      if (!reply.ok) return problemResponse(reply.error, requestId, headers);
      if (reply.value.replayed) headers.set("idempotency-replayed", "true");
      headers.set("content-type", "application/json");
      return new Response(toJson(reply.value.body), { status: operation.status, headers });
    } catch (error) {
      return problemResponse(problemOfFailure(error, requestId), requestId, headers);
    }
  };
}

async function read<O extends Operation>(
  operation: O,
  request: Request,
  context: Context,
  { requestId, headers }: { readonly requestId: string; readonly headers: Headers },
): Promise<Result<Call<O>, Problem>> {
  const admitted = await admit(request, operation, headers);
  if (!admitted.ok) return admitted;
  const key = admitted.value;
  const subject = subjectOf(operation, (await context.params)?.id, key);
  if (!subject.ok) return subject;
  if (operation.subject === "account") noteWho({ account: toPublicId("account", String(subject.value)) });
  const idempotencyKey = operation.key === "header" ? idempotencyKeyOf(request.headers) : ok(null);
  if (!idempotencyKey.ok) return idempotencyKey;
  const query = checkQuery(operation, request.url);
  if (!query.ok) return query;
  const body = await checkBody(operation, request);
  if (!body.ok) return body;
  const call = {
    deps: deps(),
    key,
    requestId,
    subject: subject.value,
    idempotencyKey: idempotencyKey.value,
    query: query.value,
    body: body.value,
  };
  return ok(call as Call<O>);
}

/** A key for one account learns nothing of others: they look as if they did not exist. */
function subjectOf(
  { subject }: Operation,
  id: string | undefined,
  key: ApiKey,
): Result<string | HoldAddress | null, Problem> {
  switch (subject) {
    case "account": {
      const accountId = fromPublicId("account", id);
      return accountId && mayTouch(key, accountId) ? ok(accountId) : err({ code: "account_not_found" });
    }
    case "hold": {
      const hold = fromHoldId(id);
      return hold && mayTouch(key, hold.accountId) ? ok(hold) : err({ code: "hold_not_found" });
    }
    case "none":
      return ok(null);
  }
}

export const mayTouch = ({ onlyAccountId }: ApiKey, accountId: string): boolean =>
  onlyAccountId === null || onlyAccountId === accountId;

function idempotencyKeyOf(headers: Headers): Result<string, Problem> {
  const given = headers.get("idempotency-key");
  if (given === null || given === "") return err({ code: "idempotency_key_missing" });
  const parsed = idempotencyKeyText.safeParse(given);
  if (parsed.success) return ok(parsed.data);
  const detail = parsed.error.issues[0]?.message ?? "is not valid";
  return err({ code: "invalid_request", errors: [{ pointer: "Idempotency-Key", detail }] });
}

function checkQuery({ query }: Operation, url: string): Result<unknown, Problem> {
  if (!query) return ok(null);
  const checked = check(query, Object.fromEntries(new URL(url).searchParams));
  if (checked.ok || checked.error.code !== "invalid_request") return checked;
  const errors = checked.error.errors.map((each) => ({ ...each, pointer: each.pointer.slice(1) }));
  return err({ code: "invalid_request", errors });
}

async function checkBody(operation: Operation, request: Request): Promise<Result<unknown, Problem>> {
  const { body, mostBytes, bodyIsOptional } = operation;
  if (!body) return ok(null);
  const json = await readJson(request, { mostBytes, optional: bodyIsOptional });
  return json.ok ? check(body, json.value) : json;
}

/** What a caller is told of something that was thrown. What is not expected is logged. */
export function problemOfFailure(error: unknown, requestId: string): Problem {
  if (error instanceof Overloaded) return { code: "overloaded", retry_after_seconds: 1 };
  if (error instanceof DatabaseBusy || databaseIsAway(error)) {
    return { code: "unavailable", retry_after_seconds: 2 };
  }
  deps().log.error({ err: error, requestId }, "an API request failed");
  return cannotWrite(error) ? { code: "unavailable", retry_after_seconds: 10 } : { code: "internal" };
}

function problemResponse(problem: Problem, requestId: string, headers: Headers): Response {
  const document = describeProblem(problem, requestId);
  headers.set("content-type", "application/problem+json");
  if ("retry_after_seconds" in problem) headers.set("retry-after", String(problem.retry_after_seconds));
  return new Response(toJson(document), { status: document.status, headers });
}

/** The caller's own id if it is one that may be written to logs and headers. */
function requestIdOf(request: Request): string {
  const given = request.headers.get("x-request-id") ?? "";
  return /^[A-Za-z0-9._:-]{1,128}$/.test(given) ? given : crypto.randomUUID();
}

/**
 * Answers every method an address does not have; `allowed` goes into `Allow`. Left to itself the framework would count
 * the refusals among the methods there are when it is asked for them.
 */
export function methodNotAllowed(allowed: "GET" | "POST") {
  const allow = allowed === "GET" ? "GET, HEAD, OPTIONS" : "POST, OPTIONS";
  const refuse = refuseWith({ code: "method_not_allowed" }, { allow });
  const tell = (request: Request): Response =>
    new Response(null, { status: 204, headers: { ...ownHeaders(requestIdOf(request)), allow } });
  return { GET: refuse, POST: refuse, PUT: refuse, PATCH: refuse, DELETE: refuse, OPTIONS: tell };
}

/** For addresses at which there is nothing. */
export const nothingHere = refuseWith({ code: "not_found" });

function refuseWith(problem: Problem, extra: Readonly<Record<string, string>> = {}) {
  return (request: Request): Response => {
    const requestId = requestIdOf(request);
    return problemResponse(problem, requestId, new Headers({ ...ownHeaders(requestId), ...extra }));
  };
}

const ownHeaders = (requestId: string) => ({ "x-request-id": requestId, "cache-control": "no-store" });
