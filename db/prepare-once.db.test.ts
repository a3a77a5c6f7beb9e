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
  const names = ["one", "another", "a third"];
  let begun = 0;
  let allHave: (value?: unknown) => void = () => {};
  const allBegun = new Promise((resolve) => {
    allHave = resolve;
  });
  const inTransaction = (name: string) =>
    transact(test.db, async (tx) => {
      begun += 1;
      if (begun === names.length) allHave();
      await allBegun; // Else one that is over lends its connection to the next.
      const [own] = await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`);
      const [row] = await ask(tx, { name });
      expect(row).toEqual({ name, pid: own?.pid });
      return own?.pid;
    });
  const pids = await Promise.all(names.map(inTransaction));
  expect(new Set(pids).size).toBe(names.length);
  expect(await ask(test.db, { name: "outside" })).toMatchObject([{ name: "outside" }]);
  expect(built).toBe(1);
});
