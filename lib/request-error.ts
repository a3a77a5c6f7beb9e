import { databaseIsAway } from "../db/pool";
import { DatabaseBusy } from "../db/transact";
import { deps } from "./deps";
import type { Logger } from "./log";

export type FailedRequest = { readonly path: string; readonly method: string };
export type FailedAt = { readonly routePath: string; readonly routeType: string };

/**
 * Writes the one line about a page, route or action that failed: where, and why, without what was in the address behind
 * the path. While the database is away that is a warning: its own alarm tells of it.
 */
export function tellRequestError(
  error: unknown,
  { path, method }: FailedRequest,
  { routePath, routeType }: FailedAt,
  log: Logger = deps().log,
): void {
  const away = error instanceof DatabaseBusy || databaseIsAway(error);
  const where = { method, path: path.split(/[?#]/)[0], route: routePath, kind: routeType };
  log[away ? "warn" : "error"]({ err: error, ...where }, "a request failed");
}
