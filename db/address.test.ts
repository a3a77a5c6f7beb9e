import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AUTHORITY } from "../dev/testing/certificates";
import { addressOf, asRole, findConnectionFault, findUrlFault, forPg, forPostgres, loginOf } from "./address";

const folder = mkdtempSync(join(tmpdir(), "refill-address-"));
const file = join(folder, "authority.pem");
writeFileSync(file, AUTHORITY);

describe("an address", () => {
  it("is the URL, and for both drivers no TLS unless it is asked for", () => {
    const url = "postgres://app:secret@db.example:5432/refill";
    expect(forPostgres(url)).toEqual([url, { ssl: false, prepare: true }]);
    expect(forPg(url)).toEqual({ connectionString: url, ssl: false });
  });

  it("means the same by sslmode for both drivers", () => {
    const url = "postgres://app:secret@db.example/refill?application_name=x&sslmode=";
    const plain = "postgres://app:secret@db.example/refill?application_name=x";
    expect(forPostgres(`${url}disable`)[1].ssl).toBe(false);
    for (const mode of ["require", "verify-full"]) {
      const ssl = { checkServerIdentity: expect.any(Function) };
      expect(forPostgres(`${url}${mode}`)[1].ssl).toEqual(ssl);
      expect(forPg(`${url}${mode}`)).toEqual({ connectionString: plain, ssl });
    }
  });

  it("has authorities and prepares nothing as the settings say", () => {
    const address = addressOf("postgres://app:secret@db.example/refill", {
      DATABASE_CA_FILE: file,
      DATABASE_PREPARE: "false",
    });
    expect(address).toMatchObject({ ca: AUTHORITY, prepare: false });
    expect(forPostgres(address)[1]).toMatchObject({ prepare: false, ssl: { ca: AUTHORITY } });
    expect(addressOf("postgres://app:secret@db.example/refill", {}).prepare).toBe(true);
  });

  it("compares the certificate with the host of the URL, also where that is a number", () => {
    const identity = (url: string, altNames: string) => {
      const { ssl } = forPg({ url, ca: AUTHORITY });
      const certificate = { subject: { CN: "" }, subjectaltname: altNames } as never;
      return ssl ? ssl.checkServerIdentity?.("localhost", certificate) : null;
    };
    expect(identity("postgres://a:b@10.0.0.5/c", "IP Address:10.0.0.5")).toBeUndefined();
    expect(identity("postgres://a:b@[::1]/c", "IP Address:0:0:0:0:0:0:0:1")).toBeUndefined();
    expect(identity("postgres://a:b@10.0.0.5/c", "DNS:localhost")).toBeInstanceOf(Error);
    expect(identity("postgres://a:b@db.example/c", "DNS:other.example")).toBeInstanceOf(Error);
  });

  it.each([
    "postgres://app:secret@/refill?host=/var/run/postgresql",
    "postgres://app:secret@localhost/refill?host=/var/run/postgresql&sslmode=disable",
  ])("may be a server's socket, which speaks no TLS: %s", (url) => {
    const address = { url, ca: AUTHORITY };
    expect(forPostgres(address)).toEqual([
      "postgres://app:secret@localhost/refill",
      { path: "/var/run/postgresql/.s.PGSQL.5432", ssl: false, prepare: true },
    ]);
    expect(forPg(address)).toEqual({
      connectionString: "postgres://app:secret@localhost/refill?host=%2Fvar%2Frun%2Fpostgresql",
      ssl: false,
    });
    expect(findUrlFault(url, true)).toBeNull();
  });

  it("has a login, and can be another role's", () => {
    expect(loginOf("postgres://a%20b:p%2Fw@h/d")).toEqual({ name: "a b", password: "p/w" });
    const other = asRole("postgres://owner:x@h/d?sslmode=require", { name: "a b", password: "p@:/" });
    expect(loginOf(other)).toEqual({ name: "a b", password: "p@:/" });
    expect(other).toContain("@h/d?sslmode=require");
  });

  it.each([
    ["nonsense", /must be of the form/],
    ["mysql://a:b@h/d", /must begin with postgres:/],
    ["postgres://a:b@h/d?sslrootcert=/x", /DATABASE_CA_FILE/],
    ["postgres://a:b@h/d?sslmode=prefer", /sslmode=disable, require or verify-full/],
    ["postgres://a:b@h/d?ssl=true", /sslmode/],
    ["postgres://a:b@h/d?sslmode=disable", /beside DATABASE_CA_FILE/],
  ])("is refused where it cannot be gone by: %s", (url, why) => {
    expect(findUrlFault(url, true)).toMatch(why);
  });

  it("is refused with a file that is not there or no certificate", () => {
    const none = join(folder, "none.pem");
    expect(() => addressOf("postgres://h/d", { DATABASE_CA_FILE: none })).toThrow(
      /cannot be read \(ENOENT\)/,
    );
    writeFileSync(none, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    expect(() => addressOf("postgres://h/d", { DATABASE_CA_FILE: none })).toThrow(/no certificate in PEM/);
  });
});

it("tells what only a setting can mend, however deep it lies, from a database that is away", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const untrusted = Object.assign(new Error("self-signed certificate in certificate chain"), {
    code: "SELF_SIGNED_CERT_IN_CHAIN",
  });
  expect(findConnectionFault(refused)).toBeNull();
  expect(findConnectionFault(new Error("busy", { cause: untrusted }))).toMatch(/DATABASE_CA_FILE/);
  const pooler = new Error("unsupported startup parameter: statement_timeout");
  expect(findConnectionFault(new Error("busy", { cause: pooler }))).toMatch(/DATABASE_PREPARE=false/);
});
