import type Stripe from "stripe";
import { newId } from "../ids";
import { missing } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import { created, flag, list, pageShape, word } from "../wire/params";
import { type Route, route } from "../wire/router";
import { API_VERSION, type Work } from "../work";

export const START_ENDPOINT = "we_given_at_start";

type Json = Record<string, unknown>;

/** Records that something happened and queues it for every endpoint that listens. */
export function emit(work: Work, type: Stripe.Event.Type, object: object, previous?: Json): void {
  const listeners = listenersOf(work, type);
  const event = {
    id: newId("evt"),
    object: "event",
    api_version: API_VERSION,
    created: work.now,
    data: previous ? { object, previous_attributes: previous } : { object },
    livemode: false,
    pending_webhooks: listeners.length,
    request: work.request,
    type,
  } as unknown as Stripe.Event;
  work.store.put("event", event);
  for (const endpoint of listeners) {
    const id = newId("dlv");
    const [state, attempts, nextAtMs] = ["pending" as const, 0, work.wallMs];
    work.store.put("delivery", { id, event: event.id, endpoint, attempts, nextAtMs, state, answer: null });
  }
}

/** Emits `type` with what changed, or nothing when nothing did. */
export function emitChange(work: Work, type: Stripe.Event.Type, before: object, after: object): void {
  const previous = difference(before as Json, after as Json);
  if (Object.keys(previous).length > 0) emit(work, type, after, previous);
}

export function listenersOf(work: Work, type: string): string[] {
  const registered = work.store
    .list("webhook_endpoint")
    .filter((endpoint) => endpoint.status === "enabled")
    .filter((endpoint) => wants(endpoint.enabled_events, type))
    .map((endpoint) => endpoint.id);
  return wants(work.startEvents, type) ? [START_ENDPOINT, ...registered] : registered;
}

const wants = (enabled: readonly string[], type: string): boolean =>
  enabled.includes("*") || enabled.includes(type);

/** The old values of what differs, hashes compared member by member. */
function difference(before: Json, after: Json): Json {
  const old: Json = {};
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[key], after[key]];
    if (JSON.stringify(was) === JSON.stringify(is)) continue;
    old[key] = isHash(was) && isHash(is) ? difference(was, is) : (was ?? null);
  }
  return old;
}

function isHash(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const eventFilters = { ...pageShape, type: word, types: list(word), created, delivery_success: flag };

export const eventRoutes: Route[] = [
  route("GET", "/v1/events", eventFilters, (work, params) => {
    const wanted = params.types ?? (params.type ? [params.type] : null);
    const matches = (type: string) =>
      !wanted ||
      wanted.some((name) => name === type || (name.endsWith("*") && type.startsWith(name.slice(0, -1))));
    const rows = work.store
      .list("event")
      .filter((event) => matches(event.type) && within(event.created, params.created))
      .filter(
        (event) => params.delivery_success === undefined || wasDelivered(event) === params.delivery_success,
      );
    return pageOf(rows, params, "/v1/events", "event");
  }),
  route("GET", "/v1/events/:id", {}, (work, _params, id) => {
    const event = work.store.get("event", id);
    if (!event) throw missing("event", id);
    return event;
  }),
];

function wasDelivered(event: Stripe.Event): boolean {
  return event.pending_webhooks === 0;
}
