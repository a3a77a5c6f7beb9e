import type { QueueName } from "@/lib/desk/queues/kinds";
import { toPublicId } from "@/lib/ids";

export const EVENTS = "/admin/events";
export const MONEY = "/admin/money";
export const KEYS = "/admin/keys";
export const RECONCILIATION = "/admin/reconciliation";

export const queuePath = (queue: QueueName): string =>
  queue === "drift" ? `${RECONCILIATION}?show=differences` : `/admin/queues/${queue}`;
export const attentionPath = (itemId: string): string =>
  `/admin/attention/${toPublicId("attention", itemId)}`;
export const eventPath = (eventId: string): string => `${EVENTS}/${encodeURIComponent(eventId)}`;

type Query = Readonly<Record<string, string | string[] | undefined>>;

/** A parameter that was given once and is something. */
export function single(query: Query, name: string): string | null {
  const value = Object.hasOwn(query, name) ? query[name] : undefined;
  return typeof value === "string" && value !== "" ? value : null;
}
