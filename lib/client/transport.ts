import { toCamelCase, toSnakeCase } from "./names";
import type { Problem } from "./types";

export type ClientOptions = {
  /** Where the application is: `https://billing.example.com`. */
  readonly baseUrl: string;
  /** `rk_…` */
  readonly apiKey: string;
  readonly fetch?: typeof fetch;
  /** How long one attempt may take; 10 seconds when it is left out. */
  readonly timeoutMs?: number;
};

/** A request that failed for good, or went on failing. */
export class RefillError extends Error {
  override name = "RefillError";

  constructor(
    message: string,
    /** The problem's code; `no_answer` when nobody answered, `not_understood` when it was not the API that did. */
    readonly code: string,
    /** Whether the same request with the same key may succeed later. Whether it was done already is not known. */
    readonly mayRetry: boolean,
    readonly problem: Problem | null,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

type Sent = { readonly body?: object; readonly idempotencyKey?: string };
export type Transport = <T>(method: "GET" | "POST", path: string, sent?: Sent) => Promise<T>;

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 10_000;

/** Sends requests, and sends them again with the same key while it makes sense: five times at most. */
export function createTransport({
  baseUrl,
  apiKey,
  timeoutMs = 10_000,
  ...options
}: ClientOptions): Transport {
  const base = `${baseUrl.replace(/\/+$/, "")}/api/v1`;
  const send = options.fetch ?? fetch;

  const attempt = async (
    method: string,
    path: string,
    { body, idempotencyKey }: Sent,
  ): Promise<Attempted> => {
    const headers: Record<string, string> = { authorization: `Bearer ${apiKey}` };
    if (body) headers["content-type"] = "application/json";
    if (idempotencyKey !== undefined) headers["idempotency-key"] = idempotencyKey;
    const sent = body === undefined ? null : JSON.stringify(toSnakeCase(body));
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      return await understand(await send(base + path, { method, headers, body: sent, signal }));
    } catch (cause) {
      const error = new RefillError("there was no answer", "no_answer", true, null, { cause });
      return { ok: false, error, pauseMs: null };
    }
  };

  return async <T>(method: "GET" | "POST", path: string, sent: Sent = {}): Promise<T> => {
    for (let tries = 1; ; tries += 1) {
      const attempted = await attempt(method, path, sent);
      if (attempted.ok) return attempted.value as T;
      if (!attempted.error.mayRetry || tries === ATTEMPTS) throw attempted.error;
      await pause(attempted.pauseMs ?? FIRST_PAUSE_MS * 2 ** (tries - 1));
    }
  };
}

type Attempted =
  | { readonly ok: true; readonly value: unknown }
  /** The pause is what the server asked for. */
  | { readonly ok: false; readonly error: RefillError; readonly pauseMs: number | null };

async function understand(response: Response): Promise<Attempted> {
  const text = await response.text();
  const value = parse(text);
  if (response.ok && value) return { ok: true, value };
  const mayRetry = response.status === 429 || response.status >= 500 || response.ok;
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  const pauseMs = Number.isFinite(seconds) ? seconds * 1_000 : null;
  return { ok: false, error: toError(response.status, value, mayRetry), pauseMs };
}

function toError(status: number, value: object | null, mayRetry: boolean): RefillError {
  if (value && "code" in value && typeof value.code === "string") {
    const problem = value as Problem;
    return new RefillError(`${problem.title}. ${problem.detail}`, problem.code, mayRetry, problem);
  }
  return new RefillError(`the answer ${status} was not understood`, "not_understood", mayRetry, null);
}

function parse(text: string): object | null {
  try {
    const value = toCamelCase(JSON.parse(text));
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/** A little longer than so long, at random: callers that failed together do not come back together. */
export function pause(ms: number): Promise<void> {
  const least = Math.min(ms, MAX_PAUSE_MS);
  return new Promise((resolve) => setTimeout(resolve, least * (1 + Math.random() / 4)));
}
