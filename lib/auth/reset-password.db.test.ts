import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { openTestDatabase } from "@/dev/testing/database";
import { makeAccount } from "@/dev/testing/factories";
import { linkDeps, mailedTokens, someCaller } from "@/dev/testing/links";
import { deliverAll, mailsOfPerson } from "@/dev/testing/outbox";
import { users } from "../../db/schema";
import { newId } from "../ids";
import { LINK_USES_PER_ADDRESS } from "./links/count-use";
import { hashPassword, passwordMatches } from "./passwords";
import {
  askForReset,
  findReset,
  mailReset,
  RESETS_PER_ADDRESS,
  RESETS_PER_EMAIL,
  resetPassword,
} from "./reset-password";

const test = openTestDatabase({ clock: true });
const WINDOW_MS = 15 * 60_000;
const OLD = "correct horse battery";
const NEW = "another fine long horse";
const OVER = { ok: false, error: { code: "link_over" } };
let passwordHash: string;
const deps = () => linkDeps(test.db);

beforeAll(async () => {
  // A minute into a quarter of an hour: no test is to see its counts begin anew.
  await test.clock.moveTo(new Date(Math.ceil(Date.now() / WINDOW_MS) * WINDOW_MS + 60_000));
  passwordHash = await hashPassword(OLD);
});

async function makePerson() {
  const made = await makeAccount(test.db);
  await test.db.update(users).set({ passwordHash }).where(eq(users.id, made.userId));
  return made;
}

/** Somebody who forgot their password, and what the link in their mail says. */
async function forgetful() {
  const person = await makePerson();
  await mailReset(deps(), { email: person.email, caller: someCaller() });
  const [token = ""] = await mailedTokens(test.db, person, "password_reset");
  return { ...person, token };
}
const reset = (token: string, password = NEW, caller = someCaller()) =>
  resetPassword(deps(), { token, password, productName: "Assistant", caller });
const stored = async (userId: string) => {
  const [user] = await test.db.select().from(users).where(eq(users.id, userId));
  return user;
};
const kindsOf = async (userId: string) =>
  (
    await test.owner<
      { kind: string }[]
    >`select kind from security_events where user_id = ${userId} order by id`
  ).map(({ kind }) => kind);
/** The jobs that look for somebody of this e-mail. */
const jobsFor = async (email: string) => {
  const rows = await test.owner<{ payload: { email: string } }[]>`
    select j.payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
    where t.identifier = 'mail_password_reset'`;
  return rows.filter(({ payload }) => payload.email === email).length;
};

describe("asking for a new password", () => {
  it("answers and does the same for somebody and for nobody: it leaves one job that looks", async () => {
    const { email } = await makePerson();
    const nobody = `${newId()}@example.com`;
    for (const each of [email, nobody]) {
      expect(await askForReset(deps(), { email: ` ${each.toUpperCase()} `, caller: someCaller() })).toEqual({
        ok: true,
        value: undefined,
      });
      expect(await jobsFor(each)).toBe(1);
    }
  });

  it("mails nobody, who is disabled or who is not there, and notes that it was asked for", async () => {
    const { email, userId } = await makePerson();
    await test.owner`update users set disabled_at = now() where id = ${userId}`;
    await mailReset(deps(), { email, caller: someCaller() });
    expect(await mailsOfPerson(test.db, { userId })).toEqual([]);
    const caller = someCaller();
    await mailReset(deps(), { email: "nobody@example.com", caller });
    const events = await test.owner`select user_id from security_events where address = ${caller.address}`;
    expect(events).toEqual([{ user_id: null }]);
  });

  it("beyond the limit of an e-mail answers the same and mails nothing more", async () => {
    const email = `${newId()}@example.com`;
    for (let n = 0; n < RESETS_PER_EMAIL; n += 1) await askForReset(deps(), { email, caller: someCaller() });
    await test.owner`delete from graphile_worker._private_jobs`;
    expect((await askForReset(deps(), { email, caller: someCaller() })).ok).toBe(true);
    expect(await jobsFor(email)).toBe(0);
  });

  it("beyond the limit of an address is refused, whoever it is for", async () => {
    const caller = someCaller();
    const ask = () => askForReset(deps(), { email: `${newId()}@example.com`, caller });
    for (let n = 0; n < RESETS_PER_ADDRESS; n += 1) expect((await ask()).ok).toBe(true);
    expect(await ask()).toMatchObject({ ok: false, error: { code: "too_many_attempts" } });
  });

  it("refuses what is no e-mail", async () => {
    const refused = await askForReset(deps(), { email: "no address", caller: someCaller() });
    expect(refused).toEqual({ ok: false, error: { code: "not_an_email" } });
  });
});

