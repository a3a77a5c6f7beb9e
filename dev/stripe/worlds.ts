import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Deliveries } from "./background/deliveries";
import { Jobs } from "./background/jobs";
import { FIRST_ACCOUNT, type Mode, type Place } from "./control/keys";
import { Switches } from "./control/switches";
import { Core, type CoreOptions } from "./core";

/** One account in one mode: nothing of another is seen from here. */
export type World = { core: Core; deliveries: Deliveries; jobs: Jobs };

const FIRST: Place = { account: FIRST_ACCOUNT, mode: "test" };

/**
 * Every account and mode that somebody has had a key for. They share switches and the time, and nothing else; each has
 * its own file beside the first one's, so that a restart finds them again.
 */
export class Worlds {
  readonly switches = new Switches();
  readonly first: World;
  private readonly opened = new Map<string, World>();

  constructor(private readonly options: CoreOptions) {
    this.first = this.open(FIRST);
    for (const place of this.remembered()) this.of(place);
  }

  of(place: Place): World {
    return this.opened.get(nameOf(place)) ?? this.open(place);
  }

  /** Who a hosted page is of, by the id in its path; the first when nobody knows the id. */
  holding(id: string): World {
    return [...this.opened.values()].find(({ core }) => core.store.holds(id)) ?? this.first;
  }

  all(): World[] {
    return [...this.opened.values()];
  }

  /** Moves everybody's time; who shares it is told once. */
  async moveTo(atMs: number): Promise<void> {
    for (const { jobs } of this.opened.values()) await jobs.moveTo(atMs);
  }

  async reset(): Promise<void> {
    for (const { jobs } of this.opened.values()) await jobs.reset();
    this.switches.reset();
  }

  stop(): void {
    for (const { deliveries, jobs } of this.opened.values()) {
      jobs.stop();
      deliveries.stop();
    }
  }

  close(): void {
    for (const { core } of this.opened.values()) core.store.close();
  }

  private open(place: Place): World {
    const isFirst = this.opened.size === 0;
    const core = new Core(
      {
        ...this.options,
        dataFile: fileOf(this.options.dataFile, place),
        ...(isFirst ? {} : { webhook: null, onClockMoved: () => Promise.resolve() }),
      },
      place,
      this.switches,
      (id) => this.otherModeOf(place, id),
    );
    if (!isFirst && core.offsetMs() !== this.first.core.offsetMs())
      core.setOffset(this.first.core.offsetMs());
    const world = { core, deliveries: new Deliveries(core), jobs: new Jobs(core) };
    this.opened.set(nameOf(place), world);
    return world;
  }

  private otherModeOf({ account, mode }: Place, id: string): Mode | null {
    const other = mode === "test" ? "live" : "test";
    const world = this.opened.get(nameOf({ account, mode: other }));
    return world?.core.store.holds(id) ? other : null;
  }

  private remembered(): Place[] {
    const file = this.options.dataFile;
    if (!file) return [];
    const start = `${basename(file)}.`;
    return readdirSync(dirname(file)).flatMap((name) => {
      const [, account, mode] = /^(acct_\w+)\.(test|live)$/.exec(name.slice(start.length)) ?? [];
      return name.startsWith(start) && account ? [{ account, mode: mode as Mode }] : [];
    });
  }
}

function nameOf({ account, mode }: Place): string {
  return `${account}.${mode}`;
}

function fileOf(file: string | null, place: Place): string | null {
  const isFirst = place.account === FIRST.account && place.mode === FIRST.mode;
  return file && !isFirst ? join(dirname(file), `${basename(file)}.${nameOf(place)}`) : file;
}
