import { describe, expect, it } from "vitest";
import { webProcesses } from "@/db/schema";
import { openTestDatabase } from "../dev/testing/database";
import { joinWebProcesses, type Presence } from "./web-process";

const test = openTestDatabase();
const BUILD = { fingerprint: "a1", deploymentId: "2026-11" };

function join(served = BUILD): { presence: Presence; warned: unknown[][] } {
  const warned: unknown[][] = [];
  const log = { debug() {}, info() {}, error() {}, warn: (...given: unknown[]) => void warned.push(given) };
  return { presence: joinWebProcesses(test.db, log, served), warned };
}

describe("a web process that starts beside others", () => {
  it("says once that another serves another build, or another deployment", async () => {
    const first = join();
    await first.presence.said();
    expect(first.warned).toEqual([]);

    const same = join();
    await same.presence.said();
    expect(same.warned).toEqual([]);

    for (const other of [
      { ...BUILD, fingerprint: "b2" },
      { ...BUILD, deploymentId: "" },
    ]) {
      const { presence, warned } = join(other);
      await presence.said();
      await presence.said();
      expect(warned).toHaveLength(1);
      expect(warned[0]?.[0]).toMatchObject({ ...other, others: [BUILD, BUILD] });
      expect(warned[0]?.[1]).toMatch(/^another web process serves another build: /);
      await presence.leave();
    }

    await first.presence.leave();
    await same.presence.leave();
    const { presence, warned } = join({ ...BUILD, fingerprint: "b2" });
    await presence.said();
    expect(warned, "who left is not counted").toEqual([]);
    await presence.leave();
    expect(await test.db.select().from(webProcesses)).toEqual([]);
  });

  it("does not count who was not heard of for minutes, and forgets who was not for a day", async () => {
    const gone = join();
    await gone.presence.said();
    await test.owner`update web_processes set seen_at = now() - interval '4 minutes'`;
    const next = join({ ...BUILD, fingerprint: "c3" });
    await next.presence.said();
    expect(next.warned).toEqual([]);
    expect(await test.db.select().from(webProcesses)).toHaveLength(2);

    await test.owner`update web_processes set seen_at = now() - interval '2 days' where fingerprint = 'a1'`;
    const last = join({ ...BUILD, fingerprint: "c3" });
    await last.presence.said();
    const left = await test.db.select().from(webProcesses);
    expect(left.map((each) => each.fingerprint)).toEqual(["c3", "c3"]);
    for (const { presence } of [gone, next, last]) await presence.leave();
  });

  it("starts all the same while the database is away, and compares when it is back", async () => {
    const other = join({ ...BUILD, fingerprint: "d4" });
    await other.presence.said();
    await test.owner`alter table web_processes rename to away`;
    const { presence, warned } = join();
    await presence.said();
    expect(warned.at(-1)?.[1]).toBe("this web process could not be put among the others; it is tried again");
    await test.owner`alter table away rename to web_processes`;
    await presence.said();
    expect(warned.at(-1)?.[1]).toMatch(/^another web process serves another build/);
    await presence.leave();
    await other.presence.leave();
  });
});
