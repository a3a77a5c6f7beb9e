import type Stripe from "stripe";
import { invalidParameter, missing } from "./errors";

type Paging = { limit?: number; starting_after?: string; ending_before?: string };
type Range = number | { gt?: number; gte?: number; lt?: number; lte?: number } | undefined;

export type Page<T> = Pick<Stripe.ApiList<T>, "object" | "data" | "has_more" | "url">;

/** Cuts one page out of rows that are given newest first. */
export function pageOf<T extends { id: string }>(
  rows: T[],
  paging: Paging,
  url: string,
  what: string,
): Page<T> {
  const limit = paging.limit ?? 10;
  if (limit < 1)
    throw invalidParameter(
      "This value must be greater than or equal to 1.",
      "limit",
      "parameter_invalid_integer",
    );
  if (limit > 100)
    throw invalidParameter(
      "This value must be less than or equal to 100.",
      "limit",
      "parameter_invalid_integer",
    );
  if (paging.starting_after && paging.ending_before)
    throw invalidParameter(
      "Received both starting_after and ending_before parameters. Please pass in only one.",
    );
  const at = (id: string, param: string) => {
    const index = rows.findIndex((row) => row.id === id);
    if (index < 0) throw missing(what, id, param);
    return index;
  };
  if (paging.ending_before) {
    const end = at(paging.ending_before, "ending_before");
    const start = Math.max(0, end - limit);
    return { object: "list", data: rows.slice(start, end), has_more: start > 0, url };
  }
  const start = paging.starting_after ? at(paging.starting_after, "starting_after") + 1 : 0;
  const data = rows.slice(start, start + limit);
  return { object: "list", data, has_more: start + limit < rows.length, url };
}

export function within(created: number, range: Range): boolean {
  if (range === undefined) return true;
  if (typeof range === "number") return created === range;
  const { gt = -Infinity, gte = -Infinity, lt = Infinity, lte = Infinity } = range;
  return created > gt && created >= gte && created < lt && created <= lte;
}
