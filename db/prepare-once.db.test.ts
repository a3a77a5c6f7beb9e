import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { openTestDatabase } from "../dev/testing/database";
import { prepareOnce } from "./prepare-once";
import { transact } from "./transact";

const test = openTestDatabase();

it("builds a query once, and sends it on the connection it is asked on: a transaction's own", async () => {
  let built = 0;
  const ask = prepareOnce(["name"], (db, { name }: { readonly name: string }) => {
    built += 1;
    return db
      .select({ name: sql<string>`${name}::text`, pid: sql<number>`pg_backend_pid()` })
      .from(sql`(select) as nothing`)
      .prepare("ask");
  });
  const inTransaction = (name: string) =>
    transact(test.db, async (tx) => {
      const [own] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
      const [row] = await ask(tx, { name });
      expect(row).toEqual({ name, pid: own?.pid });
      return own?.pid;
    });
  const pids = await Promise.all(["one", "another", "a third"].map(inTransaction));
  expect(new Set(pids).size).toBe(3);
  expect(await ask(test.db, { name: "outside" })).toMatchObject([{ name: "outside" }]);
  expect(built).toBe(1);
});
