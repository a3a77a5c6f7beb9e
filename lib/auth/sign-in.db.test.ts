import { eq, sql } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { openTestDatabase } from "@/dev/testing/database";
import { makeAccount } from "@/dev/testing/factories";
import { deliverAll } from "@/dev/testing/outbox";
import { connect, type Database } from "../../db/client";
import { signInFailures, users } from "../../db/schema";
import { forgetOldRows } from "../jobs/forget";
import { takeTurn } from "./limits";
import { hashPassword, passwordMatches } from "./passwords";
import { changePassword, rememberTimeZone, saveProfile } from "./profile";
import {
  ATTEMPTS_PER_ADDRESS,
  ATTEMPTS_PER_BROWSER,
  ATTEMPTS_PER_PERSON,
  GUESSING_PACE,
  signIn,
} from "./sign-in";
import { createSlowLane } from "./slow-lane";

const database = openTestDatabase({ clock: true });
const WINDOW_MS = 15 * 60_000;
const PASSWORD = "correct horse battery";
const OWNER = { email: "a@example.com", name: "A person", productName: "Assistant" };
const WRONG = { ok: false, error: { code: "wrong_credentials" } };
const CROWDED = { ok: false, error: { code: "crowded" } };
const REFUSED = { ok: false, error: { code: "address_refused", retryAt: expect.any(Date) } };
const QUICK = { stepMs: 1, mostMs: 3 };
let passwordHash: string;
let addresses = 0;
const someAddress = () => {
  addresses += 1;
  return `203.0.${addresses >> 8}.${addresses & 255}`;
};
const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const roomyLane = createSlowLane((person, delayMs) => takeTurn(database.db, person, delayMs), {
  patienceMs: 30_000,
  mostPerPerson: 1_000,
  mostInAll: 1_000,
});

type Try = {
  readonly db?: Database;
  readonly address?: string;
  readonly knownTo?: string;
  readonly lane?: typeof roomyLane;
};

const attempt = (email: string, password: string, { db, address, knownTo, lane = roomyLane }: Try = {}) =>
  signIn(
    { db: db ?? database.db, log },
    {
      email,
      password,
      caller: { address: address ?? someAddress(), browser: null, system: null },
      browserKnowing: (userId) => (userId === knownTo ? "a browser" : null),
    },
    { pace: QUICK, laneOf: () => lane },
  );
const failTimes = async (times: number, email: string, more: Try = {}) => {
  for (let n = 0; n < times; n += 1) expect(await attempt(email, "guess", more)).toEqual(WRONG);
};
/** As if so many tries had failed already, without hashing that many passwords. */
const haveFailed = (times: number, subject: string) =>
  database.db.insert(signInFailures).values({
    subject,
    windowStart: sql`date_bin('15 minutes', now(), timestamptz 'epoch')`,
    failures: times,
  });
const kindsOf = async (userId: string) =>
  (
    await database.owner<
      { kind: string }[]
    >`select kind from security_events where user_id = ${userId} order by id`
  ).map(({ kind }) => kind);

