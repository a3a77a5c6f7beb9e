import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { openTestDatabase } from "@/dev/testing/database";
import { makeAccount } from "@/dev/testing/factories";
import { users } from "../../db/schema";
import { hashPassword } from "./passwords";
import { changePassword, rememberTimeZone, saveProfile } from "./profile";
import { ATTEMPTS_PER_ADDRESS, ATTEMPTS_PER_EMAIL, signIn } from "./sign-in";

const database = openTestDatabase();
const PASSWORD = "correct horse battery";
const OWNER = { email: "a@example.com", name: "A person", productName: "Assistant" };
const WRONG = { ok: false, error: { code: "wrong_credentials" } };
const TOO_MANY = { ok: false, error: { code: "too_many_attempts", retryAt: expect.any(Date) } };
let passwordHash: string;
let addresses = 0;
const someAddress = () => {
  addresses += 1;
  return `203.0.113.${addresses}`;
};
const attempt = (email: string, password: string, address = someAddress()) =>
  signIn(database, { email, password, address });

beforeAll(async () => {
  passwordHash = await hashPassword(PASSWORD);
});

async function makePerson(changes: Partial<typeof users.$inferInsert> = {}) {
  const made = await makeAccount(database.db);
  await database.db
    .update(users)
    .set({ passwordHash, ...changes })
    .where(eq(users.id, made.userId));
  return made;
}

describe("signing in", () => {
  it("with the right password, however the e-mail is written, says who a session may begin for", async () => {
    const { userId, accountId, email } = await makePerson();
    const result = await attempt(` ${email.toUpperCase()} `, PASSWORD);
    expect(result).toEqual({ ok: true, value: { userId, accountId, sessionVersion: 1 } });
  });

  it("answers alike for a wrong password, an unknown e-mail, no password and a disabled person", async () => {
    const known = await makePerson();
    const disabled = await makePerson();
    await database.owner`update users set disabled_at = now() where id = ${disabled.userId}`;
    const passwordless = await makePerson({ passwordHash: null });
    expect(await attempt(known.email, "wrong horse battery")).toEqual(WRONG);
    expect(await attempt("nobody@example.com", PASSWORD)).toEqual(WRONG);
    expect(await attempt(disabled.email, PASSWORD)).toEqual(WRONG);
    expect(await attempt(passwordless.email, PASSWORD)).toEqual(WRONG);
  });

  it.each(["\u0000@example.com", "' or 1=1 --", "x".repeat(100_000)])(
    "survives the e-mail %.20j",
    async (email) => {
      expect(await attempt(email, PASSWORD)).toEqual(WRONG);
      expect(await attempt("ada@example.com", `\u0000${email}`)).toEqual(WRONG);
    },
  );

  it("a hundred guesses at once get no more tries than a hundred in a row", async () => {
    for (const email of [(await makePerson()).email, "nobody.at.all@example.com"]) {
      const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => attempt(email, `guess ${n}`)));
      expect(answers.filter((each) => !each.ok && each.error.code === "wrong_credentials")).toHaveLength(
        ATTEMPTS_PER_EMAIL,
      );
      expect(await attempt(email, PASSWORD)).toEqual(TOO_MANY);
    }
  });

  it("says when to come back, within the quarter of an hour", async () => {
    const answers = await Promise.all(Array.from({ length: 11 }, () => attempt("late@example.com", "guess")));
    const refused = answers.find((each) => !each.ok && each.error.code === "too_many_attempts");
    if (!refused || refused.ok || refused.error.code !== "too_many_attempts")
      return expect.fail("nobody was refused");
    const wait = refused.error.retryAt.getTime() - Date.now();
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(15 * 60_000);
  });

  it("from one address guesses at many people are counted together", async () => {
    const address = someAddress();
    const answers = await Promise.all(
      Array.from({ length: ATTEMPTS_PER_ADDRESS + 10 }, (_, n) =>
        attempt(`person${n}@example.com`, "guess", address),
      ),
    );
    expect(answers.filter((each) => !each.ok && each.error.code === "too_many_attempts")).toHaveLength(10);
    const { email } = await makePerson();
    expect(await attempt(email, PASSWORD, address)).toEqual(TOO_MANY);
    expect(await attempt(email, PASSWORD)).toMatchObject({ ok: true });
  });

  it("succeeding forgets the failures before it and counts against nobody at the same address", async () => {
    const { email } = await makePerson();
    const address = someAddress();
    for (let round = 0; round < 3; round += 1) {
      for (let n = 0; n < ATTEMPTS_PER_EMAIL - 1; n += 1)
        expect(await attempt(email, "guess", address)).toEqual(WRONG);
      expect(await attempt(email, PASSWORD, address)).toMatchObject({ ok: true });
    }
    const [row] =
      await database.owner`select failures from sign_in_failures where subject = ${`address:${address}`}`;
    expect(row?.failures).toBe(3 * (ATTEMPTS_PER_EMAIL - 1));
  });
});

describe("a password", () => {
  it("of two password changes at once, one is told to look again", async () => {
    const person = await makePerson();
    const changes = await Promise.all(
      ["first new password", "second new password"].map((next) =>
        changePassword(database, person.userId, { current: PASSWORD, next, owner: OWNER }),
      ),
    );
    expect(changes.filter((each) => each.ok)).toHaveLength(1);
  });

  it("that was stolen cannot be used to guess the password without end", async () => {
    const { userId } = await makePerson();
    const guesses = await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        changePassword(database, userId, {
          current: `guess ${n}`,
          next: "another long password",
          owner: OWNER,
        }),
      ),
    );
    expect(guesses.filter((each) => !each.ok && each.error.code === "wrong_password")).toHaveLength(10);
  });
});

describe("a profile", () => {
  it("keeps strange names exactly as they are, and refuses what cannot be kept", async () => {
    const person = await makePerson();
    const rest = { locale: "de-DE", timeZone: "Europe/Berlin" };
    const strange = `<script>alert(1)</script> \u202e=1+1`;
    expect(await saveProfile(database, person.userId, { name: strange, ...rest })).toMatchObject({
      ok: true,
    });
    for (const name of ["", "   ", "a\u0000b", "x".repeat(101)]) {
      expect(await saveProfile(database, person.userId, { name, ...rest })).toEqual({
        ok: false,
        error: { code: "bad_name" },
      });
    }
    expect(await saveProfile(database, person.userId, { name: "Ada", ...rest, locale: "xx" })).toMatchObject({
      ok: false,
    });
    expect(await saveProfile(database, person.userId, { name: "Ada", ...rest, timeZone: "x" })).toMatchObject(
      { ok: false },
    );
    const [row] = await database.owner`select name, locale, time_zone from users where id = ${person.userId}`;
    expect(row).toEqual({ name: strange, locale: "de-DE", time_zone: "Europe/Berlin" });
  });

  it("takes the browser's zone only until there is one", async () => {
    const { userId } = await makePerson();
    await rememberTimeZone(database, userId, "nonsense");
    await rememberTimeZone(database, userId, "Europe/Berlin");
    await rememberTimeZone(database, userId, "Asia/Tokyo");
    const [row] = await database.owner`select time_zone from users where id = ${userId}`;
    expect(row?.time_zone).toBe("Europe/Berlin");
  });
});
