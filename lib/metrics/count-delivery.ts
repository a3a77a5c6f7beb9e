import { WEBHOOK_EVENTS } from "../stripe/webhook";
import { series } from "./series";

const OURS: ReadonlySet<string> = new Set(WEBHOOK_EVENTS);

/** Counts a delivery of an event of Stripe's by what came of it; `none`: nobody knows who sent it, or it was not kept. */
export function countDelivery(type: string, outcome: string): void {
  series().webhooks.inc({ type: type === "none" || OURS.has(type) ? type : "other", outcome });
}
