import type { Sql } from "postgres";

/**
 * What a dump of the database is, taken inside it: a copy of every table in a schema beside it. Returns what puts all of it back as
 * it was, whoever is connected: what came after it is gone, as after a restored backup.
 */
export async function takeBackup(owner: Sql): Promise<() => Promise<void>> {
  const tables = await owner<{ name: string; columns: string }[]>`
    select c.table_name as name, string_agg(quote_ident(c.column_name), ', ' order by c.ordinal_position) as columns
    from information_schema.columns as c join information_schema.tables as t using (table_schema, table_name)
    where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.is_generated = 'NEVER'
    group by c.table_name order by c.table_name`;
  await owner.unsafe("drop schema if exists backup cascade; create schema backup");
  for (const { name, columns } of tables)
    await owner.unsafe(`create table backup."${name}" as select ${columns} from public."${name}"`);
  return async () => {
    await owner.begin(async (tx) => {
      await tx.unsafe("set local session_replication_role = replica"); // Tables come back in any order.
      for (const { name } of tables) await tx.unsafe(`delete from public."${name}"`);
      for (const { name, columns } of tables)
        await tx.unsafe(`insert into public."${name}" (${columns}) select ${columns} from backup."${name}"`);
    });
  };
}
