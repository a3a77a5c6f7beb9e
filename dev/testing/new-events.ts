import { stripeEvents } from "../../db/schema";
import { WEBHOOK_EVENTS } from "../../lib/stripe/webhook";
import type { Shop } from "./shop";

/** The events about a charge that are not known yet, stored as the webhook stores them. Returns their ids, the newest first. */
export async function keepNewEvents(shop: Shop, charge: string, known: Set<string>): Promise<string[]> {
  const { data } = await shop.stripe.events.list({ limit: 100 });
  const wanted: readonly string[] = WEBHOOK_EVENTS;
  const found = data.filter(
    (each) => wanted.includes(each.type) && !known.has(each.id) && JSON.stringify(each.data).includes(charge),
  );
  for (const event of found) {
    known.add(event.id);
    await shop.db
      .insert(stripeEvents)
      .values({ id: event.id, type: event.type, payload: event, createdAt: new Date() });
  }
  return found.map(({ id }) => id);
}
