import { setTimeout as sleep } from "node:timers/promises";
import Stripe from "stripe";
import type { Belongings } from "./belongings";

/** A half of time in Unix seconds, both ends included, in which Stripe made events. */
export type Span = { readonly from: number; readonly to: number };

export type PollerOptions = {
  /** Past the recording proxy: what the poller asks is no request of the product's. */
  readonly stripe: Pick<Stripe, "events">;
  /** Where events are delivered, and the secret they are signed with. */
  readonly webhook: { readonly url: string; readonly secret: string };
  /** Which types an endpoint of the product's is sent. */
  readonly delivered: readonly string[];
  readonly belongings: Belongings;
  /** Where new events can be: around now, and around where the flow's test clock is and came from. */
  spans(): readonly Span[];
  readonly onEvent: (event: Stripe.Event, delivered: boolean) => void;
  readonly intervalMs: number;
  /** Of a delivery that is not taken, until it is tried again. */
  readonly retryMs?: number;
  /** So long a delivery is tried. */
  readonly giveUpMs?: number;
};

const PAGE = 100;

/**
 * Stripe's webhooks without a way in from outside: lists a sandbox's events again and again, signs those of the flow with a
 * secret of this run and delivers them, oldest first, until the application has taken each.
 *
 * What is new is told by the ids that were seen, not by a place in the list: events of a test clock bear its time, so that new
 * ones appear in the list's middle.
 */
export class EventPoller {
  private readonly seen = new Set<string>();
  /** Seen, and not known to be anybody's: a dispute may name a charge that no answer has shown yet. */
  private undecided: Stripe.Event[] = [];
  private readonly queue: Stripe.Event[] = [];
  private held: Stripe.Event[] = [];
  private holding: ((type: string) => boolean) | null = null;
  private readonly doubled = new Set<string>();
  private readonly lost = new Set<string>();
  private readonly ours: Stripe.Event[] = [];
  private stopped = false;
  private paused = false;
  private running: Promise<void> = Promise.resolve();
  private trouble: Error | null = null;
  /** When something was last found or delivered; on the process's own clock. */
  private lastNews = performance.now();
  private rounds = 0;

  constructor(private readonly options: PollerOptions) {}

  /** Takes what is there already as seen, and begins. */
  async start(): Promise<void> {
    for (const event of await this.list()) this.seen.add(event.id);
    this.running = this.run();
  }

  /** Delivers nothing any more. Throws what went wrong on the way. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
    if (this.trouble) throw this.trouble;
  }

  /** While time is moved nothing is delivered; everything found meanwhile is afterwards. */
  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.lastNews = performance.now();
  }

  holdBack(types: readonly string[]): void {
    this.holding = (type) => types.length === 0 || types.includes(type);
  }

  /** Lets go of what was held back, the newest first. */
  release(): void {
    this.holding = null;
    this.queue.push(...this.held.splice(0).reverse());
    this.lastNews = performance.now();
  }

  double(type: string): void {
    this.doubled.add(type);
  }

  lose(type: string): void {
    this.lost.add(type);
  }

  /** The flow's events as Stripe lists them, oldest first. */
  all(): readonly Stripe.Event[] {
    return this.ours;
  }

  /** For how long nothing was new and nothing waits; at least one whole round was made meanwhile. */
  quietMs(): number {
    if (this.trouble) throw this.trouble;
    return this.queue.length > 0 ? 0 : performance.now() - this.lastNews;
  }

  /** Rounds that were made; whoever saw it grow by two knows that a whole one began after they looked. */
  roundsMade(): number {
    if (this.trouble) throw this.trouble;
    return this.rounds;
  }

  private async run(): Promise<void> {
    try {
      while (!this.stopped) {
        await this.look();
        this.rounds += 1;
        if (!this.paused) await this.deliverAll();
        await sleep(this.options.intervalMs);
      }
    } catch (error) {
      this.trouble = error instanceof Error ? error : new Error(String(error));
    }
  }

  private async look(): Promise<void> {
    const found = (await this.list()).filter(({ id }) => !this.seen.has(id));
    for (const { id } of found) this.seen.add(id);
    // Belonging may become known by a later one of them: asked until nothing more does.
    this.undecided.push(...found);
    for (let ours = this.takeOurs(); ours.length > 0; ours = this.takeOurs()) {
      for (const event of ours) this.take(event);
    }
  }

  private takeOurs(): Stripe.Event[] {
    const ours = this.undecided.filter((event) =>
      this.options.belongings.addIfOurs(JSON.stringify(event.data.object)),
    );
    if (ours.length > 0) this.undecided = this.undecided.filter((event) => !ours.includes(event));
    return ours;
  }

  private take(event: Stripe.Event): void {
    const { type } = event;
    this.lastNews = performance.now();
    this.ours.push(event);
    const wanted = this.options.delivered.includes(type);
    const lost = wanted && this.lost.delete(type);
    this.options.onEvent(event, wanted && !lost);
    if (!wanted || lost) return;
    const times = this.doubled.delete(type) ? 2 : 1;
    const into = this.holding?.(type) ? this.held : this.queue;
    for (let time = 0; time < times; time += 1) into.push(event);
  }

  private async deliverAll(): Promise<void> {
    while (this.queue.length > 0 && !this.stopped) {
      const [event] = this.queue;
      if (event) await this.deliver(event);
      this.queue.shift();
      this.lastNews = performance.now();
    }
  }

  /** Signed anew for each try, as a signature is good for minutes only. */
  private async deliver(event: Stripe.Event): Promise<void> {
    const { webhook, retryMs = 500, giveUpMs = 120_000 } = this.options;
    const body = JSON.stringify(event);
    const deadline = performance.now() + giveUpMs;
    for (let last = "it was stopped"; ; await sleep(retryMs)) {
      const signature = Stripe.webhooks.generateTestHeaderString({ payload: body, secret: webhook.secret });
      const headers = { "content-type": "application/json", "stripe-signature": signature };
      try {
        const answer = await fetch(webhook.url, { method: "POST", headers, body });
        if (answer.ok) return;
        last = `status ${answer.status}`;
      } catch (error) {
        last = error instanceof Error ? error.message : String(error);
      }
      if (this.stopped) return;
      if (performance.now() > deadline)
        throw new Error(`The application does not take ${event.type} (${event.id}): ${last}`);
    }
  }

  /** All events of the spans, oldest first; of one second, as Stripe has them. */
  private async list(): Promise<Stripe.Event[]> {
    const found = new Map<string, Stripe.Event>();
    for (const { from, to } of this.options.spans()) {
      const newestFirst: Stripe.Event[] = [];
      for (let more = true; more; ) {
        const last = newestFirst.at(-1)?.id;
        const page = await this.options.stripe.events.list({
          limit: PAGE,
          created: { gte: Math.floor(from), lte: Math.ceil(to) },
          ...(last !== undefined && { starting_after: last }),
        });
        newestFirst.push(...page.data);
        more = page.has_more && page.data.length > 0;
      }
      for (const event of newestFirst.reverse()) found.set(event.id, event);
    }
    return [...found.values()].sort((a, b) => a.created - b.created);
  }
}
