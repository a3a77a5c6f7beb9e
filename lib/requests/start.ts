import { routePatterns } from "../build-facts";
import { type Env, trustedProxies } from "../env";
import type { Logger } from "../log";
import { series } from "../metrics/series";
import { followRequests } from "./follow-requests";
import { type Answered, createRequestLines } from "./request-lines";
import { createRoutePattern } from "./route-pattern";

/** From now on every request of this process has an id, and is logged and counted once it is over. */
export function startFollowing(log: Logger, env: Env): void {
  const lines = createRequestLines(log);
  process.once("exit", lines.flush);
  followRequests({
    behindProxy: trustedProxies(env) > 0,
    patternOf: createRoutePattern(routePatterns()),
    onAnswered(answered) {
      lines.tell(answered);
      count(answered);
    },
  });
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
/** Open for as long as somebody looks at a page. */
const STREAM = "/settings/billing/live";

function count({ method, route, status, ms }: Answered): void {
  const { requests, requestSeconds } = series();
  requests.inc({ method: METHODS.has(method) ? method : "other", route, status: String(status) });
  if (route !== STREAM) requestSeconds.observe({ route }, ms / 1_000);
}
