import type { QueueName } from "@/lib/desk/queues/kinds";
import { toPublicId } from "@/lib/ids";
import type { PageCursor } from "@/lib/page-cursor";

export const EVENTS = "/admin/events";
export const MONEY = "/admin/money";
export const KEYS = "/admin/keys";
export const RECONCILIATION = "/admin/reconciliation";

export const queuePath = (queue: QueueName): string =>
  queue === "drift" ? `${RECONCILIATION}?show=differences` : `/admin/queues/${queue}`;
export const attentionPath = (itemId: string): string =>
  `/admin/attention/${toPublicId("attention", itemId)}`;
export const eventPath = (eventId: string): string => `${EVENTS}/${encodeURIComponent(eventId)}`;

/** Where a list goes on, in an address: ids of the database, of Stripe and of jobs alike. */
export const writeCursor = ({ createdAt, id }: PageCursor): string =>
  `${createdAt.getTime()}.${Buffer.from(id).toString("hex")}`;

/** For `readPageCursor`: the id that stands in an address, or null for what is none. */
export function idInCursor(hex: string): string | null {
  if (!/^([0-9a-f]{2})+$/.test(hex)) return null;
  const id = Buffer.from(hex, "hex").toString("utf8");
  return /^[\x20-\x7e]+$/.test(id) ? id : null;
}

type Query = Readonly<Record<string, string | string[] | undefined>>;

/** A parameter that was given once and is something. */
export function single(query: Query, name: string): string | null {
  const value = Object.hasOwn(query, name) ? query[name] : undefined;
  return typeof value === "string" && value !== "" ? value : null;
}
