import type { Logger } from "../log";
import type { Doing } from "./context";

/** A request that was answered, or that its client gave up. */
export type Answered = {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  /** The answer did not reach its client whole. */
  readonly cutShort: boolean;
  readonly doing: Doing;
};

/** Asked all the time by machines, and worth a line only when something is wrong. */
const QUIET = new Set([
  "/livez",
  "/readyz",
  "/healthz",
  "/metrics",
  "/api/health",
  "/_next/static",
  "/icon.svg",
  "/favicon.ico",
  "/apple-icon.png",
  "/manifest.webmanifest",
]);
const TOGETHER_MS = 1_000;

type Together = { readonly first: Answered; requests: number; slowestMs: number };

export type RequestLines = {
  /** One line about a request; those of the API are counted for a second by key, route and status. */
  tell(answered: Answered): void;
  /** Writes what was counted and not written yet. */
  flush(): void;
};

/** Writes what requests came to: method, route, status, milliseconds, and whose. Never an address, a body or a header. */
export function createRequestLines(log: Pick<Logger, "info" | "debug">): RequestLines {
  const counted = new Map<string, Together>();
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const all = [...counted.values()];
    counted.clear();
    for (const each of all) log.info(lineOf(each), "request");
  };
  return {
    flush,
    tell(answered) {
      const { route, status, method, ms, doing } = answered;
      if (!route.startsWith("/api/v1/")) {
        log[QUIET.has(route) && status < 400 ? "debug" : "info"](
          lineOf({ first: answered, requests: 1, slowestMs: ms }),
          "request",
        );
        return;
      }
      const name = [doing.key, method, route, status, answered.cutShort].join(" ");
      const together = counted.get(name);
      if (together) {
        together.requests += 1;
        together.slowestMs = Math.max(together.slowestMs, ms);
      } else counted.set(name, { first: answered, requests: 1, slowestMs: ms });
      timer ??= setTimeout(flush, TOGETHER_MS).unref();
    },
  };
}

function lineOf({ first, requests, slowestMs }: Together): object {
  const { method, route, status, cutShort, doing } = first;
  const { requestId, account, actor, key } = doing;
  const common = {
    method,
    route,
    status,
    ...(cutShort && { cutShort }),
    ...(actor && { actor }),
    ...(key && { key }),
  };
  return requests === 1
    ? { ...common, ms: Math.round(slowestMs), requestId, ...(account && { account }) }
    : { ...common, requests, slowestMs: Math.round(slowestMs) };
}
