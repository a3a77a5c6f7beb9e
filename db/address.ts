import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";

/** Where a database is and how it is spoken to. */
export type DatabaseAddress = {
  /** `postgres://user:password@host:port/database`, or with `?host=/folder/of/its/socket`. */
  readonly url: string;
  /** Certificates (PEM) of the authorities that may vouch for the server; with them every connection is TLS, its name checked. */
  readonly ca?: string | undefined;
  /** False behind a pooler that lends its connections by the transaction: what a connection would remember is then another's. */
  readonly prepare?: boolean | undefined;
};
/** A URL alone is an address of which nothing more has to be said. */
export type Addressed = string | DatabaseAddress;

/** What of the environment says how the database is reached, besides where it is. */
export type AddressSettings = {
  readonly DATABASE_CA_FILE?: string | undefined;
  readonly DATABASE_PREPARE?: string | boolean | undefined;
};

/** The settings of a database cannot be gone by. The message names the variable, never a value. */
export class BadAddress extends Error {
  override name = "BadAddress";
}

/** The address of a URL under these settings. Reads the file of authorities; throws `BadAddress` where it has none. */
export function addressOf(url: string, settings: AddressSettings): DatabaseAddress {
  const { DATABASE_CA_FILE: file, DATABASE_PREPARE: prepare } = settings;
  return {
    url,
    ca: file ? readAuthorities(file) : undefined,
    prepare: prepare !== false && prepare !== "false",
  };
}

/** The text of a file of certificates in PEM. Throws `BadAddress` where it cannot be read or holds none. */
export function readAuthorities(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new BadAddress(`DATABASE_CA_FILE: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  try {
    new X509Certificate(text);
  } catch {
    throw new BadAddress("DATABASE_CA_FILE: holds no certificate in PEM (-----BEGIN CERTIFICATE-----)");
  }
  return text;
}

/** With libpq's empty host, which a URL with a name or password may not have. */
const asUrl = (url: string): URL => new URL(url.replace(/@(?=[:/?])/, "@localhost"));

/** The last two mean the same: a connection that is encrypted to whoever answers keeps nothing from who is between. */
const MODES = ["disable", "require", "verify-full"];

/** Why a URL names no Postgres that can be connected to, in words that go behind the variable's name; null where it does. */
export function findUrlFault(url: string, hasAuthorities: boolean): string | null {
  let parsed: URL;
  try {
    parsed = asUrl(url);
  } catch {
    return "must be of the form postgres://user:password@host:5432/database";
  }
  if (!/^postgres(ql)?:$/.test(parsed.protocol)) return "must begin with postgres://";
  const query = parsed.searchParams;
  const mode = query.get("sslmode");
  if (query.has("sslrootcert")) return "takes no sslrootcert; DATABASE_CA_FILE names that file";
  if (query.has("ssl")) return "takes no ssl; write sslmode=disable, require or verify-full";
  if (mode !== null && !MODES.includes(mode)) return "takes sslmode=disable, require or verify-full";
  if (mode === "disable" && hasAuthorities && !socketOf(parsed))
    return "says sslmode=disable beside DATABASE_CA_FILE; remove one of them";
  return null;
}

/** The folder of a server's socket; null where it is reached over the network. */
function socketOf(url: URL): string | null {
  const host = url.searchParams.get("host");
  return host?.startsWith("/") ? host : null;
}

/** Who connects: name and password, as they are. The password is empty where the URL has none. */
export function loginOf(url: string): { readonly name: string; readonly password: string } {
  const { username, password } = asUrl(url);
  return { name: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** Whether the server is on this machine and reached by its socket, where it may know who connects without a password. */
export const isBySocket = (url: string): boolean => socketOf(asUrl(url)) !== null;

/** The same database, as another role. */
export function asRole(url: string, { name, password }: { name: string; password: string }): string {
  const other = asUrl(url);
  other.username = encodeURIComponent(name);
  other.password = encodeURIComponent(password);
  return other.href;
}

type Parts = {
  /** Without what is ours to say. */
  readonly url: URL;
  readonly socket: string | null;
  readonly tls: ConnectionOptions | false;
};

function readAddress(addressed: Addressed): Parts & { readonly prepare: boolean } {
  const { url: given, ca, prepare = true } = typeof addressed === "string" ? { url: addressed } : addressed;
  const url = asUrl(given);
  const socket = socketOf(url);
  const mode = url.searchParams.get("sslmode");
  url.searchParams.delete("sslmode");
  if (socket) url.searchParams.delete("host");
  // A socket speaks no TLS: what goes through it does not leave the machine.
  return { url, socket, prepare, tls: socket ? false : tlsOf(url, mode, ca) };
}

function tlsOf(url: URL, mode: string | null, ca: string | undefined): ConnectionOptions | false {
  if (!ca && (mode === null || mode === "disable")) return false;
  const host = url.hostname.replace(/^\[(.+)\]$/, "$1");
  return {
    ...(ca ? { ca } : {}),
    // Said here: of a server that is named by its number the drivers would compare another name.
    checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
  };
}

/** The two arguments of the application's driver (`postgres`); more options may be added to the second. */
export function forPostgres(addressed: Addressed) {
  const { url, socket, tls, prepare } = readAddress(addressed);
  const path = socket ? { path: `${socket}/.s.PGSQL.${url.port || "5432"}` } : {};
  return [url.href, { ...path, ssl: tls, prepare }] as const;
}

/** Options of the job queue's driver (`pg`). */
export function forPg(addressed: Addressed) {
  const { url, socket, tls } = readAddress(addressed);
  if (socket) url.searchParams.set("host", socket);
  return { connectionString: url.href, ssl: tls };
}

/** Faults of certificates as Node names them: nobody vouches for this one, it is of another name, or over. */
const CERTIFICATE = new Set([
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** What stops every connection until a setting is changed, in a sentence; null where it is something else. */
export function findConnectionFault(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code } = error as { code?: unknown };
  if (typeof code === "string" && CERTIFICATE.has(code))
    return `The database's certificate is not accepted (${code}): DATABASE_CA_FILE must hold the authority that made it, and DATABASE_URL name the host it is for.`;
  if (/unsupported startup parameter/.test(error.message)) return BEHIND_POOLER;
  return findConnectionFault(error.cause);
}

export const BEHIND_POOLER =
  "DATABASE_URL leads to a pooler, which does not keep what a connection was opened with: set DATABASE_PREPARE=false, and DATABASE_DIRECT_URL to the server itself (docs/operations.md).";
