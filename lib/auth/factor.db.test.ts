import { Secret, TOTP } from "otpauth";
import { beforeAll, describe, expect, it } from "vitest";
import { openTestDatabase } from "@/dev/testing/database";
import { makeAccount } from "@/dev/testing/factories";
import { mailsOfPerson } from "@/dev/testing/outbox";
import { findCustomer } from "./customer";
import {
  beginFactor,
  confirmFactor,
  findFactor,
  hasFactor,
  proveFactor,
  removeFactor,
  replaceRecoveryCodes,
  resetFactor,
} from "./factor";
import { needsFactor } from "./operators-factor";
import { hashPassword } from "./passwords";
import { createSession } from "./sessions";

const database = openTestDatabase();
const PASSWORD = "correct horse battery";
const CALLER = { address: "203.0.113.9", browser: "Firefox", system: "Linux" };
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
/** Stands still, so that no code gets old while a test runs. */
const NOW = Date.now();
const deps = () => ({
  db: database.db,
  log,
  authSecret: "a secret of at least 32 characters",
  clock: () => NOW,
});
const WRONG = { ok: false, error: { code: "wrong_code" } };
let passwordHash: string;

beforeAll(async () => {
  passwordHash = await hashPassword(PASSWORD);
});

async function makePerson({ withPassword = true, browser = null as string | null } = {}) {
  const { userId, accountId, email } = await makeAccount(database.db);
  if (withPassword)
    await database.owner`update users set password_hash = ${passwordHash} where id = ${userId}`;
  const { sessionId } = await createSession(database.db, { userId, accountId, sessionVersion: 1 }, CALLER);
  return { userId, accountId, email, sessionId, caller: CALLER, browser };
}

/** The code of so many 30 seconds from now. */
const codeOf = (secret: string, stepsFromNow = 0): string =>
  TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: NOW + stepsFromNow * 30_000 });

async function secretOf(person: { userId: string; sessionId: string }): Promise<string> {
  const found = await findFactor(deps(), person);
  return found.state === "setting_up" ? found.secret : expect.fail(`it is ${found.state}`);
}

/** A person whose factor is on; the code of the 30 seconds before now turned it on. */
async function makeWithFactor(browser: string | null = null) {
  const person = await makePerson({ browser });
  expect(await beginFactor(deps(), person, PASSWORD)).toMatchObject({ ok: true });
  const secret = await secretOf(person);
  const confirmed = await confirmFactor(deps(), person, codeOf(secret, -1));
  if (!confirmed.ok) return expect.fail(confirmed.error.code);
  return { ...person, secret, codes: confirmed.value.recoveryCodes };
}

const eventsOf = async ({ userId }: { userId: string }) =>
  (await database.owner`select kind from security_events where user_id = ${userId} order by id`).map(
    ({ kind }) => kind,
  );

/** What the person was told of changes to their factor. */
const mailed = async (person: { readonly userId: string }) =>
  (await mailsOfPerson(database.db, person))
    .filter(({ kind }) => kind === "second_factor_changed")
    .map(({ facts }) => (facts as { to: string }).to);

