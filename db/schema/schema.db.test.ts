import { describe, expect, it } from "vitest";
import { openTestDatabase } from "../../dev/testing/database";
import { readCatalog } from "../distribute/catalog";
import { findObstacles, LOCAL_TABLES, parentsFirst } from "../distribute/plan";

const test = openTestDatabase();

const tables = async () =>
  (
    await test.owner<{ name: string }[]>`select tablename as name from pg_tables where schemaname = 'public'`
  ).map((each) => each.name);

describe("the schema, as it was migrated", () => {
  it("can be sharded by account: every key of an account's table begins with the account", async () => {
    const catalog = await readCatalog(test.owner);
    expect(findObstacles(catalog)).toEqual([]);
    expect(parentsFirst(catalog).length).toBeGreaterThan(9);
  });

  it("lists as local only tables there are", async () => {
    expect(await tables()).toEqual(expect.arrayContaining(Object.keys(LOCAL_TABLES)));
  });

  it("has no trigger, no serial column and no timestamp without a zone", async () => {
    const triggers =
      await test.owner`select tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid where not tgisinternal and c.relnamespace = 'public'::regnamespace`;
    const columns = await test.owner`
      select table_name, column_name from information_schema.columns
      where table_schema = 'public' and (column_default like 'nextval%' or is_identity = 'YES' or data_type = 'timestamp without time zone')`;
    // Given by the database also where an earlier build makes a key; of a table that stays local.
    const numbers = [{ table_name: "api_keys", column_name: "number" }];
    expect([[...triggers], [...columns]]).toEqual([[], numbers]);
  });

  it("keeps amounts in int64, sums in exact numbers, and never money in a float", async () => {
    const columns = await test.owner<{ name: string; type: string }[]>`
      select table_name || '.' || column_name as name, data_type as type from information_schema.columns
      where table_schema = 'public' and (column_name like '%credits' or column_name like '%cents')`;
    expect(columns.length).toBeGreaterThan(8);
    const others = columns.filter(({ type }) => type !== "bigint");
    // Sums, which may pass what one amount cannot.
    expect(others.map(({ name, type }) => `${name} ${type}`).sort()).toEqual([
      "balances.owed_credits numeric",
      "credit_months.credits numeric",
      "usage_days.credits numeric",
    ]);
  });
});
