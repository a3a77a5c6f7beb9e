import { callerOf } from "./caller";
import { recordSecurityEvent, type SecurityEventDeps } from "./security-events";

/** Where a request that changes something can be refused for its origin. */
type Door = "page" | "action" | "provider";

/** Notes that a form came from another site. Nobody waits for it: the refusal has been answered by then. */
export function recordForeignOrigin(
  deps: SecurityEventDeps,
  headers: Pick<Headers, "get">,
  door: Door,
): void {
  void recordSecurityEvent(deps, { kind: "origin_refused", caller: callerOf(headers), details: { door } });
}