beforeAll(async () => {
  // A minute into a quarter of an hour: no test is to see its counts begin anew.
  await database.clock.moveTo(new Date(Math.ceil(Date.now() / WINDOW_MS) * WINDOW_MS + 60_000));
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

  it("from elsewhere costs time after ten failures, and never access", async () => {
    const { email, userId } = await makePerson();
    await failTimes(ATTEMPTS_PER_PERSON, email);
    await failTimes(5, email);
    expect(await attempt(email, PASSWORD)).toMatchObject({ ok: true });
    expect(await kindsOf(userId)).toContain("sign_in_slowed");
  });

  it("many guesses at once are checked one after the other, at the pace of the turns", async () => {
    for (const email of [(await makePerson()).email, "nobody.at.all@example.com"]) {
      let inLane = 0;
      const turns: number[] = [];
      const lane = createSlowLane(
        async (person, delayMs) => {
          const waitMs = await takeTurn(database.db, person, delayMs);
          if (waitMs === 0) turns.push(delayMs);
          return waitMs;
        },
        { patienceMs: 30_000, mostPerPerson: 1_000, mostInAll: 1_000 },
      );
      const watched: typeof lane = (...given) => {
        inLane += 1;
        return lane(...given);
      };
      const answers = await Promise.all(
        Array.from({ length: 25 }, (_, n) => attempt(email, `guess ${n}`, { lane: watched })),
      );
      expect(answers).toEqual(answers.map(() => WRONG));
      expect([inLane, turns.length]).toEqual([15, 15]);
      expect(turns.every((delayMs) => delayMs >= QUICK.stepMs && delayMs <= QUICK.mostMs)).toBe(true);
    }
  });

  it("for somebody whom many guess at is let through every two seconds at first, every thirty at last", async () => {
    const { email } = await makePerson();
    await haveFailed(ATTEMPTS_PER_PERSON, `email:${email}`);
    const delays: number[] = [];
    const laneOf = () => async (_person: string, _address: string, delayMs: number) => {
      delays.push(delayMs);
      return "busy" as const;
    };
    const caller = () => ({ address: someAddress(), browser: null, system: null });
    for (let n = 0; n < 18; n += 1) {
      const tried = { email, password: PASSWORD, caller: caller(), browserKnowing: () => null };
      const rules = { pace: GUESSING_PACE, laneOf };
      expect(await signIn({ db: database.db, log }, tried, rules)).toEqual(CROWDED);
    }
    const seconds = delays.map((ms) => ms / 1_000);
    expect(seconds).toEqual([2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 30, 30, 30]);
  });

  it("with a browser that knew the person is neither slowed nor refused for what others do", async () => {
    const { email, userId } = await makePerson();
    const address = someAddress();
    await haveFailed(ATTEMPTS_PER_PERSON + 2, `email:${email}`);
    await haveFailed(ATTEMPTS_PER_ADDRESS, `address:${address}`);
    expect(await attempt(email, PASSWORD, { address })).toEqual(REFUSED);
    const noLane = () => expect.fail("was made to wait");
    expect(await attempt(email, PASSWORD, { address, knownTo: userId, lane: noLane })).toMatchObject({
      ok: true,
    });
  });

  it("a browser that knew the person has ten tries of its own, and is then like any other", async () => {
    const { email, userId } = await makePerson();
    await failTimes(ATTEMPTS_PER_BROWSER, email, { knownTo: userId });
    const [before] = await database.owner`select 1 from sign_in_failures where subject = ${`email:${email}`}`;
    expect(before).toBeUndefined();
    await failTimes(1, email, { knownTo: userId });
    await haveFailed(ATTEMPTS_PER_PERSON, `email:${email}`).onConflictDoUpdate({
      target: [signInFailures.subject, signInFailures.windowStart],
      set: { failures: ATTEMPTS_PER_PERSON },
    });
    const waited: string[] = [];
    const lane: typeof roomyLane = async (person) => {
      waited.push(person);
      return "busy";
    };
    expect(await attempt(email, PASSWORD, { knownTo: userId, lane })).toEqual(CROWDED);
    expect(waited).toEqual([`email:${email}`]);
    const other = await makePerson();
    expect(await attempt(other.email, PASSWORD, { knownTo: userId, lane })).toMatchObject({ ok: true });
  });

  it("waits for its turn with nothing in its hands: connection and hashing are others' meanwhile", async () => {
    const { email } = await makePerson();
    await haveFailed(ATTEMPTS_PER_PERSON, `email:${email}`);
    const small = connect(database.appUrl, { max: 1 });
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const lane = createSlowLane(
      async (person, delayMs) => {
        await takeTurn(small, person, delayMs);
        await gate;
        return 0;
      },
      { patienceMs: 30_000, mostPerPerson: 100, mostInAll: 100 },
    );
    const waiting = Array.from({ length: 20 }, () => attempt(email, PASSWORD, { db: small, lane }));
    // Would not end while one of them held the only connection, or a slot.
    await expect
      .poll(async () => {
        const [row] = await small
          .select()
          .from(signInFailures)
          .where(eq(signInFailures.subject, `email:${email}`));
        return row?.failures;
      })
      .toBe(ATTEMPTS_PER_PERSON + 20);
    expect(await passwordMatches(await hashPassword(PASSWORD), PASSWORD)).toBe(true);
    open();
    for (const answer of await Promise.all(waiting)) expect(answer).toMatchObject({ ok: true });
    await small.pool.end({ timeout: 5 });
  });

  it("says when to come back to an address that is refused, within the quarter of an hour", async () => {
    const address = someAddress();
    await haveFailed(ATTEMPTS_PER_ADDRESS - 5, `address:${address}`);
    const answers = await Promise.all(
      Array.from({ length: 15 }, (_, n) => attempt(`person${n}@example.com`, "guess", { address })),
    );
    const refused = answers.flatMap((each) =>
      !each.ok && each.error.code === "address_refused" ? [each.error] : [],
    );
    expect(refused).toHaveLength(10);
    for (const { retryAt } of refused) {
      expect(retryAt.getTime()).toBeGreaterThan(Date.now());
      expect(retryAt.getTime()).toBeLessThanOrEqual(Date.now() + 15 * 60_000);
    }
    const { email } = await makePerson();
    expect(await attempt(email, PASSWORD, { address })).toEqual(REFUSED);
    expect(await attempt(email, PASSWORD)).toMatchObject({ ok: true });
    const [counted] =
      await database.owner`select failures from sign_in_failures where subject = ${`email:${email}`}`;
    expect(counted).toBeUndefined(); // What was refused at the address did not bring the person nearer to a delay.
  });

  it("succeeding forgets the failures before it and counts against nobody at the same address", async () => {
    const { email } = await makePerson();
    const address = someAddress();
    for (let round = 0; round < 3; round += 1) {
      await failTimes(ATTEMPTS_PER_PERSON - 1, email, { address });
      expect(await attempt(email, PASSWORD, { address })).toMatchObject({ ok: true });
    }
    const [row] =
      await database.owner`select failures from sign_in_failures where subject = ${`address:${address}`}`;
    expect(row?.failures).toBe(3 * (ATTEMPTS_PER_PERSON - 1));
  });

  it("writes down who failed, and never what was typed", async () => {
    const { email, userId } = await makePerson();
    const fresh = connect(database.appUrl, { max: 1 }); // Of which no flood is counted yet.
    await attempt(email, "a guess that is nobody's business", { db: fresh });
    await fresh.pool.end({ timeout: 5 });
    expect(await kindsOf(userId)).toEqual(["sign_in_failed"]);
    const [row] =
      await database.owner`select to_jsonb(e)::text as all from security_events e where user_id = ${userId}`;
    expect(row?.all).not.toMatch(/guess|@/);
  });
});

