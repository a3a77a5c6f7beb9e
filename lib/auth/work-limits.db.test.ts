import { describe, expect, it } from "vitest";
import { openTestDatabase } from "@/dev/testing/database";
import { makeAccount } from "@/dev/testing/factories";
import { countWork, MAX_WORK, tooOftenSentence, type WorkKind } from "./work-limits";

const database = openTestDatabase({ clock: true });
const someone = async () => (await makeAccount(database.db)).userId;
const count = (userId: string, kind: WorkKind = "pay") => countWork(database.db, userId, kind);
const many = (times: number, userId: string, kind: WorkKind = "pay") =>
  Promise.all(Array.from({ length: times }, () => count(userId, kind)));
const age = (userId: string, seconds: number) =>
  database.owner`update provider_work set window_start = now() - ${seconds} * interval '1 second' where user_id = ${userId}`;

describe("work for the payment provider", () => {
  it("is done twenty times a minute by one person, of sixty at once", async () => {
    const counted = await many(60, await someone());
    expect(counted.filter((each) => each.ok)).toHaveLength(MAX_WORK);
    for (const each of counted) {
      if (each.ok) continue;
      expect(each.error.retryAfterS).toBeGreaterThanOrEqual(1);
      expect(each.error.retryAfterS).toBeLessThanOrEqual(60);
    }
  });

  it("is counted for each person and kind by itself", async () => {
    const [busy, other] = [await someone(), await someone()];
    await many(MAX_WORK, busy);
    expect((await count(busy)).ok).toBe(false);
    expect((await count(busy, "return")).ok).toBe(true);
    expect((await count(other)).ok).toBe(true);
  });

  it("may be done again when its minute is over, which what was refused did not make longer", async () => {
    const userId = await someone();
    await many(MAX_WORK + 30, userId);
    await age(userId, 59);
    expect((await count(userId)).ok).toBe(false);
    await age(userId, 60);
    expect((await many(MAX_WORK + 1, userId)).filter((each) => each.ok)).toHaveLength(MAX_WORK);
  });

  it("is held of thirty at once after one before: with it while its minute runs, and by themselves once it is over", async () => {
    for (const [seconds, passing] of [
      [0, MAX_WORK - 1],
      [20, MAX_WORK - 1],
      [60, MAX_WORK],
    ] as const) {
      const userId = await someone();
      await count(userId, "preview");
      await age(userId, seconds);
      const counted = await many(30, userId, "preview");
      expect([seconds, counted.filter((each) => each.ok).length]).toEqual([seconds, passing]);
    }
  });

  it("keeps nobody waiting because a clock was moved, ahead or back", async () => {
    const userId = await someone();
    await database.clock.moveTo(new Date(Date.now() + 90 * 24 * 3_600_000));
    try {
      await many(MAX_WORK + 1, userId);
    } finally {
      await database.clock.moveTo(new Date());
    }
    await age(userId, 61);
    expect((await count(userId)).ok).toBe(true);
  });

  it("that is refused is told with when to come back", () => {
    expect(tooOftenSentence({ code: "too_often", retryAfterS: 42 })).toBe(
      "You did this too many times in a minute. Nothing was changed or charged. Please try again in 42 seconds.",
    );
    expect(tooOftenSentence({ code: "too_often", retryAfterS: 1 })).toContain("in a second.");
  });
});
