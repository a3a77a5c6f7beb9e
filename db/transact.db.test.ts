import { eq, sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { openTestDatabase } from "../dev/testing/database";
import { newId } from "../lib/ids";
import { err, ok } from "../lib/result";
import { users } from "./schema";
import { DatabaseBusy, sqlState, transact, transactAtOnce } from "./transact";

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

  it("does it again where other statements were sent behind the one that met the deadlock", async () => {
    const [a, b] = [person(), person()];
    await test.db.insert(users).values([a, b]);
    const lock = (first: string, second: string) =>
      transact(test.db, async (tx) => {
        const rename = (id: string) => tx.update(users).set({ name: first }).where(eq(users.id, id));
        await rename(first);
        await tx.execute(sql`select pg_sleep(0.2)`);
        // Refused behind it, the second is heard of first: its error comes through fewer promises.
        const together = async () => await Promise.all([rename(second), tx.execute(sql`select 1`)]);
        await Promise.all([together(), tx.execute(sql`select 2`)]);
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

describe("transactAtOnce", () => {
  const INSERT = "insert into users (id, email, name) values ($1, $2, 'A person')";

  it("commits everything that was sent before it ends", async () => {
    const [a, b] = [person(), person()];
    await transactAtOnce(test.db, async (raw, finish) => {
      const writes = Promise.all([a, b].map(({ id, email }) => raw.unsafe(INSERT, [id, email])));
      await finish(writes);
    });
    expect([await exists(a.id), await exists(b.id)]).toEqual([true, true]);
  });

  it("keeps nothing when one of the writes fails, and says why", async () => {
    const [a, b] = [person(), person()];
    const failing = transactAtOnce(test.db, async (raw, finish) => {
      const again = [a, a, b].map(({ id, email }) => raw.unsafe(INSERT, [id, email]));
      await finish(Promise.all(again));
    });
    expect(sqlState(await failing.catch((error: unknown) => error))).toBe("23505");
    expect([await exists(a.id), await exists(b.id)]).toEqual([false, false]);
  });

  it("keeps nothing of a step that fails or never ends its writes, and gives the connection back", async () => {
    const dropped = Array.from({ length: 9 }, person);
    for (const [index, { id, email }] of dropped.entries()) {
      const work = transactAtOnce(test.db, async (raw) => {
        await raw.unsafe(INSERT, [id, email]);
        if (index % 3 === 1) throw new Error("changed its mind");
        if (index % 3 === 2) await raw.unsafe("select no_such_column");
      });
      await work.catch(() => {});
    }
    expect(await Promise.all(dropped.map(({ id }) => exists(id)))).toEqual(dropped.map(() => false));
  });

  it("does a deadlocked transaction again", async () => {
    const [a, b] = [person(), person()];
    await test.db.insert(users).values([a, b]);
    const lock = (first: string, second: string) =>
      transactAtOnce(test.db, async (raw, finish) => {
        await raw.unsafe("update users set name = 'x' where id = $1", [first]);
        await raw.unsafe("select pg_sleep(0.2)");
        await finish(raw.unsafe("update users set name = 'x' where id = $1", [second]));
        return "done";
      });
    expect(await Promise.all([lock(a.id, b.id), lock(b.id, a.id)])).toEqual(["done", "done"]);
  });

  it("does it again where other statements were sent behind the one that met the deadlock", async () => {
    const [a, b] = [person(), person()];
    await test.db.insert(users).values([a, b]);
    const lock = (first: string, second: string) =>
      transactAtOnce(test.db, async (raw, finish) => {
        const rename = (id: string) => raw.unsafe("update users set name = 'x' where id = $1", [id]);
        await rename(first);
        await raw.unsafe("select pg_sleep(0.2)");
        const together = async () => await Promise.all([rename(second), raw.unsafe("select 1")]);
        await finish(Promise.all([together(), raw.unsafe("select 2")]));
        return "done";
      });
    expect(await Promise.all([lock(a.id, b.id), lock(b.id, a.id)])).toEqual(["done", "done"]);
  });

  it("gives up within about two seconds when no connection is free", async () => {
    let held = 0;
    const holders = Array.from({ length: 3 }, () =>
      transact(test.db, async (tx) => {
        held += 1;
        await tx.execute(sql`select pg_sleep(3)`);
      }),
    );
    await expect.poll(() => held).toBe(3);
    await expect(transactAtOnce(test.db, async () => {})).rejects.toBeInstanceOf(DatabaseBusy);
    await Promise.all(holders);
    expect(await transactAtOnce(test.db, async () => "free")).toBe("free");
  });
});
