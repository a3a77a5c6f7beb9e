import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import postgres, { type Sql } from "postgres";
import { type Addressed, asRole, forPostgres } from "./address";
import { SESSION_LIMITS_MS } from "./client";
import { NotMigrated } from "./not-migrated";
import { quoteName } from "./rights";

/** The role the application connects as. Without a password the server has to know it by its socket. */
export type AppRole = { readonly name: string; readonly password: string };

const NO_RIGHT = "42501";
const ITERATIONS = 4_096;

/**
 * What Postgres keeps of a password (RFC 5803), made here so that the password itself is in no statement, and in no log of
 * the server's that keeps statements.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, ITERATIONS, 32, "sha256");
  const keyOf = (name: string) => createHmac("sha256", salted).update(name).digest();
  const stored = createHash("sha256").update(keyOf("Client Key")).digest("base64");
  const server = keyOf("Server Key").toString("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${stored}:${server}`;
}

/**
 * Makes the application's role, or gives it the password of `DATABASE_URL`; behind a pooler (`owner.prepare` false) also the limits
 * that a connection cannot ask for there. An owner who may not do that is no obstacle where it is done already; else throws
 * `NotMigrated` with what somebody who may has to run. Changes nothing then.
 */
export async function ensureRole(sql: Sql, owner: Addressed, role: AppRole): Promise<void> {
  const [{ exists, name, database } = { exists: false, name: "", database: "" }] = await sql<
    { exists: boolean; name: string; database: string }[]
  >`select exists(select from pg_roles where rolname = ${role.name}), current_user as name, current_database() as database`;
  if (name === role.name) {
    throw new NotMigrated(
      `the application must not connect as the owner of the tables ("${name}"): give DATABASE_URL a role of its own`,
    );
  }
  const password = role.password ? ` password '${scramVerifier(role.password)}'` : "";
  const make = `${exists ? "alter" : "create"} role ${quoteName(role.name)} login${password}`;
  const limits = isPooled(owner) ? limitStatements(role.name, database) : [];
  try {
    await sql.begin(async (tx) => {
      for (const statement of [make, ...limits]) await tx.unsafe(statement);
    });
  } catch (error) {
    if ((error as { code?: string }).code !== NO_RIGHT) throw error;
    const missing = await findMissing(sql, owner, role, { exists, make, limits });
    if (missing.length === 0) return;
    throw new NotMigrated(
      `"${name}", as whom DATABASE_OWNER_URL connects, may not make or change the application's role. Let somebody who may run this, then run it again:\n${missing.map((each) => `  ${each};`).join("\n")}`,
    );
  }
}

const isPooled = (owner: Addressed) => typeof owner !== "string" && owner.prepare === false;

/** What a connection of the application's asks for when it is opened, as settings of its role in this database. */
const limitStatements = (role: string, database: string): string[] =>
  Object.entries(SESSION_LIMITS_MS).map(
    ([setting, ms]) =>
      `alter role ${quoteName(role)} in database ${quoteName(database)} set ${setting} = '${ms}ms'`,
  );

type Wanted = {
  readonly exists: boolean;
  readonly make: string;
  readonly limits: readonly string[];
};

/** Of what was to be done, what is not so already. */
async function findMissing(sql: Sql, owner: Addressed, role: AppRole, wanted: Wanted): Promise<string[]> {
  const lets = wanted.exists && (!role.password || (await letsIn(owner, role)));
  const [found] = await sql<{ settings: string[] | null }[]>`
    select setconfig as settings from pg_db_role_setting s join pg_roles r on r.oid = s.setrole
    where r.rolname = ${role.name} and s.setdatabase = (select oid from pg_database where datname = current_database())`;
  const set = new Set(found?.settings?.map((each) => each.split("=")[0]));
  const limits = wanted.limits.filter((each) => !set.has(/ set (\w+) =/.exec(each)?.[1]));
  return [...(lets ? [] : [wanted.make]), ...limits];
}

async function letsIn(owner: Addressed, role: AppRole): Promise<boolean> {
  const given = typeof owner === "string" ? { url: owner } : owner;
  const [url, options] = forPostgres({ ...given, url: asRole(given.url, role) });
  const sql = postgres(url, { ...options, max: 1, connect_timeout: 5, fetch_types: false });
  try {
    await sql`select`;
    return true;
  } catch {
    return false;
  } finally {
    await sql.end({ timeout: 1 });
  }
}
