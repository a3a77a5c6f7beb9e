import type { ApiKey } from "../auth/api-keys";
import { type Allowance, type ApiLimits, createApiLimits } from "../auth/api-limits";
import { callerOf } from "../auth/caller";
import { createKeyRing, type KeyRing } from "../auth/key-ring";
import { recordSecurityEvent } from "../auth/security-events";
import { deps } from "../deps";
import { env } from "../env";
import { toPublicId } from "../ids";
import { noteWho } from "../requests/context";
import { err, ok, type Result } from "../result";
import type { Operation } from "./operations";
import type { Problem } from "./problems";

type Gate = { readonly keys: KeyRing; readonly limits: ApiLimits };

// The framework may load this module once per route; what is counted and remembered is one per process.
const kept = globalThis as typeof globalThis & { refillApiGate?: Gate };

function gate(): Gate {
  kept.refillApiGate ??= {
    keys: createKeyRing(deps().db),
    limits: createApiLimits(env().API_REQUESTS_PER_SECOND),
  };
  return kept.refillApiGate;
}

/** Whether this caller may do this now: key, scope, then rate. Headers for the answer are added on the way. */
export async function admit(
  request: Request,
  operation: Operation,
  headers: Headers,
): Promise<Result<ApiKey, Problem>> {
  const { keys, limits } = gate();
  const checked = await keys.check(bearerOf(request.headers));
  if (!checked.ok) {
    if (checked.error.code === "expired_key") noteExpired(checked.error.id, request.headers);
    headers.set("www-authenticate", 'Bearer realm="api"');
    return err({ code: "unauthorized" });
  }
  const key = checked.value;
  noteWho({ actor: "api_key", key: toPublicId("apiKey", key.id) });
  if (!key.scopes.includes(operation.scope)) return err({ code: "forbidden", needed_scope: operation.scope });
  const allowance = await limits.count(key.id);
  tellAllowance(headers, allowance);
  return allowance.allowed
    ? ok(key)
    : err({ code: "rate_limited", retry_after_seconds: allowance.resetSeconds });
}

function noteExpired(id: string, headers: Headers): void {
  const details = { key: toPublicId("apiKey", id) };
  void recordSecurityEvent(deps(), { kind: "api_key_expired", caller: callerOf(headers), details });
}

const bearerOf = (headers: Headers): string =>
  /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "";

/** As draft-ietf-httpapi-ratelimit-headers-10 has them. */
function tellAllowance(headers: Headers, { most, remaining, resetSeconds }: Allowance): void {
  headers.set("ratelimit-policy", `"requests";q=${most};w=1`);
  headers.set("ratelimit", `"requests";r=${remaining};t=${resetSeconds}`);
}
