import { describe, expect, it } from "vitest";
import { openTestDatabase } from "../dev/testing/database";
import { connect } from "./client";
import { shardingOf } from "./sharding";

const test = openTestDatabase();

const asked = (texts: readonly string[]) => texts.filter((text) => text.includes("pg_dist_partition")).length;

describe("whether accounts lie in shards", () => {
  it("is told by the database: not on plain Postgres", async () => {
    expect(shardingOf(test.db).known).toBeNull();
    expect(await shardingOf(test.db).find()).toBe(false);
    expect(shardingOf(test.db).known).toBe(false);
  });

  it("is asked once for all who ask, and again when a database that was away has answered nothing", async () => {
    const texts: string[] = [];
    const db = connect(test.appUrl, { max: 2, onStatement: (text) => texts.push(text) });
    const sharding = shardingOf(db);
    expect(await Promise.all([sharding.find(), sharding.find()])).toEqual([false, false]);
    expect(await sharding.find()).toBe(false);
    expect(asked(texts)).toBe(1);
    await db.pool.end();

    const nobody = new URL(test.appUrl);
    nobody.port = "1";
    const away = shardingOf(connect(nobody.href));
    await expect(away.find()).rejects.toThrow();
    await expect(away.find()).rejects.toThrow();
    expect(away.known).toBeNull();
  });

  it("is asked again on doubt, and holds until the answer is there", async () => {
    const texts: string[] = [];
    const db = connect(test.appUrl, { max: 2, onStatement: (text) => texts.push(text) });
    const sharding = shardingOf(db);
    await sharding.find();
    sharding.doubt();
    expect(sharding.known).toBe(false);
    await expect.poll(() => asked(texts)).toBe(2);
    await db.pool.end();
  });
});
