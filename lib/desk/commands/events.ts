import type { Database } from "../../../db/client";
import type { SecurityEventDeps } from "../../auth/security-events";
import { toPublicId } from "../../ids";
import type { PageCursor } from "../../page-cursor";
import { recordEventView } from "../account";
import { writeCursor } from "../cursor";
import { findEvent } from "../events/find";
import { type EventFilter, listEvents } from "../events/list";
import { replayEvent } from "../events/replay";
import type { ByOperator } from "../record-act";
import { inColumns, instant } from "./said";
import type { Looking } from "./show";

const MAX_SHOWN = 200;

/** Stripe's events, the newest first: 1 where one that is listed is parked, else 0. */
export async function sayEvents(db: Database, filter: EventFilter, after: PageCursor | null) {
  const { events, next } = await listEvents(db, filter, { after, most: MAX_SHOWN });
  const rows = events.map((event) => [
    event.id,
    instant(event.receivedAt),
    event.state,
    event.type,
    event.accountId ? toPublicId("account", event.accountId) : "none",
    event.parkedReason ?? "",
  ]);
  const lines = [
    ...inColumns(["event", "received", "state", "type", "account", "why"], rows),
    ...(events.length === 0 ? ["There are no such events."] : []),
    ...(next ? ["", `Older: --before ${writeCursor(next)}`] : []),
  ];
  const code = events.some(({ state }) => state === "parked") ? (1 as const) : (0 as const);
  return { rows: events, lines, code };
}

/** One event with its payload, which is kept of who looks: 1 where there is none such. */
export async function sayEvent(deps: SecurityEventDeps, operator: Looking, eventId: string) {
  const event = await findEvent(deps.db, eventId);
  if (event) await recordEventView(deps, operator, { eventId, accountId: event.accountId, caller: null });
  if (!event) return { rows: null, lines: [`${eventId}: there is no such event.`], code: 1 as const };
  const state = event.parkedReason === null ? event.state : `parked: ${event.parkedReason}`;
  return { rows: event, lines: [`${event.type}, ${state}`, event.payload.text], code: 0 as const };
}

/** Makes an event due again: 1 where nothing was changed. */
export async function sayReplay(db: Database, eventId: string, by: ByOperator) {
  const result = await replayEvent(db, eventId, by);
  if (result.ok)
    return {
      rows: { event: eventId, state: "due" },
      lines: [`${eventId}: due again, a worker comes to it in a moment.`],
      code: 0 as const,
    };
  const why = {
    event_is_due: "it is due already",
    event_is_forgotten:
      "what it said was forgotten 30 days after it was handled; read the account again from Stripe",
    event_not_found: "there is no such event",
  };
  return {
    rows: null,
    lines: [`${eventId}: ${why[result.error.code]}. Nothing was changed.`],
    code: 1 as const,
  };
}
