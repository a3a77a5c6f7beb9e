import { sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { escapeUnseen } from "../../plain-text";
import { EVENT_COLUMNS, type EventItem, type EventRow, toEvent, withAccounts } from "./list";

/** More of a payload than this is not shown: Stripe's are a few thousand. */
const MAX_SHOWN = 100_000;

export type EventView = EventItem & {
  readonly apiVersion: string | null;
  /** `json`: what it says, in lines. `bytes`: what Postgres keeps neither as text nor as JSON, in hexadecimal. */
  readonly payload: {
    readonly kind: "json" | "bytes";
    readonly text: string;
    /** Of the whole. */
    readonly bytes: number;
    /** Whether the rest is left out. */
    readonly isCut: boolean;
  };
};

/** One event with its payload, as it was delivered, character for character: numbers are Stripe's, not a program's. Null: none such. */
export async function findEvent(db: Reader, eventId: string): Promise<EventView | null> {
  const [row] = await db.execute<
    EventRow & { api_version: string | null; json: string | null; hex: string | null; bytes: number }
  >(sql`
    select ${EVENT_COLUMNS}, e.api_version, left(jsonb_pretty(e.payload), ${MAX_SHOWN + 1}) as json,
      encode(substring(e.body from 1 for ${MAX_SHOWN / 2 + 1}), 'hex') as hex,
      coalesce(octet_length(e.payload::text), octet_length(e.body), 0) as bytes
    from ${withAccounts(sql`where id = ${eventId}`)}`);
  if (!row) return null;
  const whole = row.json ?? (row.hex ?? "").replace(/(.{64})(?=.)/g, "$1\n");
  return {
    ...toEvent(row),
    apiVersion: row.api_version,
    payload: {
      kind: row.json === null ? "bytes" : "json",
      text: escapeUnseen(whole.slice(0, MAX_SHOWN)),
      bytes: row.bytes,
      isCut: whole.length > MAX_SHOWN,
    },
  };
}
