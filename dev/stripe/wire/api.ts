import type { Core } from "../core";
import { newId } from "../ids";
import { withFreshLinks } from "../links";
import { ROUTES } from "../objects/routes";
import { markLive } from "../store";
import type { AnswerRow } from "../tables";
import { API_VERSION } from "../work";
import type { Worlds } from "../worlds";
import {
  ApiError,
  invalidParameter,
  keyInUse,
  keyMismatch,
  lockTimeout,
  rateLimited,
  serverFault,
} from "./errors";
import { expand } from "./expand";
import { canonical, decodeForm, type FormTree } from "./form";
import { findRoute } from "./router";

export type ApiCall = {
  method: string;
  path: string;
  query: string;
  body: string;
  authorization: string | undefined;
  idempotencyKey: string | undefined;
  version: string | undefined;
};

export type Answer = { status: number; body: string; headers: Record<string, string> };

type Outcome = {
  status: number;
  body: string;
  shouldRetry?: boolean;
  original?: string;
  limited?: string;
};

const DAY_MS = 24 * 3600 * 1000;

/** Answers one API request; `null` means the connection is to be dropped without a word. */
export async function answerApi(worlds: Worlds, call: ApiCall): Promise<Answer | null> {
  const [started, id] = [performance.now(), newId("req", 14)];
  let { core } = worlds.first;
  const at = core.wallNow();
  const outcome = await (async () => {
    const { key, place } = worlds.switches.keys.read(call.authorization);
    core = worlds.of(place).core;
    worlds.switches.keys.assertPermitted(key, place.account, call.method, call.path);
    return outcomeOf(core, call, id);
  })().catch((error: unknown) => failure(core, id, error));
  const dropped =
    outcome === null || core.faults.takeForRequest("drop_after", call.method, call.path) !== null;
  const ms = performance.now() - started;
  const { method, path, idempotencyKey = null } = call;
  const replayed = outcome?.original !== undefined;
  core.log({ at, id, method, path, idempotencyKey, status: dropped ? null : outcome.status, ms, replayed });
  if (dropped) return null;
  return { status: outcome.status, body: outcome.body, headers: headersOf(call, id, outcome, ms) };
}

async function outcomeOf(core: Core, call: ApiCall, id: string): Promise<Outcome | null> {
  const strikes = (kind: Parameters<typeof core.faults.takeForRequest>[0]) =>
    core.faults.takeForRequest(kind, call.method, call.path);
  if (strikes("drop_before")) return null;
  if (strikes("rate_limit")) throw rateLimited();
  const { account, mode } = core.place;
  const reason = core.switches.limits.take(account, mode, call.path, core.wallNow());
  if (reason) throw rateLimited(reason);
  if (strikes("lock_timeout")) throw lockTimeout();
  if (strikes("fail_before")) throw serverFault(true);
  const key = keyOf(call);
  if (strikes("conflict")) throw keyInUse(key ?? "(none)");

  const tree = decodeForm(call.method === "POST" ? call.body : call.query);
  const fingerprint = `${call.method} ${call.path} ${canonical(tree)}`;
  const saved = key ? claim(core, key, fingerprint) : null;
  if (saved) return { status: saved.status, body: saved.body, original: saved.requestId };
  try {
    const latency = core.switches.latency.next(call.method, call.path);
    await pause(strikes("slow_before")?.ms ?? latency?.before);
    const outcome = execute(core, call, tree, { id, key, fingerprint });
    await pause(strikes("slow_after")?.ms ?? latency?.after);
    return outcome;
  } finally {
    if (key) core.running.delete(key);
  }
}

function keyOf(call: ApiCall): string | null {
  if (call.method !== "POST" || !call.idempotencyKey) return null;
  if (call.idempotencyKey.length > 255)
    throw invalidParameter("Idempotency keys can be at most 255 characters long.");
  return call.idempotencyKey;
}

/** The saved answer of an earlier request with this key, or `null` after marking the key as running. */
function claim(core: Core, key: string, fingerprint: string): AnswerRow | null {
  const running = core.running.get(key);
  const saved = core.store.get("answer", key);
  const fresh = saved && core.wallNow() - saved.atMs < DAY_MS ? saved : null;
  const first = running ?? fresh?.fingerprint;
  if (first !== undefined && first !== fingerprint) throw keyMismatch(key);
  if (running !== undefined) throw keyInUse(key);
  if (fresh) return fresh;
  core.running.set(key, fingerprint);
  return null;
}

type Identity = { id: string; key: string | null; fingerprint: string };

