import { Secret, TOTP } from "otpauth";
import { beforeAll, describe, expect, it } from "vitest";
import { openTestDatabase } from "@/dev/testing/database";
import { makeAccount } from "@/dev/testing/factories";
import type { Customer } from "./customer";
import { beginFactor, confirmFactor, findFactor } from "./factor";
import { hashPassword } from "./passwords";
import { createSession } from "./sessions";
import { findProof, keepDeskOpen, stepUp } from "./step-up";

const database = openTestDatabase();
const PASSWORD = "correct horse battery";
const CALLER = { address: "203.0.113.9", browser: "Firefox", system: "Linux" };
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const NOW = Date.now();
const deps = () => ({
  db: database.db,
  log,
  authSecret: "a secret of at least 32 characters",
  clock: () => NOW,
});
let passwordHash: string;

beforeAll(async () => {
  passwordHash = await hashPassword(PASSWORD);
});

async function makeOperator({ withPassword = true } = {}): Promise<Customer> {
  const { userId, accountId, email } = await makeAccount(database.db);
  await database.owner`
    update users set is_operator = true, password_hash = ${withPassword ? passwordHash : null}
    where id = ${userId}`;
  const { sessionId } = await createSession(database.db, { userId, accountId, sessionVersion: 1 }, CALLER);
  return {
    userId,
    accountId,
    sessionId,
    email,
    role: "owner",
    name: "Oona",
    locale: "en-US",
    timeZone: "UTC",
    zoneFrom: "nobody",
    isOperator: true,
    mustAddFactor: false,
    purchasesPaused: null,
  };
}

const tryWith = (operator: Customer, given: { password?: string; code?: string }) =>
  stepUp(deps(), operator, { password: "", code: "", caller: CALLER, browser: null, ...given });
const isOpen = ({ sessionId }: Customer) => keepDeskOpen(database.db, sessionId);
const age = ({ sessionId }: Customer, column: "stepped_up_at" | "desk_used_at" | "proven_at", by: string) =>
  database.owner.unsafe(`update sessions set ${column} = ${column} - $2::interval where id = $1::uuid`, [
    sessionId,
    by,
  ]);
const eventsOf = async ({ userId }: Customer) =>
  (await database.owner`select kind from security_events where user_id = ${userId} order by id`).map(
    ({ kind }) => kind,
  );

describe("the desk", () => {
  it("is shut in a session that just began, and opened by the password alone where there is no factor", async () => {
    const operator = await makeOperator();
    expect(await isOpen(operator)).toBe(false);
    expect(await findProof(database.db, operator)).toEqual({
      byPassword: true,
      withCode: false,
      isFresh: null,
    });
    expect(await tryWith(operator, { password: "wrong" })).toMatchObject({
      error: { code: "wrong_credentials" },
    });
    expect(await tryWith(operator, {})).toMatchObject({ error: { code: "wrong_credentials" } });
    expect(await isOpen(operator)).toBe(false);
    expect(await tryWith(operator, { password: PASSWORD })).toMatchObject({ ok: true });
    expect(await isOpen(operator)).toBe(true);
    expect(await eventsOf(operator)).toEqual([
      "sign_in_failed",
      "step_up_failed",
      "sign_in_failed",
      "step_up_failed",
      "stepped_up",
    ]);
  });

  it("closes when it is not used for 15 minutes, and after an hour however much it is used", async () => {
    const operator = await makeOperator();
    await tryWith(operator, { password: PASSWORD });
    await age(operator, "desk_used_at", "14 minutes");
    expect(await isOpen(operator)).toBe(true); // Used: so it stays open for another 15.
    await age(operator, "desk_used_at", "14 minutes");
    expect(await isOpen(operator)).toBe(true);
    await age(operator, "desk_used_at", "16 minutes");
    expect(await isOpen(operator)).toBe(false);
    await tryWith(operator, { password: PASSWORD });
    await age(operator, "stepped_up_at", "59 minutes");
    expect(await isOpen(operator)).toBe(true);
    await age(operator, "stepped_up_at", "2 minutes");
    expect(await isOpen(operator)).toBe(false);
  });

  it("is open in the one session alone, and not in one made anew from it or ended", async () => {
    const operator = await makeOperator();
    await tryWith(operator, { password: PASSWORD });
    const { userId, accountId } = operator;
    const subject = { userId, accountId, sessionVersion: 1 };
    const other = await createSession(database.db, subject, CALLER, operator);
    expect(await keepDeskOpen(database.db, other.sessionId)).toBe(false);
    await database.owner`update sessions set ended_at = pg_catalog.now() where id = ${operator.sessionId}`;
    expect(await isOpen(operator)).toBe(false);
  });

  it("wants a code too where a second factor is on, and the password with it", async () => {
    const operator = await makeOperator();
    await beginFactor(deps(), operator, PASSWORD);
    const found = await findFactor(deps(), operator);
    if (found.state !== "setting_up") return expect.fail(found.state);
    const codeAt = (steps: number) =>
      TOTP.generate({ secret: Secret.fromBase32(found.secret), timestamp: NOW + steps * 30_000 });
    await confirmFactor(deps(), { ...operator, caller: CALLER, browser: null }, codeAt(-1));
    expect(await tryWith(operator, { password: PASSWORD })).toMatchObject({
      error: { code: "code_missing" },
    });
    expect(await tryWith(operator, { password: PASSWORD, code: codeAt(-1) })).toMatchObject({
      error: { code: "wrong_code" },
    });
    expect(await tryWith(operator, { password: "wrong", code: codeAt(0) })).toMatchObject({
      error: { code: "wrong_credentials" },
    });
    expect(await isOpen(operator)).toBe(false);
    expect(await tryWith(operator, { password: PASSWORD, code: codeAt(0) })).toMatchObject({ ok: true });
    expect(await isOpen(operator)).toBe(true);
  });

  it("without a password it opens for who came from their provider within five minutes", async () => {
    const operator = await makeOperator({ withPassword: false });
    expect(await findProof(database.db, operator)).toMatchObject({ byPassword: false, isFresh: true });
    await age(operator, "proven_at", "6 minutes");
    expect(await findProof(database.db, operator)).toMatchObject({ isFresh: false });
    expect(await tryWith(operator, { password: PASSWORD })).toMatchObject({ error: { code: "not_fresh" } });
    expect(await isOpen(operator)).toBe(false);
    await age(operator, "proven_at", "-6 minutes");
    expect(await tryWith(operator, {})).toMatchObject({ ok: true });
    expect(await isOpen(operator)).toBe(true);
  });
});
