import { eq, sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { openTestDatabase } from "../dev/testing/database";
import { newId } from "../lib/ids";
import { err, ok } from "../lib/result";
import { users } from "./schema";
import { DatabaseBusy, transact } from "./transact";

const test = openTestDatabase({ max: 3 });
const person = () => {
  const id = newId();
  return { id, email: `${id}@example.com`, name: "A person" };
};
const exists = async (id: string) => (await test.db.select().from(users).where(eq(users.id, id))).length > 0;

describe("transact", () => {
  it("commits a success and rolls back an error value", async () => {
    const [kept, dropped] = [person(), person()];
    await transact(test.db, async (tx) => {
      await tx.insert(users).values(kept);
      return ok();
    });
    const refused = await transact(test.db, async (tx) => {
      await tx.insert(users).values(dropped);
      return err({ code: "no" });
    });
    expect(refused).toEqual({ ok: false, error: { code: "no" } });
    expect([await exists(kept.id), await exists(dropped.id)]).toEqual([true, false]);
  });

  it("does a deadlocked transaction again", async () => {
    const [a, b] = [person(), person()];
    await test.db.insert(users).values([a, b]);
    const lock = (first: string, second: string) =>
      transact(test.db, async (tx) => {
        await tx.update(users).set({ name: first }).where(eq(users.id, first));
        await tx.execute(sql`select pg_sleep(0.2)`);
        await tx.update(users).set({ name: first }).where(eq(users.id, second));
        return "done";
      });
    expect(await Promise.all([lock(a.id, b.id), lock(b.id, a.id)])).toEqual(["done", "done"]);
  });

  it("gives up within about two seconds when no connection is free, and then does nothing late", async () => {
    const late = person();
    const holders = Array.from({ length: 3 }, () =>
      transact(test.db, (tx) => tx.execute(sql`select pg_sleep(3)`)),
    );
    const started = performance.now();
    const waiting = transact(test.db, async (tx) => tx.insert(users).values(late));
    await expect(waiting).rejects.toBeInstanceOf(DatabaseBusy);
    expect(performance.now() - started).toBeLessThan(2_900);
    await Promise.all(holders);
    await transact(test.db, (tx) => tx.execute(sql`select 1`));
    expect(await exists(late.id)).toBe(false);
  });
});