function execute(core: Core, call: ApiCall, tree: FormTree, identity: Identity): Outcome {
  const found = findRoute(ROUTES, call.method, call.path);
  if (!found) throw unknownUrl(call);
  const { expand: paths, run } = found.route.prepare(tree, found.ids);
  const request = { id: identity.id, idempotency_key: call.idempotencyKey ?? null };
  try {
    return core.perform(
      (work) => {
        const outcome = kept(core, identity.id, () => {
          const answer = expand(core.store, run(work), paths);
          const body = JSON.stringify(core.place.mode === "live" ? markLive(answer) : answer);
          // What an event says is as it was then.
          const isEvent = call.path.startsWith("/v1/events");
          return { status: 200, body: isEvent ? body : withFreshLinks(body, core.now()) };
        });
        const fault = core.faults.takeForRequest("fail_after", call.method, call.path);
        const final = fault ? failure(core, identity.id, serverFault(false)) : outcome;
        save(core, identity, final);
        return final;
      },
      { request },
    );
  } catch (error) {
    if (!(error instanceof ApiError) || error.traits.unsaved) throw error;
    const outcome = failure(core, identity.id, error);
    core.perform(() => save(core, identity, outcome));
    return outcome;
  }
}

/** A decline is an answer like any other: what it changed stays. */
function kept(core: Core, id: string, run: () => Outcome): Outcome {
  try {
    return run();
  } catch (error) {
    if (error instanceof ApiError && error.traits.keep) return failure(core, id, error);
    throw error;
  }
}

function save(core: Core, { id, key, fingerprint }: Identity, outcome: Outcome): void {
  if (!key) return;
  const { status, body } = outcome;
  core.store.put("answer", { id: key, fingerprint, status, body, requestId: id, atMs: core.wallNow() });
}

function failure(core: Core, id: string, error: unknown): Outcome {
  if (!(error instanceof ApiError)) {
    console.error("stripe simulator:", error);
    return failure(
      core,
      id,
      new ApiError(500, { type: "api_error", message: `The simulator failed: ${error}` }),
    );
  }
  const message = withOtherMode(core, error);
  const body = { ...error.body, message, request_log_url: `${core.options.publicUrl}/_sim/requests#${id}` };
  return {
    status: error.status,
    body: JSON.stringify({ error: body }),
    shouldRetry: error.traits.shouldRetry,
    limited: error.traits.limited,
  };
}

/**
 * An id of the account's other mode is missing like any other, but the sentence says where it is (stripe-node issue 149,
 * pinax-stripe-light issue 227). What belongs to another account is simply not there.
 */
function withOtherMode(core: Core, { body: { code, message } }: ApiError): string {
  const id = code === "resource_missing" ? /^No such [^:]+: '([^']+)'$/.exec(message)?.[1] : undefined;
  const other = id ? core.otherModeOf(id) : null;
  if (!other) return message;
  return `${message}; a similar object exists in ${other} mode, but a ${core.place.mode} mode key was used to make this request.`;
}

function unknownUrl(call: ApiCall): ApiError {
  const message =
    `Unrecognized request URL (${call.method}: ${call.path}). If you are trying to list objects, remove the trailing ` +
    "slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier.";
  return new ApiError(404, { type: "invalid_request_error", message }, { unsaved: true });
}

/** A change that was made is not to be sent again (recorded: pay-rails/pay, on every POST that succeeded). */
function shouldRetryOf(
  { idempotencyKey, method }: ApiCall,
  { shouldRetry, status }: Outcome,
): Record<string, string> {
  if (shouldRetry !== undefined) return { "Stripe-Should-Retry": String(shouldRetry) };
  return method === "POST" && idempotencyKey && status === 200 ? { "Stripe-Should-Retry": "false" } : {};
}

function headersOf(call: ApiCall, id: string, outcome: Outcome, ms: number): Record<string, string> {
  return {
    "Content-Type": "application/json",
    "Request-Id": id,
    "Stripe-Version": call.version ?? API_VERSION,
    "X-Sim-Duration-Ms": ms.toFixed(3),
    ...(call.idempotencyKey && call.method === "POST"
      ? { "Idempotency-Key": call.idempotencyKey, "Original-Request": outcome.original ?? id }
      : {}),
    ...(outcome.limited ? { "Stripe-Rate-Limited-Reason": outcome.limited, "Retry-After": "1" } : {}),
    ...(outcome.original ? { "Idempotent-Replayed": "true" } : {}),
    ...shouldRetryOf(call, outcome),
  };
}

function pause(ms: number | undefined): Promise<void> | undefined {
  return ms === undefined ? undefined : new Promise((resume) => setTimeout(resume, ms));
}
