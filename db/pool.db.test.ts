import { once } from "node:events";
import { connect as connectSocket, createServer, type Socket } from "node:net";
import { eq, sql } from "drizzle-orm";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTestDatabase } from "../dev/testing/database";
import { newId } from "../lib/ids";
import { type ConnectOptions, connect, type Database } from "./client";
import { users } from "./schema";
import { DatabaseBusy, transact } from "./transact";

const test = openTestDatabase();
const person = () => {
  const id = newId();
  return { id, email: `${id}@example.com`, name: "A person" };
};
const exists = async (id: string) => (await test.db.select().from(users).where(eq(users.id, id))).length > 0;
const sleeping = sql`select pg_sleep(1)`;
const pidOf = async (db: Pick<Database, "execute">) =>
  Number((await db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`))[0]?.pid);

function open(url: string, options: ConnectOptions): Database {
  const db = connect(url, options);
  onTestFinished(() => db.pool.end({ timeout: 1 }));
  return db;
}

/** A line to the database that can be cut, as `kill -9` of the server cuts it, or go silent. */
async function openLine() {
  const ends = new Set<Socket>();
  let mode: "up" | "down" | "silent" = "up";
  const target = new URL(test.appUrl);
  const server = createServer((near) => {
    if (mode === "down") return near.resetAndDestroy();
    const far = connectSocket(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from);
      from.on("data", (chunk) => mode !== "silent" && to.write(chunk));
      from.on("error", () => {});
      from.on("close", () => to.destroy());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const end of ends) end.destroy();
    server.close();
  });
  const url = new URL(test.appUrl);
  url.port = String((server.address() as { port: number }).port);
  return {
    url: url.href,
    set(to: typeof mode) {
      mode = to;
      if (to === "down") for (const end of ends) end.resetAndDestroy();
    },
  };
}

/** A pool of one connection, and what ends that connection. */
const losses = {
  "ended by the server": async () => ({
    db: open(test.appUrl, { max: 1 }),
    end: async (pid: number) => void (await test.owner`select pg_terminate_backend(${pid}::int, 5000)`),
  }),
  reset: async () => {
    const line = await openLine();
    const end = async () => {
      line.set("down");
      line.set("up");
    };
    return { db: open(line.url, { max: 1 }), end };
  },
};

describe.each(Object.entries(losses))("a connection %s", (_, prepare) => {
  it("in the middle of a statement: the transaction fails, and the next one works", async () => {
    const { db, end } = await prepare();
    for (let round = 0; round < 3; round += 1) {
      const someone = person();
      const cut = transact(db, async (tx) => {
        await tx.insert(users).values(someone);
        const pid = await pidOf(tx);
        setTimeout(() => void end(pid), 100);
        await tx.execute(sleeping);
      });
      await expect(cut).rejects.toThrow();
      expect(await exists(someone.id)).toBe(false);
      await transact(db, (tx) => tx.insert(users).values(someone));
      expect(await exists(someone.id)).toBe(true);
    }
  });

  it("between two statements: the rest never runs inside somebody else's transaction", async () => {
    const { db, end } = await prepare();
    const [early, late, other] = [person(), person(), person()];
    let goOn = () => {};
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const refused: unknown[] = [];
    const cut = transact(db, async (tx) => {
      await tx.insert(users).values(early);
      await end(await pidOf(tx));
      await gate;
      await tx
        .insert(users)
        .values(late)
        .catch((error: unknown) => refused.push(error));
    });
    await expect(cut).rejects.toThrow();
    await transact(db, async (tx) => {
      await tx.insert(users).values(other);
      goOn();
      await tx.execute(sql`select pg_sleep(0.2)`);
    });
    expect(refused).toHaveLength(1);
    expect(await Promise.all([early, late, other].map(({ id }) => exists(id)))).toEqual([false, false, true]);
  });
});

it("a database that is away is said at once, and works as soon as it is back", async () => {
  const line = await openLine();
  const db = open(line.url, { max: 4 });
  const traffic = Array.from({ length: 12 }, (_, index) =>
    index % 2 ? transact(db, (tx) => tx.execute(sleeping)) : db.execute(sleeping),
  );
  const fates = Promise.allSettled(traffic);
  await new Promise((resolve) => setTimeout(resolve, 300));
  line.set("down");
  expect((await fates).filter(({ status }) => status === "fulfilled")).toEqual([]);
  for (let round = 0; round < 10; round += 1) {
    const refused = transact(db, async () => {});
    await expect(refused).rejects.toBeInstanceOf(DatabaseBusy);
  }
  line.set("up");
  await Promise.all(Array.from({ length: 30 }, () => transact(db, (tx) => tx.execute(sql`select 1`))));
});

it("a database that goes silent is given up, and nothing of it is committed late", async () => {
  const line = await openLine();
  const db = open(line.url, { max: 2, patienceMs: 400 });
  const someone = person();
  await db.execute(sql`select 1`);
  const cut = transact(db, async (tx) => {
    await tx.insert(users).values(someone);
    line.set("silent");
  });
  await expect(cut).rejects.toThrow("did not answer within 400 ms");
  await expect(db.execute(sql`select 1`)).rejects.toThrow();
  line.set("up");
  await transact(db, (tx) => tx.execute(sql`select 1`));
  expect(await exists(someone.id)).toBe(false);
});