describe("a second factor", () => {
  it("begins with the password, is shown in that session alone, and counts only once a code was right", async () => {
    const person = await makePerson();
    expect(await beginFactor(deps(), person, "not this one")).toMatchObject({
      error: { code: "wrong_password" },
    });
    expect(await findFactor(deps(), person)).toEqual({ state: "off" });
    await beginFactor(deps(), person, PASSWORD);
    const secret = await secretOf(person);
    const elsewhere = { ...person, sessionId: person.userId };
    expect(await findFactor(deps(), elsewhere)).toEqual({ state: "off" });
    expect(await confirmFactor(deps(), elsewhere, codeOf(secret))).toMatchObject({
      error: { code: "not_begun" },
    });
    expect(await confirmFactor(deps(), person, "000000")).toEqual(WRONG);
    expect(await hasFactor(database.db, person.userId)).toBe(false);
    expect(await confirmFactor(deps(), person, ` ${codeOf(secret)} `)).toMatchObject({
      ok: true,
      value: { sessionVersion: 2 },
    });
    expect(await hasFactor(database.db, person.userId)).toBe(true);
    expect(await findFactor(deps(), person)).toMatchObject({ state: "on", recoveryCodesLeft: 10 });
    expect(await beginFactor(deps(), person, PASSWORD)).toMatchObject({ error: { code: "already_on" } });
    expect(await eventsOf(person)).toEqual(["factor_failed", "factor_added"]);
  });

  it("of somebody without a password needs a fresh session, which signing out elsewhere does not make fresh", async () => {
    const person = await makePerson({ withPassword: false });
    expect((await beginFactor(deps(), person, null)).ok).toBe(true);
    await database.owner`update sessions set proven_at = now() - interval '16 minutes' where id = ${person.sessionId}`;
    const madeAnew = await createSession(database.db, { ...person, sessionVersion: 1 }, CALLER, person);
    for (const sessionId of [person.sessionId, madeAnew.sessionId]) {
      expect(await beginFactor(deps(), { ...person, sessionId }, null)).toMatchObject({
        error: { code: "not_fresh" },
      });
    }
    // Who has a password is asked for it, however fresh the session is.
    const withPassword = await makePerson();
    expect(await beginFactor(deps(), withPassword, null)).toMatchObject({ error: { code: "not_fresh" } });
  });

  it("that is not confirmed within 15 minutes has to be begun again", async () => {
    const person = await makePerson();
    await beginFactor(deps(), person, PASSWORD);
    const secret = await secretOf(person);
    await database.owner`update second_factors set created_at = now() - interval '16 minutes' where user_id = ${person.userId}`;
    expect(await confirmFactor(deps(), person, codeOf(secret))).toMatchObject({
      error: { code: "not_begun" },
    });
  });

  it("is guessed at no more than thirty times in all browsers together that know the person", async () => {
    const person = await makeWithFactor();
    const guesses = Array.from({ length: 12 }, (_, number) =>
      [1, 2, 3].map(() => ({ ...person, browser: `browser-${number}` })),
    ).flat();
    const codes = [];
    for (const each of guesses) {
      const told = await proveFactor(deps(), each, "000000");
      codes.push(told.ok ? "ok" : told.error.code);
    }
    expect(codes.filter((code) => code === "wrong_code")).toHaveLength(30);
    expect(codes.filter((code) => code === "too_many_attempts")).toHaveLength(6);
  });

  it("is stored encrypted, and its recovery codes only as hashes", async () => {
    const { userId, secret, codes } = await makeWithFactor();
    const rows = JSON.stringify([
      await database.owner`select * from second_factors where user_id = ${userId}`,
      await database.owner`select * from recovery_codes where user_id = ${userId}`,
      await database.owner`select * from security_events where user_id = ${userId}`,
    ]);
    for (const text of [secret, ...codes, ...codes.map((code) => code.replaceAll("-", ""))]) {
      expect(rows).not.toContain(text);
    }
  });
});

describe("a code of the app", () => {
  it("counts once, of thirty at once one, and one of before it never again", async () => {
    const person = await makeWithFactor();
    const code = codeOf(person.secret);
    // Each in a browser of its own, so that the limit does not come first.
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, n) => proveFactor(deps(), { ...person, browser: `browser-${n}` }, code)),
    );
    expect(results.filter((each) => each.ok)).toEqual([{ ok: true, value: "app" }]);
    expect(await proveFactor(deps(), person, codeOf(person.secret, -1))).toEqual(WRONG);
    expect(await proveFactor(deps(), person, codeOf(person.secret, 1))).toMatchObject({ ok: true });
  });

  it("of somebody else's app is wrong", async () => {
    const [one, other] = [await makeWithFactor(), await makeWithFactor()];
    expect(await proveFactor(deps(), one, codeOf(other.secret))).toEqual(WRONG);
    expect(await proveFactor(deps(), await makePerson(), codeOf(other.secret))).toEqual(WRONG);
  });

  it("is guessed at five times a quarter of an hour, and not at the cost of a browser the person knows", async () => {
    const person = await makeWithFactor();
    const guesses = await Promise.all(
      Array.from({ length: 40 }, (_, n) => proveFactor(deps(), person, `not a code ${n}`)),
    );
    expect(guesses.filter((each) => !each.ok && each.error.code === "wrong_code")).toHaveLength(5);
    expect(await proveFactor(deps(), person, codeOf(person.secret))).toMatchObject({
      error: { code: "too_many_attempts", retryAt: expect.any(Date) },
    });
    const atHome = { ...person, browser: "known" };
    expect(await proveFactor(deps(), atHome, codeOf(person.secret))).toMatchObject({ ok: true });
  });

  it("sealed with another AUTH_SECRET opens nothing, and a recovery code still does", async () => {
    const person = await makeWithFactor();
    const later = { ...deps(), authSecret: "another secret of 32 characters!" };
    expect(await proveFactor(later, person, codeOf(person.secret))).toEqual(WRONG);
    expect(await proveFactor(later, person, person.codes[0] ?? "")).toEqual({ ok: true, value: "recovery" });
  });
});

