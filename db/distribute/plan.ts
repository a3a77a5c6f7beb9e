import type { Catalog, Reference } from "./catalog";

/** Tables that stay on the coordinator, and why. Every other table belongs to an account and says so in `account_id`. */
export const LOCAL_TABLES: Readonly<Record<string, string>> = {
  users: "people are looked up by e-mail and id, and no account owns them",
  identities: "belongs to people",
  invitations: "kept by e-mail, before there is an account",
  second_factors: "belongs to people",
  recovery_codes: "belongs to people",
  memberships: "joins people, who are local, to accounts; every sign-in reads it by the person",
  mailed_links: "belongs to people; looked up by what the link says",
  account_invitations: "a membership to come; looked up by what the link says, before the account is known",
  sessions: "looked up by their own id before anybody knows an account, together with their person",
  sign_in_failures: "counted by e-mail and address, before anybody knows an account",
  provider_work: "counted per person, whom no account owns",
  provider_pace: "the pace of background calls to the payment provider, which no account owns",
  provider_lists: "how far the payment provider's lists were read, which are of all accounts",
  sign_in_turns: "taken by e-mail, before anybody knows an account",
  api_keys: "the operator's keys, looked up by their own id before the account is known",
  person_mails: "mails about a person, whom no account owns",
  mail_opt_outs: "belongs to people",
  security_events: "what happened at the doors, most of it before anybody knows an account",
  operator_acts: "operators read those of all accounts, and of none, in one list",
  waiting_acts: "the same, of what waits for a second operator",
  purchases_switch: "whether anybody may buy, which is of no account",
  subscription_owners: "keeps two accounts from having one subscription, which no shard could see",
  document_series: "the counter of a seller's documents, which are of all accounts",
  document_numbers: "keeps two accounts' documents from having one number, which no shard could see",
  stripe_events: "an event is stored before anybody knows whose it is",
  attention_items: "an operator reads those of all accounts, and of none, in one list",
  stripe_account: "the Stripe account that the whole database belongs to",
  reconciliations: "what a comparison of all accounts found",
  reconciled_days: "the same, day by day",
  catalog_plans: "what was ever sold, of which there are a handful for all accounts",
  catalog_categories: "what credits could ever be spent on, the same",
  oldest_code: "which builds may run, of the whole database",
  web_processes: "what serves pages, which no account owns",
  workers: "processes that work off jobs, which stay on the coordinator",
  worker_tasks: "when each kind of job last ended; jobs stay on the coordinator",
  migration_turn: "the lock by which migrations and distributions take turns",
};

/** The table that is its own account: its key is the account's id. */
const ROOT = "accounts";

/** The column by which an account's table is sharded. */
export const shardColumn = (table: string) => (table === ROOT ? "id" : "account_id");

const isLocal = (table: string) => Object.hasOwn(LOCAL_TABLES, table);

const accountTables = ({ tables }: Catalog): string[] =>
  tables
    .filter(({ name, columns }) => !isLocal(name) && columns.includes(shardColumn(name)))
    .map((each) => each.name);

/** Why the tables cannot be sharded as they are, one sentence each; empty when they can. */
export function findObstacles(catalog: Catalog): string[] {
  const owned = new Set(accountTables(catalog));
  return [
    ...unplacedTables(catalog, owned),
    ...badKeys(catalog, owned),
    ...catalog.references.flatMap((each) => badReference(each, owned)),
    ...catalog.triggers
      .filter(({ table }) => owned.has(table))
      .map(({ table, name }) => `${table}: the trigger ${name} cannot be sharded`),
    ...catalog.filled
      .filter(({ table }) => owned.has(table))
      .map(({ table, column, by }) =>
        by === "number"
          ? `${table}: ${column} is numbered by the database; take numbers under the account's lock instead`
          : `${table}: the default of ${column} calls a volatile function; only now() may be one`,
      ),
    ...[...owned]
      .filter((table) => !parentsFirst(catalog).includes(table))
      .map((table) => `${table}: its foreign keys lead back to itself, so that no table can come first`),
  ];
}

