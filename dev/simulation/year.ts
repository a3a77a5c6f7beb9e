import { and, asc, gte, lt } from "drizzle-orm";
import { accounts } from "../../db/schema";
import { syncSubscription } from "../../lib/billing/subscriptions/sync";
import { findWrongs, type Wrong } from "./checks";
import { describeAccount } from "./describe";
import { Schedule } from "./jobs";
import { PaidBefore } from "./kept-paid";
import { inLanes } from "./lanes";
import { operate } from "./operator/act";
import { findMisjudged } from "./operator-checks";
import { act, join } from "./people";
import type { Person } from "./person";
import { type Random, randomOf } from "./random";
import { findUnkept } from "./settled-checks";
import { isTooBusy, thoughBusy } from "./too-busy";
import { stir } from "./trouble";
import type { World } from "./world";

export type YearOptions = {
  readonly accounts: number;
  readonly days: number;
  /** After every day all that an operator did something to are read anew, and everybody's pages, not a share of them. */
  readonly everyDay?: boolean;
  /** Called after every day, and told whether it ended in calm. */
  readonly onDay?: (day: number, calm: boolean) => void;
};

/** A leap day, short months and their ends all come within the year that follows. */
export const YEAR_BEGINS = new Date("2027-03-14T09:14:00Z");

/** Tells what was wrong after which day, and what the account had done last; the seed plays it again. */
export class YearBroken extends Error {
  override name = "YearBroken";
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const CALM_EVERY_DAYS = 30;
const LANES = 4;
const SHOWN = 5;
const DIARY_SHOWN = 25;
const INSPECTED = 0.25;
const PAGES_EVERY_DAYS = 3;

/** Whoever comes reads their own page as well, and on calm days everybody's is read. */
const isTheirTurn =
  (day: number, everyDay: boolean) =>
  ({ number }: Person): boolean =>
    everyDay || number % PAGES_EVERY_DAYS === day % PAGES_EVERY_DAYS;

/**
 * Lets so many accounts live so many days, with whatever goes wrong on the way. Throws `YearBroken` at the end of the
 * first day after which something is not as it must be.
 */
export async function simulate(world: World, options: YearOptions): Promise<void> {
  const year = new Year(world, options);
  for (let day = 1; day <= options.days; day += 1) {
    await year.live(day);
    const calm = day % CALM_EVERY_DAYS === 0 || day === options.days;
    if (calm) await year.calmDown(day);
    options.onDay?.(day, calm);
  }
}

class Year {
  private readonly people = new Map<number, Person>();
  private readonly schedule: Schedule;
  private readonly joinDays: readonly number[];
  private readonly days: number;
  private readonly everyDay: boolean;
  /** So that the first day and every calm day's end are where the days are counted from. */
  private begins: number;
  private answered = new Set<string>();
  private readonly paidBefore = new PaidBefore();

  constructor(
    private readonly world: World,
    { accounts: count, days, everyDay = false }: YearOptions,
  ) {
    this.days = days;
    this.everyDay = everyDay;
    const random = randomOf(world.seed, "joining");
    this.schedule = new Schedule(world);
    // A third are there from the start, the others come within the first third of the time.
    this.joinDays = Array.from({ length: count }, () =>
      random.chance(0.33) ? 1 : 1 + random.whole(Math.ceil(days / 3)),
    );
    this.begins = world.now().getTime();
  }

  /** A day in a few jumps of the clock, some of them close to where cycles end; then everything must hold. */
  async live(day: number): Promise<void> {
    const { world } = this;
    const random = randomOf(world.seed, "day", day);
    const from = this.begins + (day - 1) * DAY;
    for (const [step, at] of (await this.instants(random, from)).entries()) {
      await world.moveTo(new Date(at));
      if (step === 0) await this.welcome(day);
      stir(world.simulator.faults, random, world.figures);
      await this.step(randomOf(world.seed, "step", day, step), day, step);
    }
    this.forgetAnswers();
    const wrongs = [
      ...(await findWrongs(world, this.everybody(), isTheirTurn(day, this.everyDay))),
      ...(await this.paidBefore.findShortened(world.db)),
    ];
    await this.refuse(day, [...wrongs, ...(await this.inspect(day))]);
  }

  /** Some of the accounts that an operator did something to, or all, are read anew every day: they must be right at once. */
  private async inspect(day: number): Promise<readonly Wrong[]> {
    const { world } = this;
    const random = randomOf(world.seed, "inspect", day);
    const some = this.touched().filter(() => random.chance(INSPECTED) || this.everyDay);
    if (some.length === 0) return [];
    world.simulator.faults.clear();
    world.forgetPrices();
    const wrongs: Wrong[] = [];
    await inLanes(LANES, some, async (person) => {
      const { accountId } = person;
      await this.read(accountId);
      for (const what of await findMisjudged(world, person)) wrongs.push({ accountId, what });
    });
    return wrongs;
  }

  private read(accountId: string): Promise<unknown> {
    const { deps, figures } = this.world;
    return thoughBusy(figures, () => syncSubscription(deps, { accountId }));
  }

  private touched(): readonly Person[] {
    return this.everybody().filter(({ accountId }) => this.world.dashboard.touched.has(accountId));
  }

  private everybody(): readonly Person[] {
    return [...this.people.values()];
  }

