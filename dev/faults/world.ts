import "../catalog";
import { setUpCatalog } from "../../lib/stripe/setup";
import { type Simulator, startSimulator } from "../stripe/server";
import { Instance } from "./instance";
import type { Lane } from "./lane";
import { Letters } from "./letters";
import { Turns } from "./turns";

/** An empty database, a Stripe simulator, one clock for both, and two processes of the application. */
export type World = {
  readonly lane: Lane;
  readonly simulator: Simulator;
  readonly instances: readonly [Instance, Instance];
  readonly letters: Letters;
  readonly turns: Turns;
  /** Every point that was passed: which process, where. */
  readonly points: string[];
  /** What was logged as an error. */
  readonly errors: string[];
  /** When something happened. */
  readonly days: Set<string>;
  now(): Date;
  /** So long after it last did; later only where more time than that went by on the machine. */
  passes(ms: number): Promise<void>;
  close(): Promise<void>;
};

/** Every world begins at the same instant, so that a wave finds the same one whatever was played before it. */
const BEGINS = new Date("2027-02-01T12:00:00Z");

export async function openWorld(lane: Lane): Promise<World> {
  await lane.empty();
  const simulator = await startSimulator({
    webhook: null,
    onClockMoved: (aheadMs) => lane.setClock(aheadMs),
  });
  await simulator.clock.moveTo(BEGINS.getTime());
  const errors: string[] = [];
  const stripePort = simulator.port;
  const points: string[] = [];
  const turns: Turns = new Turns(() => instances.some((each) => each.isBusy));
  const shared = {
    databaseUrl: lane.appUrl,
    stripePort,
    errors,
    turns,
    onPoint: (point: string) => void points.push(point),
  };
  const instances = [
    new Instance({ name: "first", line: lane.lines[0], ...shared }),
    new Instance({ name: "second", line: lane.lines[1], ...shared }),
  ] as const;
  const [{ stripe, deps }] = instances;
  await setUpCatalog(stripe, { appUrl: deps.appUrl });
  const now = () => new Date(simulator.clock.now());
  const days = new Set<string>();
  const note = () => days.add(now().toISOString().slice(0, 10));
  note();
  let due = BEGINS.getTime();
  return {
    lane,
    simulator,
    instances,
    letters: new Letters(simulator.store),
    turns,
    points,
    errors,
    days,
    now,
    async passes(ms) {
      due = Math.max(due + ms, now().getTime());
      await simulator.clock.moveTo(due);
      note();
    },
    async close() {
      for (const each of instances) await each.stop();
      await simulator.close();
    },
  };
}
