import { setTimeout as sleep } from "node:timers/promises";
import type Stripe from "stripe";
import type { RehearsalClock } from "../rehearsal-clock";
import type { EventPoller, Span } from "./events";
import type { SceneClock } from "./flow";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Stripe says that it is done some seconds or minutes after it was asked. */
const READY_WITHIN_MS = 5 * 60_000;

/** A flow's clocks: Stripe's test clock, and the application's database. */
export class FlowClock {
  private constructor(
    private readonly operator: Stripe,
    private readonly application: RehearsalClock,
    /** Null: the flow is in real time. */
    readonly testClock: string | null,
    private frozen: number,
    private before: number,
  ) {}

  /** Makes the test clock, frozen now, for a flow that is on one. */
  static async start(operator: Stripe, application: RehearsalClock, name: string | null): Promise<FlowClock> {
    const now = Math.floor(Date.now() / 1_000);
    const made =
      name === null
        ? null
        : await operator.testHelpers.testClocks.create({ frozen_time: now, name: name.slice(0, 300) });
    return new FlowClock(operator, application, made?.id ?? null, now, now);
  }

  async now(): Promise<Date> {
    return new Date(Date.now() + (await this.application.offset()));
  }

  /** Where Stripe's events about what is on the clock can be: since before it was moved last. */
  spans(): readonly Span[] {
    return this.testClock === null ? [] : [{ from: this.before - 60, to: this.frozen + 60 }];
  }

  /** As in `SceneClock`. Events are found on the way and delivered when both are there: none comes from the future. */
  async advance(poller: EventPoller, by: Parameters<SceneClock["advance"]>[0]): Promise<void> {
    if (this.testClock === null) throw new Error("this flow is in real time: give it onClock");
    const now = (await this.now()).getTime();
    const toMs = "to" in by ? by.to.getTime() : now + (by.days ?? 0) * DAY_MS + (by.hours ?? 0) * HOUR_MS;
    const to = Math.floor(toMs / 1_000);
    if (to <= this.frozen || toMs <= now) throw new Error("a test clock only goes forward");
    poller.pause();
    this.before = this.frozen;
    this.frozen = to;
    await this.operator.testHelpers.testClocks.advance(this.testClock, { frozen_time: to });
    await this.untilReady(this.testClock);
    await this.application.setOffset(to * 1_000 - Date.now());
    poller.resume();
  }

  private async untilReady(id: string): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    for (;;) {
      const { status } = await this.operator.testHelpers.testClocks.retrieve(id);
      if (status === "ready") return;
      if (status === "internal_failure")
        throw new Error("Stripe's test clock failed internally: start again");
      if (performance.now() > deadline) throw new Error("Stripe's test clock is still advancing");
      await sleep(500);
    }
  }

  /** Takes the clock away, and with it Stripe deletes its customers and their subscriptions. */
  async remove(): Promise<void> {
    if (this.testClock !== null) await this.operator.testHelpers.testClocks.del(this.testClock);
  }
}
