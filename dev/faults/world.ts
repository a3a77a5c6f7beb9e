import "../catalog";
import postgres, { type Sql } from "postgres";
import { onCrashPoint } from "../../db/crash-point";
import type { RehearsalClock } from "../rehearsal-clock";
import { type Simulator, startSimulator } from "../stripe/server";
import { Instance, watchCrashPoints } from "./instance";
import { Letters } from "./letters";

/** A database, the Stripe simulator, one clock for both, and two processes of the application. */
export type World = {
  readonly owner: Sql;
  readonly simulator: Simulator;
  readonly instances: readonly [Instance, Instance];
  readonly letters: Letters;
  /** What was logged as an error. */
  readonly errors: string[];
  readonly counts: Map<string, number>;
  count(what: string): void;
  now(): Date;
  passes(ms: number): Promise<void>;
  close(): Promise<void>;
};

type Databases = {
  readonly appUrl: string;
  readonly ownerUrl: string;
  readonly rehearsal: RehearsalClock;
};

/** Opens a world on a migrated database that nothing else uses. */
export async function openWorld({ appUrl, ownerUrl, rehearsal }: Databases, start: Date): Promise<World> {
  const simulator = await startSimulator({
    webhook: null,
    onClockMoved: (offsetMs) => rehearsal.setOffset(offsetMs),
  });
  await simulator.clock.moveTo(start.getTime());
  const owner = postgres(ownerUrl, { max: 2, onnotice: () => {} });
  const errors: string[] = [];
  const instances = [
    new Instance(appUrl, simulator.port, errors),
    new Instance(appUrl, simulator.port, errors),
  ] as const;
  watchCrashPoints(instances);
  const now = () => new Date(simulator.clock.now());
  const counts = new Map<string, number>();
  return {
    owner,
    simulator,
    instances,
    letters: new Letters(simulator.store),
    errors,
    counts,
    count: (what) => void counts.set(what, (counts.get(what) ?? 0) + 1),
    now,
    passes: (ms) => simulator.clock.moveTo(now().getTime() + ms),
    async close() {
      onCrashPoint(null);
      for (const each of instances) await each.stop();
      await owner.end({ timeout: 5 });
      await simulator.close();
    },
  };
}
