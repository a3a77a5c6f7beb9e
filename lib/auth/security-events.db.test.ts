import { describe, expect, it } from "vitest";
import { openTestDatabase } from "@/dev/testing/database";
import { securityEvents } from "../../db/schema";
import { newId } from "../ids";
import { createFloodGate, type Excess } from "./event-flood";
import { FLOOD_LIMITS, PERSON_LIMITS, recordSecurityEvent, SECURITY_EVENT_KINDS } from "./security-events";

const database = openTestDatabase();

function listeningLog() {
  const lines: string[] = [];
  const write = (...given: unknown[]) => void lines.push(String(given.at(-1)));
  return { lines, log: { debug: write, info: write, warn: write, error: write } as never };
}
const stored = () => database.db.select().from(securityEvents);
const from = (address: string) => ({ address, browser: "Firefox", system: "Linux" });

describe("a security event", () => {
  it("is one row and one line of the log", async () => {
    const { lines, log } = listeningLog();
    const [userId, accountId] = [newId(), newId()];
    await recordSecurityEvent(
      { db: database.db, log },
      { kind: "signed_in", userId, accountId, caller: from("192.0.2.1"), details: { by: "password" } },
    );
    const where = { address: "192.0.2.1", browser: "Firefox", system: "Linux" };
    expect(await stored()).toMatchObject([
      { kind: "signed_in", times: 1, userId, accountId, ...where, details: { by: "password" } },
    ]);
    expect(lines).toEqual(["security: signed_in"]);
  });

  it("cannot be changed or removed by the application", async () => {
    for (const statement of [
      "update security_events set kind = 'x'",
      "delete from security_events",
      "truncate security_events",
    ])
      await expect(database.db.pool.unsafe(statement), statement).rejects.toThrow(/permission denied/);
  });

  it("that cannot be stored is logged, and never fails what it reports", async () => {
    const { lines, log } = listeningLog();
    await recordSecurityEvent({ db: database.db, log }, { kind: "signed_out", userId: "not a uuid" });
    expect(lines).toEqual(["security: signed_out", "a security event could not be stored"]);
  });

  it("that people cause is stored for each of them, one person's flood is counted, and no operator's command left out", async () => {
    const { log } = listeningLog();
    const deps = { db: database.db, log };
    const before = (await stored()).length;
    for (let n = 0; n < 50; n += 1)
      await recordSecurityEvent(deps, { kind: "role_changed", userId: newId(), caller: from("192.0.2.1") });
    expect((await stored()).length - before).toBe(50);
    const userId = newId();
    for (let n = 0; n < PERSON_LIMITS.perCauser + 20; n += 1)
      await recordSecurityEvent(deps, { kind: "session_revoked", userId, caller: from(`192.0.2.${n}`) });
    const theirs = (await stored()).filter((row) => row.userId === userId);
    expect(theirs).toHaveLength(PERSON_LIMITS.perCauser);
    for (let n = 0; n < 100; n += 1) await recordSecurityEvent(deps, { kind: "invitation_made" });
    expect((await stored()).filter(({ kind }) => kind === "invitation_made")).toHaveLength(100);
  });

  it("that anybody can cause fills neither the disk nor the log, from one address or from thousands", async () => {
    const { lines, log } = listeningLog();
    const deps = { db: database.db, log };
    for (let n = 0; n < 500; n += 1) {
      await recordSecurityEvent(deps, { kind: "webhook_forged", caller: from("192.0.2.9") });
      await recordSecurityEvent(deps, { kind: "webhook_forged", caller: from(`10.0.${n % 250}.${n % 7}`) });
    }
    const rows = (await stored()).filter(({ kind }) => kind === "webhook_forged");
    expect(rows).toHaveLength(FLOOD_LIMITS.perKind);
    expect(rows.filter(({ address }) => address === "192.0.2.9")).toHaveLength(FLOOD_LIMITS.perCauser);
    expect(lines).toHaveLength(FLOOD_LIMITS.perKind);
  });

  it("has a kind that says what happened in plain letters", () => {
    for (const kind of SECURITY_EVENT_KINDS) expect(kind).toMatch(/^[a-z]+(_[a-z]+)+$/);
  });
});

describe("a flood", () => {
  it("is told with its size when its minute is over, and the next minute begins anew", async () => {
    const told: Excess[] = [];
    let over = () => {};
    const isOver = new Promise<void>((resolve) => {
      over = resolve;
    });
    const tell = (excess: Excess) => {
      told.push(excess);
      if (excess.causer === null) over();
    };
    const gate = createFloodGate({ perCauser: 2, perKind: 3, minuteMs: 20 });
    const admitted = Array.from({ length: 10 }, () => gate.admits("sign_in_failed", "192.0.2.1", tell));
    for (let n = 0; n < 8; n += 1) admitted.push(gate.admits("sign_in_failed", `198.51.100.${n}`, tell));
    expect(admitted.filter(Boolean)).toHaveLength(3);
    const ticking = setInterval(() => {}, 1_000); // The gate's own timer keeps no process alive.
    await isOver;
    clearInterval(ticking);
    expect(told).toEqual([
      { kind: "sign_in_failed", causer: "192.0.2.1", times: 8 },
      { kind: "sign_in_failed", causer: null, times: 7 },
    ]);
    expect(gate.admits("sign_in_failed", "192.0.2.1", tell)).toBe(true);
  });
});
