import type Stripe from "stripe";
import { stripeEvents } from "../../db/schema";
import { planCustomerOf } from "../../lib/billing/event-shape";
import { handleEvent } from "../../lib/billing/handle-event";
import { WEBHOOK_EVENTS } from "../../lib/stripe/webhook";
import type { Random } from "../simulation/random";
import type { Store } from "../stripe/store";
import type { Instance } from "./instance";

const WANTED: readonly string[] = WEBHOOK_EVENTS;

/** What Stripe tells, on its way: the driver says what arrives when, in which order, how often, and what never does. */
export class Letters {
  private waiting: Stripe.Event[] = [];

  constructor(store: Store) {
    store.onCommit(({ table, row }) => {
      const event = table === "event" ? (row as Stripe.Event | null) : null;
      if (event && WANTED.includes(event.type)) this.waiting.push(event);
    });
  }

  /** Takes some of what waits, in any order: a few are lost, a few come twice. */
  draw(random: Random): readonly Stripe.Event[] {
    const shuffled = random.shuffled(this.waiting);
    const some = shuffled.slice(0, 1 + random.whole(4));
    this.waiting = shuffled.slice(some.length);
    return some.flatMap((event) => (random.chance(0.2) ? [] : random.chance(0.2) ? [event, event] : [event]));
  }

  /** All that waits: whatever was not lost arrives in the end. */
  drawAll(): readonly Stripe.Event[] {
    return this.waiting.splice(0);
  }
}

/** As the webhook's endpoint stores what has arrived: in a database that is asked once. */
export async function store({ deps }: Instance, events: readonly Stripe.Event[]): Promise<void> {
  const rows = events.map((event) => ({
    id: event.id,
    type: event.type,
    payload: event,
    planCustomer: planCustomerOf(event),
    createdAt: new Date(event.created * 1_000),
  }));
  if (rows.length > 0) await deps.db.insert(stripeEvents).values(rows).onConflictDoNothing();
}

/** As the webhook's endpoint and its job do it. Throws what `handleEvent` throws: the event is stored, and tried again. */
export async function receive(instance: Instance, event: Stripe.Event): Promise<void> {
  await store(instance, [event]);
  await handleEvent(instance.deps, event.id);
}
