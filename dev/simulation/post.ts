import type Stripe from "stripe";
import { stripeEvents } from "../../db/schema";
import type { BillingDeps } from "../../lib/billing/deps";
import { EventNotHandled, handleEvent } from "../../lib/billing/handle-event";
import { WEBHOOK_EVENTS } from "../../lib/stripe/webhook";
import type { Store } from "../stripe/store";
import type { Figures } from "./figures";
import { inLanes } from "./lanes";
import { type Random, randomOf } from "./random";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LANES = 3;

/** In calm weather nothing is left to fail: what is not handled in so many tries never will be. */
const CALM_TRIES = 5;

type Letter = {
  readonly event: Stripe.Event;
  readonly dueAtMs: number;
  readonly copies: number;
  /** How often it was brought in calm weather without being handled. */
  readonly calmTries: number;
};

/**
 * What Stripe tells, on its way to us: some at once, some up to three days later, some twice, some never, and in any
 * order. In calm weather everything arrives.
 */
export class Post {
  calm = false;
  private readonly random: Random;
  private letters: Letter[] = [];

  constructor(
    seed: number,
    private readonly to: { readonly store: Store; readonly figures: Figures; readonly deps: BillingDeps },
  ) {
    this.random = randomOf(seed, "post");
    const wanted: readonly string[] = WEBHOOK_EVENTS;
    to.store.onCommit(({ table, row }) => {
      const event = table === "event" ? (row as Stripe.Event | null) : null;
      if (event && wanted.includes(event.type)) this.take(event);
    });
  }

  /** Hands out what is due, in any order, and in calm weather all there is. Returns how many arrived. */
  async deliver(now: Date): Promise<number> {
    const isDue = ({ dueAtMs }: Letter) => this.calm || dueAtMs <= now.getTime();
    const due = this.letters.filter(isDue);
    this.letters = this.letters.filter((each) => !isDue(each));
    const copies = due.flatMap((each) => Array.from({ length: each.copies }, () => each));
    await inLanes(LANES, this.random.shuffled(copies), (each) => this.hand(each, now));
    return copies.length;
  }

  private take(event: Stripe.Event): void {
    const { random } = this;
    const lost = random.chance(0.12);
    if (lost && !this.calm) {
      this.to.figures.count("events", "lost");
      return;
    }
    const late = random.weighted([
      [0, 60],
      [random.between(0, 6 * HOUR), 28],
      [random.between(0, 72 * HOUR), 12],
    ] as const);
    const dueAtMs = event.created * 1_000 + (late ?? 0);
    this.letters.push({ event, dueAtMs, copies: random.chance(0.1) ? 2 : 1, calmTries: 0 });
  }

  private async hand(letter: Letter, now: Date): Promise<void> {
    const { deps, figures } = this.to;
    const { event } = letter;
    // As the webhook's endpoint stores it.
    await deps.db
      .insert(stripeEvents)
      .values({ id: event.id, type: event.type, payload: event, createdAt: new Date(event.created * 1_000) })
      .onConflictDoNothing();
    try {
      await handleEvent(deps, event.id);
      figures.count("events", "handled");
    } catch (error) {
      const calmTries = letter.calmTries + (this.calm ? 1 : 0);
      if (!(error instanceof EventNotHandled) || calmTries === CALM_TRIES) throw error;
      figures.count("events", "put off");
      const dueAtMs = now.getTime() + this.random.between(MINUTE, 3 * HOUR);
      this.letters.push({ event, copies: 1, dueAtMs, calmTries });
    }
  }
}