describe("a turn", () => {
  it("is taken by one of many at once, and the others are told how long to wait", async () => {
    const waits = await Promise.all(
      Array.from({ length: 20 }, () => takeTurn(database.db, "a person", 60_000)),
    );
    expect(waits.filter((each) => each === 0)).toHaveLength(1);
    for (const each of waits.filter((ms) => ms > 0)) expect(each).toBeLessThanOrEqual(60_000);
    expect(await takeTurn(database.db, "somebody else", 60_000)).toBe(0);
  });

  it("and counts are forgotten when they count no more", async () => {
    await database.owner`insert into sign_in_turns values ('old', now() - interval '2 days')`;
    await database.owner`insert into sign_in_failures values ('old', now() - interval '2 days', 3)`;
    await forgetOldRows(database.db);
    const left = await database.owner`select subject from sign_in_turns where subject = 'old'
      union all select subject from sign_in_failures where subject = 'old'`;
    expect(left).toHaveLength(0);
    expect(await takeTurn(database.db, "a person", 60_000)).toBeGreaterThan(0);
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
    expect((await deliverAll(database.db, person)).map(({ kind }) => kind)).toEqual(["password_changed"]);
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
    const strange = `<script>alert(1)</script> محمد 👩\u200d💻 =1+1`;
    expect(await saveProfile(database, person.userId, { name: strange, ...rest })).toMatchObject({
      ok: true,
    });
    for (const name of [
      "",
      "   ",
      "a\u0000b",
      "x".repeat(101),
      "\u202eadA",
      "A\u200f",
      "\ufeffA\u061c",
      "\u200b",
    ]) {
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

  it("keeps the zone of the browser beside the one that is chosen, until none is chosen any more", async () => {
    const { userId } = await makePerson();
    const zones = async () => {
      const [row] = await database.owner`select time_zone, browser_time_zone from users where id = ${userId}`;
      return [row?.time_zone, row?.browser_time_zone];
    };
    await rememberTimeZone(database, userId, "nonsense");
    expect(await zones()).toEqual([null, null]);
    await rememberTimeZone(database, userId, "Europe/Berlin");
    await saveProfile(database, userId, { name: "Ada", locale: "de-DE", timeZone: "Asia/Colombo" });
    await rememberTimeZone(database, userId, "Asia/Tokyo");
    expect(await zones()).toEqual(["Asia/Colombo", "Asia/Tokyo"]);
    await saveProfile(database, userId, { name: "Ada", locale: "de-DE", timeZone: null });
    expect(await zones()).toEqual([null, "Asia/Tokyo"]);
  });
});