describe("the mailed link", () => {
  it("stands in no table, and in the mail alone", async () => {
    const { token, userId } = await forgetful();
    const [row] = await test.owner`select * from mailed_links where user_id = ${userId}`;
    const mails = await test.owner`select * from person_mails where user_id = ${userId}`;
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify([row, mails])).not.toContain(token);
  });

  it("sets the password once, ends every session and signs nobody in", async () => {
    const { token, userId, email } = await forgetful();
    expect(await findReset(test.db, token)).toEqual({ email });
    expect(await reset(token)).toEqual({ ok: true, value: undefined });
    const user = await stored(userId);
    expect(user?.sessionVersion).toBe(2);
    expect(await passwordMatches(user?.passwordHash ?? null, NEW)).toBe(true);
    expect(await findReset(test.db, token)).toBeNull();
    expect(await reset(token, "yet another long horse")).toEqual(OVER);
    expect(await kindsOf(userId)).toEqual(["password_reset_asked", "password_reset"]);
    expect((await deliverAll(test.db, { userId })).map(({ kind }) => kind)).toEqual(["password_was_reset"]);
    expect(await test.owner`select 1 from sessions where user_id = ${userId}`).toEqual([]);
  });

  it("twenty times at once is used once", async () => {
    const { token, userId } = await forgetful();
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, n) => reset(token, `a fine long horse ${n}`)),
    );
    expect(all.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await stored(userId))?.sessionVersion).toBe(2);
  });

  it.each([
    [
      "expired",
      "update mailed_links set created_at = created_at - interval '31 minutes', expires_at = expires_at - interval '31 minutes' where user_id = $1",
    ],
    [
      "made before all sessions were ended",
      "update users set session_version = session_version + 1 where id = $1",
    ],
    ["of somebody who was disabled", "update users set disabled_at = now() where id = $1"],
    [
      "mailed to an address that is not theirs any more",
      "update users set email = 'x' || email where id = $1",
    ],
  ])("%s is of no use", async (_, change) => {
    const { token, userId } = await forgetful();
    await test.owner.unsafe(change, [userId]);
    expect(await reset(token)).toEqual(OVER);
    const user = await stored(userId);
    expect(await passwordMatches(user?.passwordHash ?? null, OLD)).toBe(true);
  });

  it("of two that were mailed, one used ends the other", async () => {
    const { token, email, userId } = await forgetful();
    await mailReset(deps(), { email, caller: someCaller() });
    const [second = ""] = await mailedTokens(test.db, { userId }, "password_reset");
    expect(second).not.toBe(token);
    expect((await reset(second)).ok).toBe(true);
    expect(await reset(token)).toEqual(OVER);
  });

  it.each([["short"], ["password123456"]])(
    "is not used up by the password %j, which is refused",
    async (bad) => {
      const { token } = await forgetful();
      const refused = await reset(token, bad);
      expect(refused).toMatchObject({ ok: false, error: { code: expect.stringMatching(/^password_/) } });
      expect((await reset(token)).ok).toBe(true);
    },
  );

  it.each(["", "x", "\u0000", "a".repeat(43), "' or 1=1 --"])("is none that says %j", async (token) => {
    expect(await findReset(test.db, token)).toBeNull();
    expect(await reset(token)).toEqual(OVER);
  });

  it("cannot be tried without end from one address", async () => {
    const caller = someCaller();
    for (let n = 0; n < LINK_USES_PER_ADDRESS; n += 1) await reset("x", NEW, caller);
    expect(await reset("x", NEW, caller)).toMatchObject({ error: { code: "too_many_attempts" } });
  });
});
