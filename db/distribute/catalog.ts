import type { Sql } from "postgres";

export type Table = { readonly name: string; readonly columns: readonly string[] };
/** Everything that makes rows unlike each other: constraints and unique indexes alike, an expression as `(expression)`. */
export type Key = {
  readonly table: string;
  readonly name: string;
  readonly kind: "primary key" | "unique key" | "exclusion constraint";
  readonly columns: readonly string[];
};
export type Reference = {
  readonly table: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly target: string;
  readonly targetColumns: readonly string[];
  readonly isDeferrable: boolean;
  /** Whether deleting or changing the target would write into the referring row. */
  readonly rewrites: boolean;
};
export type Trigger = { readonly table: string; readonly name: string };
export type Filled = { readonly table: string; readonly column: string; readonly by: "number" | "volatile" };

/** What a schema holds, as far as it decides whether its tables can be sharded by account. */
export type Catalog = {
  readonly tables: readonly Table[];
  readonly keys: readonly Key[];
  readonly references: readonly Reference[];
  readonly triggers: readonly Trigger[];
  /** Columns the database fills by itself in a way that differs from row to row. */
  readonly filled: readonly Filled[];
};

/** Reads the catalog of one schema, as it was migrated rather than as the code describes it. */
export async function readCatalog(sql: Sql, schema = "public"): Promise<Catalog> {
  const [tables, keys, references, triggers, filled] = await Promise.all([
    readTables(sql, schema),
    readKeys(sql, schema),
    readReferences(sql, schema),
    readTriggers(sql, schema),
    readFilled(sql, schema),
  ]);
  return { tables, keys, references, triggers, filled };
}

const readTables = (sql: Sql, schema: string) => sql<Table[]>`
  select c.relname::text as name,
    array(select a.attname::text from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum) as columns
  from pg_class c where c.relnamespace = ${schema}::regnamespace and c.relkind in ('r', 'p')
  order by name`;

const readKeys = (sql: Sql, schema: string) => sql<Key[]>`
  select t.relname::text as table, k.relname::text as name,
    case when i.indisprimary then 'primary key' when i.indisexclusion then 'exclusion constraint' else 'unique key' end as kind,
    array(select coalesce(a.attname::text, '(expression)')
      from unnest(i.indkey::int2[]) with ordinality as at(number, place)
      left join pg_attribute a on a.attrelid = t.oid and a.attnum = at.number
      where at.place <= i.indnkeyatts order by at.place) as columns
  from pg_index i join pg_class t on t.oid = i.indrelid join pg_class k on k.oid = i.indexrelid
  where t.relnamespace = ${schema}::regnamespace and (i.indisunique or i.indisexclusion)
  order by 1, 2`;

const readReferences = (sql: Sql, schema: string) => sql<Reference[]>`
  select t.relname::text as table, c.conname::text as name, f.relname::text as target,
    array(select a.attname::text from unnest(c.conkey) with ordinality as at(number, place)
      join pg_attribute a on a.attrelid = t.oid and a.attnum = at.number order by at.place) as columns,
    array(select a.attname::text from unnest(c.confkey) with ordinality as at(number, place)
      join pg_attribute a on a.attrelid = f.oid and a.attnum = at.number order by at.place) as "targetColumns",
    c.condeferrable as "isDeferrable",
    c.confdeltype in ('n', 'd') or c.confupdtype in ('c', 'n', 'd') as rewrites
  from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_class f on f.oid = c.confrelid
  where t.relnamespace = ${schema}::regnamespace and c.contype = 'f'
  order by 1, 2`;

const readTriggers = (sql: Sql, schema: string) => sql<Trigger[]>`
  select t.relname::text as table, g.tgname::text as name
  from pg_trigger g join pg_class t on t.oid = g.tgrelid
  where t.relnamespace = ${schema}::regnamespace and not g.tgisinternal
  order by 1, 2`;

// The stored expression names the functions it calls by number: no text of SQL to take apart.
const readFilled = (sql: Sql, schema: string) => sql<Filled[]>`
  select * from (
    select t.relname::text as table, a.attname::text as column,
      case
        when a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) like 'nextval(%' then 'number'
        when exists (
          select from regexp_matches(d.adbin::text, ':(?:op)?funcid ([0-9]+)', 'g') as called
          join pg_proc p on p.oid = called[1]::oid where p.provolatile = 'v'
        ) then 'volatile'
      end as by
    from pg_attribute a join pg_class t on t.oid = a.attrelid
    left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
    where t.relnamespace = ${schema}::regnamespace and t.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
  ) as columns where by is not null
  order by 1, 2`;
