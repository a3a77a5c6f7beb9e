import "../catalog";
import { setUpCatalog } from "../../lib/stripe/setup";
import { type Simulator, startSimulator } from "../stripe/server";
import { openDatabaseLine } from "../testing/database-line";
import { Instance } from "./instance";
import type { Lane } from "./lane";
import { Letters } from "./letters";

/** An empty database, a Stripe simulator, one clock for both, and two processes of the application. */
export type World = {
  readonly lane: Lane;
  readonly simulator: Simulator;
  readonly instances: readonly [Instance, Instance];
  readonly letters: Letters;
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
  const lines = [await openDatabaseLine(lane.appUrl), await openDatabaseLine(lane.appUrl)] as const;
  const [first, second] = lines;
  const stripePort = simulator.port;
  const instances = [
    new Instance({ line: first, stripePort, errors }),
    new Instance({ line: second, stripePort, errors }),
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
      for (const each of lines) await each.close();
      await simulator.close();
    },
  };
}
