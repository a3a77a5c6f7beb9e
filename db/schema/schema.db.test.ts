import { describe, expect, it } from "vitest";
import { openTestDatabase } from "../../dev/testing/database";

const test = openTestDatabase();

/** People, and what is nobody's: everything else belongs to an account. */
const NOT_OF_AN_ACCOUNT = [
  "users",
  "identities",
  "sign_in_failures",
  "api_keys",
  "stripe_events",
  "migration_turn",
];
const APPEND_ONLY = ["commands", "entries", "order_transitions"];

const tables = async () =>
  (
    await test.owner<{ name: string }[]>`select tablename as name from pg_tables where schemaname = 'public'`
  ).map((each) => each.name);

describe("the schema, as it was migrated", () => {
  it("begins every primary key, unique key and foreign key of an account's table with the account", async () => {
    const keys = await test.owner<{ table: string; name: string; columns: string[] }[]>`
      select c.conrelid::regclass::text as table, c.conname as name,
        array(select a.attname::text from unnest(c.conkey) with ordinality k(n, i) join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.n order by i) as columns
      from pg_constraint c where c.connamespace = 'public'::regnamespace and c.contype in ('p', 'u', 'f')
      union all
      select i.indrelid::regclass::text, i.indexrelid::regclass::text,
        array(select a.attname::text from unnest(i.indkey) with ordinality k(n, o) join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.n order by o)
      from pg_index i join pg_class t on t.oid = i.indrelid where i.indisunique and t.relnamespace = 'public'::regnamespace`;
    const owned = keys.filter(({ table }) => !NOT_OF_AN_ACCOUNT.includes(table) && table !== "accounts");
    // A membership joins a person and an account; its reference to the person is the one key that leads elsewhere.
    const wrong = owned.filter(
      ({ columns, name }) => columns[0] !== "account_id" && name !== "memberships_user_id_users_id_fk",
    );
    expect(wrong).toEqual([]);
    expect(new Set(owned.map((each) => each.table)).size).toBeGreaterThan(7);
  });

  it("refers to no auth table from a table of an account's money", async () => {
    const references = await test.owner`
      select conrelid::regclass::text as from, confrelid::regclass::text as to from pg_constraint
      where contype = 'f' and confrelid in ('users'::regclass, 'identities'::regclass)
        and conrelid not in ('memberships'::regclass, 'identities'::regclass)`;
    expect([...references]).toEqual([]);
  });

  it("has no trigger, no serial column and no timestamp without a zone", async () => {
    const triggers =
      await test.owner`select tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid where not tgisinternal and c.relnamespace = 'public'::regnamespace`;
    const columns = await test.owner`
      select table_name, column_name from information_schema.columns
      where table_schema = 'public' and (column_default like 'nextval%' or is_identity = 'YES' or data_type = 'timestamp without time zone')`;
    expect([[...triggers], [...columns]]).toEqual([[], []]);
  });

  it("keeps money in int64 and never in a float", async () => {
    const columns = await test.owner<{ name: string; type: string }[]>`
      select table_name || '.' || column_name as name, data_type as type from information_schema.columns
      where table_schema = 'public' and (column_name like '%credits' or column_name like '%cents')`;
    expect(columns.length).toBeGreaterThan(8);
    expect(columns.filter(({ type }) => type !== "bigint")).toEqual([]);
  });

  it("lets the application add to the history of money, and not edit it", async () => {
    for (const table of await tables()) {
      const [rights] = await test.owner<{ edit: boolean; remove: boolean; owner: boolean }[]>`
        select has_table_privilege('refill_test_app', ${`public.${table}`}, 'update') as edit,
          has_table_privilege('refill_test_app', ${`public.${table}`}, 'delete') as remove,
          pg_has_role('refill_test_app', (select tableowner from pg_tables where schemaname = 'public' and tablename = ${table}), 'member') as owner`;
      const closed = APPEND_ONLY.includes(table) || table === "migration_turn";
      expect([table, rights]).toEqual([table, { edit: !closed, remove: !closed, owner: false }]);
    }
  });
});
