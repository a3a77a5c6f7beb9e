import type { Sql } from "postgres";

/**
 * Keeps every row of an account as it is now, and returns what puts them back: so that one past can be lived on in many
 * ways. Needs the tables' owner; nothing may be at work on the account meanwhile.
 */
export async function keepAccount(owner: Sql, accountId: string): Promise<() => Promise<void>> {
  const tables = await tablesOfAccounts(owner);
  const kept: { table: string; columns: string; rows: string }[] = [];
  for (const { table, column } of tables) {
    const [row] = await owner.unsafe<{ rows: string | null }[]>(
      `select jsonb_agg(to_jsonb(t))::text as rows from ${table} t where ${column} = $1`,
      [accountId],
    );
    if (row?.rows) kept.push({ table, columns: await insertable(owner, table), rows: row.rows });
  }
  return () =>
    owner.begin(async (sql) => {
      for (const { table, column } of tables.toReversed()) {
        await sql.unsafe(`delete from ${table} where ${column} = $1`, [accountId]);
      }
      for (const { table, columns, rows } of kept) {
        await sql.unsafe(
          `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, $1::text::jsonb)`,
          [rows],
        );
      }
    }) as Promise<unknown> as Promise<void>;
}

/** Parents first. */
async function tablesOfAccounts(owner: Sql): Promise<readonly { table: string; column: string }[]> {
  const order = ["accounts", "balances", "grants"];
  const found = await owner<{ table: string }[]>`
    select c.relname as table from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'account_id' and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'`;
  const rest = found
    .map((each) => each.table)
    .filter((each) => !order.includes(each) && each !== "memberships");
  const parents = ["orders", "plan_payments", "subscriptions", "invoices"];
  const children = rest.filter((each) => !parents.includes(each));
  return [...order, ...parents, ...children].map((table) => ({
    table,
    column: table === "accounts" ? "id" : "account_id",
  }));
}

async function insertable(sql: Sql, table: string): Promise<string> {
  const columns = await sql.unsafe<{ name: string }[]>(
    `select quote_ident(attname) as name from pg_attribute
     where attrelid = '${table}'::regclass and attnum > 0 and not attisdropped and attgenerated = ''`,
  );
  return columns.map((each) => each.name).join(", ");
}
