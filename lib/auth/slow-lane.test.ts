import { describe, expect, it } from "vitest";
import { createSlots, HashingBusy } from "./hash-slots";
import { createSlowLane, type LaneLimits } from "./slow-lane";

const LIMITS: LaneLimits = { patienceMs: 30_000, mostPerPerson: 3, mostInAll: 5 };

/** Turns that the test gives. */
function lane(limits: Partial<LaneLimits> = {}) {
  const asked: { person: string; delayMs: number; give(waitMs: number): void; fail(error: Error): void }[] =
    [];
  let draining = false;
  const listeners: (() => void)[] = [];
  const drain = () => {
    draining = true;
    for (const each of listeners) each();
  };
  const wait = createSlowLane(
    (person, delayMs) =>
      new Promise<number>((give, fail) => {
        asked.push({ person, delayMs, give, fail });
      }),
    { ...LIMITS, ...limits },
    { isDraining: () => draining, onDraining: (listener) => void listeners.push(listener) },
  );
  const settled: string[] = [];
  const join = (person: string, address: string, delayMs = 1) =>
    wait(person, address, delayMs).then((outcome) => {
      settled.push(`${address} ${outcome}`);
      return outcome;
    });
  return { asked, join, settled, drain };
}
const aMoment = () => new Promise((resolve) => setImmediate(resolve));

describe("who waits in the slow lane", () => {
  it("goes when a turn was taken, one at a time for each person", async () => {
    const { asked, join, settled } = lane();
    const all = [join("ada", "a", 5), join("ada", "b", 9), join("ben", "c")];
    expect(asked.map(({ person }) => person)).toEqual(["ada", "ben"]);
    asked[0]?.give(1); // Not yet: it asks again.
    await expect.poll(() => asked.length).toBe(3);
    expect(settled).toEqual([]);
    expect(asked[2]?.delayMs).toBe(9);
    asked[2]?.give(0);
    await expect.poll(() => asked.length).toBe(4);
    expect(settled).toHaveLength(1);
    asked[3]?.give(0);
    asked[1]?.give(0);
    expect(await Promise.all(all)).toEqual(["turn", "turn", "turn"]);
    await aMoment();
    expect(asked).toHaveLength(4);
  });

  it("gives up its place to its own next try", async () => {
    const { asked, join } = lane();
    const first = join("ada", "a");
    const second = join("ada", "a");
    expect(await first).toBe("busy");
    asked[0]?.give(0);
    expect(await second).toBe("turn");
  });

  it("is asked to come again when there are too many in all, or after its patience", async () => {
    const { asked, join } = lane({ patienceMs: 20 });
    const waiting = ["ada", "ben", "cem", "dan", "eve"].map((person) => join(person, "a"));
    expect(await join("fay", "a")).toBe("busy");
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => "busy"));
    for (const each of asked) each.give(0); // Nobody is there any more.
    await aMoment();
    const again = join("fay", "a");
    asked.at(-1)?.give(0);
    expect(await again).toBe("turn");
  });

  it("is never kept out for good by a crowd: who has to go is chosen by lot", async () => {
    const { asked, join } = lane();
    for (const address of ["x", "y", "z"]) void join("ada", address);
    let tries = 0;
    for (let outcome = ""; outcome !== "turn"; tries += 1) {
      const mine = join("ada", "mine");
      void join("ada", `crowd ${tries}`);
      asked.at(-1)?.give(0);
      outcome = await Promise.race([
        mine,
        aMoment()
          .then(aMoment)
          .then(() => "still waiting"),
      ]);
      if (outcome === "still waiting") void mine;
      expect(tries).toBeLessThan(1_000);
    }
  });

  it("is asked to come again at once when the process is told to stop, and so is who comes after", async () => {
    const { asked, join, drain } = lane();
    const waiting = [join("ada", "a"), join("ada", "b"), join("ben", "c")];
    drain();
    expect(await Promise.all(waiting)).toEqual(["busy", "busy", "busy"]);
    expect(await join("cem", "d")).toBe("busy");
    expect(asked).toHaveLength(2);
  });

  it("hears of it when no turn can be taken, and the next begins anew", async () => {
    const { asked, join } = lane();
    const waiting = [join("ada", "a"), join("ada", "b")];
    asked[0]?.fail(new Error("the database is away"));
    for (const each of waiting) await expect(each).rejects.toThrow("away");
    const again = join("ada", "a");
    asked[1]?.give(0);
    expect(await again).toBe("turn");
  });
});

describe("slots for hashing", () => {
  it("run so many at a time, in order, refuse what is too much, and come free after a failure", async () => {
    const inSlot = createSlots({ most: 2, mostWaiting: 2 });
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const work = (n: number) => () =>
      new Promise<number>((resolve, reject) => {
        begun.push(n);
        ends[n] = () => (n === 0 ? reject(new Error("no")) : resolve(n));
      });
    const running = [0, 1, 2, 3].map((n) => inSlot(work(n)));
    await expect(inSlot(work(4))).rejects.toBeInstanceOf(HashingBusy);
    expect(begun).toEqual([0, 1]);
    const failed = expect(running[0]).rejects.toThrow("no");
    ends[0]?.();
    await failed;
    await expect.poll(() => begun).toEqual([0, 1, 2]);
    ends[1]?.();
    await expect.poll(() => begun).toEqual([0, 1, 2, 3]);
    ends[2]?.();
    ends[3]?.();
    expect(await Promise.all(running.slice(1))).toEqual([1, 2, 3]);
    const again = inSlot(work(5));
    ends[5]?.();
    expect(await again).toBe(5);
  });
});