  private async welcome(day: number): Promise<void> {
    for (const [number, joins] of this.joinDays.entries())
      if (joins === day) this.people.set(number, await join(this.world, number));
  }

  private async instants(random: Random, from: number): Promise<number[]> {
    const within = and(gte(accounts.periodEnd, new Date(from)), lt(accounts.periodEnd, new Date(from + DAY)));
    const ending = await this.world.db
      .select({ at: accounts.periodEnd })
      .from(accounts)
      .where(within)
      .orderBy(asc(accounts.periodEnd));
    const near = random
      .shuffled(ending)
      .slice(0, 2)
      .flatMap(({ at }) => {
        const offsets = [-61 * MINUTE, -30 * MINUTE, -1_000, 0, 1_000, 30 * MINUTE, 61 * MINUTE, 3 * HOUR];
        return random
          .shuffled(offsets)
          .slice(0, 2)
          .map((offset) => at.getTime() + offset);
      });
    const any = Array.from({ length: 2 + random.whole(2) }, () => from + random.between(0, DAY));
    return [...any, ...near].filter((at) => at >= from && at < from + DAY).sort((a, b) => a - b);
  }

  /** Events arrive, jobs run and people act: one after the other in any order, or all at the same time. */
  private async step(random: Random, day: number, step: number): Promise<void> {
    const { world } = this;
    const parts = random.shuffled([
      () => world.post.deliver(world.now()),
      () => this.schedule.run(random, day),
      () => this.act(day, step),
      () => this.operate(day, step),
    ]);
    if (random.chance(0.35)) await Promise.all(parts.map((part) => part()));
    else for (const part of parts) await part();
  }

  private async act(day: number, step: number): Promise<void> {
    await inLanes(LANES, this.everybody(), async (person) => {
      const own = randomOf(this.world.seed, "visit", day, step, person.number);
      if (!own.chance(person.habits.activity)) return;
      try {
        await act(this.world, person, own);
      } catch (error) {
        // They were told that it did not work, and come back some other time.
        if (isTooBusy(error)) return this.world.figures.count("too busy", "a visit");
        await this.refuse(day, [
          { accountId: person.accountId, what: `a call failed: ${(error as Error).stack}` },
        ]);
      }
    });
  }

  private async operate(day: number, step: number): Promise<void> {
    for (const person of this.everybody()) {
      const own = randomOf(this.world.seed, "operator", day, step, person.number);
      if (own.chance(person.habits.operated)) await operate(this.world, person, own);
    }
  }

  /**
   * Nothing fails and nobody does anything for more than a day, and all that Stripe told arrives. Whatever had not come
   * to its end comes to it; then everything that was promised must have been given, and nothing else.
   */
  async calmDown(day: number): Promise<void> {
    const { world } = this;
    world.simulator.faults.clear();
    world.post.calm = true;
    for (const ms of [0, 6 * MINUTE, 2 * HOUR, 7 * HOUR, 9 * HOUR, 8 * HOUR, 90 * MINUTE, 3 * MINUTE]) {
      await world.moveTo(new Date(world.now().getTime() + ms));
      await this.settle();
    }
    await this.settle();
    // What an operator did, and no event told of, is found when somebody looks.
    await inLanes(LANES, this.touched(), ({ accountId }) => this.read(accountId));
    this.begins = world.now().getTime() - day * DAY;
    const everybody = this.everybody();
    await this.refuse(day, [
      ...(await findWrongs(world, everybody, () => true)),
      ...(await findUnkept(world, everybody)),
    ]);
    world.post.calm = false;
  }

  private async settle(): Promise<void> {
    let arrived = 1;
    while (arrived > 0) {
      await this.schedule.runAll();
      arrived = await this.world.post.deliver(this.world.now());
    }
  }

  /** As Stripe does: a key is remembered for a day, an event for thirty. */
  private forgetAnswers(): void {
    const { store } = this.world.simulator;
    const now = this.world.now().getTime() / 1_000;
    store.transact(() => {
      for (const id of this.answered) store.delete("answer", id);
      for (const { id, created } of store.list("event"))
        if (created < now - 30 * 86_400) store.delete("event", id);
    });
    this.answered = new Set(store.list("answer").map(({ id }) => id));
  }

  private async refuse(day: number, wrongs: readonly Wrong[]): Promise<void> {
    if (wrongs.length === 0) return;
    const stories: string[] = [];
    for (const { accountId, what } of wrongs.slice(0, SHOWN)) {
      const person = this.everybody().find((each) => each.accountId === accountId);
      const lines = person
        ? [
            `account number ${person.number} (${accountId}), and what it did last:`,
            ...person.diary.slice(-DIARY_SHOWN),
          ]
        : [];
      const facts = person ? await describeAccount(this.world, person.accountId) : [];
      stories.push([what, ...lines, ...facts].join("\n    "));
    }
    const { length: count } = this.joinDays;
    const again = `--seed ${this.world.seed} --accounts ${count} --days ${this.days}${this.everyDay ? " --every-day" : ""}`;
    throw new YearBroken(
      `seed ${this.world.seed}, ${count} accounts, day ${day} (${this.world.now().toISOString()}): ${wrongs.length} wrong\n\n` +
        `${stories.join("\n\n")}\n\nAgain: npm run test:year -- ${again}`,
    );
  }
}