function unplacedTables({ tables }: Catalog, owned: ReadonlySet<string>): string[] {
  const missing = owned.has(ROOT) ? [] : [`${ROOT}: is not there; run "npm run db:migrate" first`];
  const unknown = tables.filter(({ name }) => !owned.has(name) && !isLocal(name));
  return [
    ...missing,
    ...unknown.map(
      ({ name }) =>
        `${name}: has no account_id and is not among the tables that stay local (db/distribute/plan.ts)`,
    ),
  ];
}

function badKeys({ keys }: Catalog, owned: ReadonlySet<string>): string[] {
  const primary = new Set(keys.filter((each) => each.kind === "primary key").map((each) => each.table));
  const keyless = [...owned].filter((table) => !primary.has(table));
  const bad = keys.filter(
    ({ table, kind, columns }) =>
      owned.has(table) && (kind === "exclusion constraint" || columns[0] !== shardColumn(table)),
  );
  return [
    ...keyless.map((table) => `${table}: has no primary key`),
    ...bad.map(({ table, name, kind, columns }) =>
      kind === "exclusion constraint"
        ? `${table}: the exclusion constraint ${name} would have to look into other shards`
        : `${table}: the ${kind} ${name} begins with ${columns[0]} instead of ${shardColumn(table)}`,
    ),
  ];
}

function badReference(reference: Reference, owned: ReadonlySet<string>): string[] {
  const { table, name, columns, target, targetColumns, isDeferrable, rewrites } = reference;
  if (!owned.has(table)) {
    return owned.has(target)
      ? [
          `${table}: the foreign key ${name} leads from a local table into shards, where only half of it holds`,
        ]
      : [];
  }
  if (!owned.has(target)) return [`${table}: the foreign key ${name} leads to ${target}, which stays local`];
  const sameAccount = columns[0] === shardColumn(table) && targetColumns[0] === shardColumn(target);
  return [
    ...(sameAccount ? [] : [`${table}: the foreign key ${name} does not begin with the account`]),
    ...(isDeferrable
      ? [`${table}: the foreign key ${name} is deferrable; its failure would have no name`]
      : []),
    ...(rewrites ? [`${table}: the foreign key ${name} rewrites rows when its target changes`] : []),
  ];
}

/**
 * The accounts' tables, each after all those it refers to, `accounts` before the rest. Tables whose foreign keys run
 * in a circle are missing.
 */
export function parentsFirst(catalog: Catalog): string[] {
  const waiting = new Set(accountTables(catalog));
  const ordered: string[] = [];
  const isReady = (table: string) =>
    catalog.references.every(
      (each) => each.table !== table || each.target === table || !waiting.has(each.target),
    );
  for (;;) {
    const next = waiting.has(ROOT) ? ROOT : [...waiting].filter(isReady).sort()[0];
    if (next === undefined) return ordered;
    waiting.delete(next);
    ordered.push(next);
  }
}

/** A table that is sharded already, as Citus tells it. */
export type Sharded = { readonly table: string; readonly column: string; readonly group: number };

/** Which of the accounts' tables were sharded in another way than is done here, one sentence each. */
export function findStrangers(catalog: Catalog, sharded: readonly Sharded[]): string[] {
  const owned = new Set(accountTables(catalog));
  const group = sharded.find(({ table }) => table === ROOT)?.group;
  return sharded.flatMap(({ table, ...by }) => {
    if (!owned.has(table)) return isLocal(table) ? [`${table}: is sharded, and should be local`] : [];
    if (by.column !== shardColumn(table))
      return [`${table}: is sharded by ${by.column} instead of ${shardColumn(table)}`];
    return by.group === group ? [] : [`${table}: its shards do not lie beside those of ${ROOT}`];
  });
}
