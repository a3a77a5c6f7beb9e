import { sweepOrders } from "../../lib/billing/orders/sweep";
import { openDueCycles, sweepPlans } from "../../lib/billing/subscriptions/sweep";
import { expireDue } from "../../lib/ledger/expire-due";
import type { Random } from "./random";
import { thoughBusy } from "./too-busy";
import type { World } from "./world";

/** What the worker's schedule runs; each returns how much it looked at. */
const JOBS: Readonly<Record<string, (world: World) => Promise<number>>> = {
  "open cycles": async ({ db, deps, openedAt, now }) => {
    const opened = await openDueCycles(db, deps.log);
    openedAt.push(now());
    return opened;
  },
  "sweep plans": ({ deps }) => sweepPlans(deps),
  "sweep orders": ({ deps }) => sweepOrders(deps),
  "expire grants": ({ deps }) => expireDue(deps),
};

/** More than one look needs at a time; what is left then keeps coming back. */
const MAX_LOOKS = 20;

/** The schedule, now and then with a job that does not run for a day or two. */
export class Schedule {
  private readonly back = new Map<string, number>();

  constructor(private readonly world: World) {}

  /** Whatever happens to run now, in any order. */
  async run(random: Random, day: number): Promise<void> {
    for (const name of random.shuffled(Object.keys(JOBS))) {
      if (random.chance(0.01)) this.back.set(name, day + 1 + random.whole(2));
      if ((this.back.get(name) ?? 0) > day || random.chance(0.25)) continue;
      await this.look(name);
    }
  }

  /** Everything, until nothing is due. */
  async runAll(): Promise<void> {
    for (const name of Object.keys(JOBS)) {
      let looks = 0;
      while ((await this.look(name)) > 0 && looks < MAX_LOOKS) looks += 1;
    }
  }

  private async look(name: string): Promise<number> {
    const { world } = this;
    world.figures.count("jobs", name);
    return (await thoughBusy(world.figures, async () => JOBS[name]?.(world))) ?? 0;
  }
}
