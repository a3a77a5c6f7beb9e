import type Stripe from "stripe";
import { stripeEvents } from "../../db/schema";
import type { BillingDeps } from "../../lib/billing/deps";
import { EventNotHandled, handleEvent } from "../../lib/billing/handle-event";
import { WEBHOOK_EVENTS } from "../../lib/stripe/webhook";
import { idOf } from "../stripe/ids";
import type { Store } from "../stripe/store";
import type { Figures } from "./figures";
import { inLanes } from "./lanes";
import { type Random, randomOf } from "./random";
import { isTooBusy } from "./too-busy";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LANES = 3;

/** How often what arrives at one instant is stored before any of it is handled: then what tells of one plan is read once. */
const STORED_TOGETHER = 0.7;

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
    const copies = this.random.shuffled(
      due.flatMap((each) => Array.from({ length: each.copies }, () => each)),
    );
    if (this.random.chance(STORED_TOGETHER)) await this.handTogether(copies, now);
    else
      await inLanes(LANES, copies, async (each) => {
        await this.store([each]);
        await this.hand(each, now);
      });
    return copies.length;
  }

  /** As the worker does: all are stored, and those of one customer handled one after the other. */
  private async handTogether(letters: readonly Letter[], now: Date): Promise<void> {
    await this.store(letters);
    const byCustomer = new Map<string, Letter[]>();
    for (const each of letters) {
      const customer = customerIn(each.event);
      byCustomer.set(customer, [...(byCustomer.get(customer) ?? []), each]);
    }
    await inLanes(LANES, [...byCustomer.values()], async (its) => {
      for (const each of its) await this.hand(each, now);
    });
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

  /** As the webhook's endpoint stores them. */
  private async store(letters: readonly Letter[]): Promise<void> {
    if (letters.length === 0) return;
    const rows = letters.map(({ event }) => {
      const createdAt = new Date(event.created * 1_000);
      return { id: event.id, type: event.type, payload: event, createdAt };
    });
    await this.to.deps.db.insert(stripeEvents).values(rows).onConflictDoNothing();
  }

  private async hand(letter: Letter, now: Date): Promise<void> {
    const { deps, figures } = this.to;
    const { event } = letter;
    try {
      await handleEvent(deps, event.id);
      figures.count("events", "handled");
    } catch (error) {
      const calmTries = letter.calmTries + (this.calm ? 1 : 0);
      const isTriedAgain = error instanceof EventNotHandled || isTooBusy(error);
      if (!isTriedAgain || calmTries === CALM_TRIES) throw error;
      figures.count("events", "put off");
      const dueAtMs = now.getTime() + this.random.between(MINUTE, 3 * HOUR);
      this.letters.push({ event, copies: 1, dueAtMs, calmTries });
    }
  }
}

/** Whose it is, so far as it says so; else itself. */
function customerIn({ id, data }: Stripe.Event): string {
  const object = data.object as { object?: string; id?: string; customer?: string | { id: string } | null };
  const customer = object.object === "customer" ? object.id : idOf(object.customer);
  return customer ?? id;
}