describe("a recovery code", () => {
  it("counts once, however often it comes at once, and for its person alone", async () => {
    const person = await makeWithFactor();
    const code = person.codes[3] ?? "";
    expect(await proveFactor(deps(), await makeWithFactor(), code)).toEqual(WRONG);
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        proveFactor(deps(), { ...person, browser: `b${n}` }, code.toUpperCase()),
      ),
    );
    expect(results.filter((each) => each.ok)).toEqual([{ ok: true, value: "recovery" }]);
    expect(await findFactor(deps(), person)).toMatchObject({ recoveryCodesLeft: 9 });
    expect(await eventsOf(person)).toContain("recovery_code_used");
  });

  it("of before counts no more once there are new ones", async () => {
    const person = await makeWithFactor();
    expect(await replaceRecoveryCodes(deps(), person, "nonsense")).toEqual(WRONG);
    const replaced = await replaceRecoveryCodes(deps(), person, person.codes[0] ?? "");
    const fresh = replaced.ok ? replaced.value : [];
    expect(fresh).toHaveLength(10);
    expect(await proveFactor(deps(), person, person.codes[1] ?? "")).toEqual(WRONG);
    expect(await proveFactor(deps(), person, fresh[1] ?? "")).toMatchObject({ ok: true });
    expect(await mailed(person)).toEqual(["on", "new_codes"]);
  });
});

describe("turning it off", () => {
  it("takes a code, and leaves neither secret nor recovery codes", async () => {
    const person = await makeWithFactor();
    expect(await removeFactor(deps(), person, "000000")).toEqual(WRONG);
    expect(await hasFactor(database.db, person.userId)).toBe(true);
    expect(await removeFactor(deps(), person, codeOf(person.secret))).toMatchObject({ ok: true });
    expect(await findFactor(deps(), person)).toEqual({ state: "off" });
    expect(await database.owner`select 1 from recovery_codes where user_id = ${person.userId}`).toHaveLength(
      0,
    );
    expect(await proveFactor(deps(), person, person.codes[0] ?? "")).toEqual(WRONG);
    expect(await eventsOf(person)).toContain("factor_removed");
    expect(await mailed(person)).toEqual(["on", "off"]);
  });

  it("is the operator's act for somebody who lost everything", async () => {
    const person = await makeWithFactor();
    expect(await resetFactor({ db: database.db, log }, person.email.toUpperCase())).toBe(true);
    expect(await hasFactor(database.db, person.userId)).toBe(false);
    expect(await resetFactor({ db: database.db, log }, person.email)).toBe(false);
    expect(await resetFactor({ db: database.db, log }, "nobody@example.com")).toBe(false);
    expect(await mailed(person)).toEqual(["on", "off"]);
  });
});

describe("an operator, where a second factor is needed", () => {
  it("is none until theirs is on, is led to it, and is none again without it", async () => {
    const person = await makePerson();
    await database.owner`update users set is_operator = true where id = ${person.userId}`;
    const seen = async (session: { sessionId: string }, operatorsNeedFactor = true) => {
      const name = { userId: person.userId, sessionId: session.sessionId };
      const found = await findCustomer(database.db, name, { idleSeconds: 3_600, operatorsNeedFactor });
      return [found?.customer.isOperator, found?.customer.mustAddFactor];
    };
    expect(await seen(person)).toEqual([false, true]);
    expect(await seen(person, false)).toEqual([true, false]);
    expect(await needsFactor(database.db, person.userId, true)).toBe(true);
    expect(await needsFactor(database.db, person.userId, false)).toBe(false);

    await beginFactor(deps(), person, PASSWORD);
    expect(await seen(person)).toEqual([false, true]);
    const confirmed = await confirmFactor(deps(), person, codeOf(await secretOf(person)));
    const sessionVersion = confirmed.ok ? confirmed.value.sessionVersion : 0;
    // Sessions that began without it are over.
    expect(await seen(person)).toEqual([undefined, undefined]);
    const madeAnew = await createSession(database.db, { ...person, sessionVersion }, CALLER, person);
    expect(await seen(madeAnew)).toEqual([true, false]);
    expect(await needsFactor(database.db, person.userId, true)).toBe(false);
    await resetFactor({ db: database.db, log }, person.email);
    expect(await seen(madeAnew)).toEqual([false, true]);
  });

  it("customers are never asked for", async () => {
    const { userId } = await makePerson();
    expect(await needsFactor(database.db, userId, true)).toBe(false);
  });
});
