import { beforeAll, describe, expect, it } from "vitest";
import { openTestDatabase } from "@/dev/testing/database";
import { makeAccount } from "@/dev/testing/factories";
import { forgetOldRows } from "../jobs/forget";
import { findCustomer } from "./customer";
import { hashPassword } from "./passwords";
import { changePassword } from "./profile";
import type { SessionName, SessionSubject } from "./session-token";
import { createSession, endOne, keepSeen, listSessions, SEEN_EVERY_S, signOutEverywhere } from "./sessions";
import { findSessionSubject } from "./subject";

const database = openTestDatabase({ clock: true });
const IDLE_S = 14 * 24 * 3_600;
const HERE = { address: "192.0.2.1", browser: "Firefox", system: "Linux" };
const PASSWORD = "correct horse battery";
const OWNER = { email: "a@example.com", name: "A person", productName: "Assistant" };
let passwordHash: string;

beforeAll(async () => {
  passwordHash = await hashPassword(PASSWORD);
});

type Person = SessionSubject & { session(): Promise<SessionName> };

async function makePerson(): Promise<Person> {
  const { userId, accountId } = await makeAccount(database.db);
  const subject = { userId, accountId, sessionVersion: 1 };
  return { ...subject, session: () => createSession(database.db, subject, HERE) };
}
const find = async (name: SessionName, idleSeconds = IDLE_S) =>
  (await findCustomer(database.db, name, { idleSeconds, operatorsNeedFactor: false }))?.customer ?? null;
const age = (column: "created_at" | "last_seen_at", { sessionId }: SessionName, seconds: number) =>
  database.owner`update sessions set ${database.owner(column)} = now() - ${seconds} * interval '1 second' where id = ${sessionId}`;

describe("a session", () => {
  it("finds its person and account, and knows which it is", async () => {
    const { userId, accountId, session } = await makePerson();
    const name = await session();
    const { sessionId } = name;
    expect(await find(name)).toMatchObject({
      userId,
      accountId,
      sessionId,
      role: "owner",
      timeZone: "UTC",
    });
  });

  it("goes by the zone that was chosen, else by its browser's, else by the last one's", async () => {
    const { userId, session } = await makePerson();
    const name = await session();
    const zoneIn = async (toldZone: string | null) => {
      const rules = { idleSeconds: IDLE_S, operatorsNeedFactor: false, toldZone };
      const found = await findCustomer(database.db, name, rules);
      return [found?.customer.timeZone, found?.customer.zoneFrom];
    };
    expect(await zoneIn(null)).toEqual(["UTC", "nobody"]);
    expect(await zoneIn("Asia/Colombo")).toEqual(["Asia/Colombo", "browser"]);
    expect(await zoneIn("<script>")).toEqual(["UTC", "nobody"]);
    await database.owner`update users set browser_time_zone = 'Europe/Berlin' where id = ${userId}`;
    expect(await zoneIn(null)).toEqual(["Europe/Berlin", "browser"]);
    expect(await zoneIn("Asia/Colombo")).toEqual(["Asia/Colombo", "browser"]);
    await database.owner`update users set time_zone = 'America/New_York' where id = ${userId}`;
    expect(await zoneIn("Asia/Colombo")).toEqual(["America/New_York", "person"]);
  });

  it("that was signed out of is over for every copy of its cookie, and the person's others go on", async () => {
    const { session } = await makePerson();
    const [one, other] = [await session(), await session()];
    expect(await endOne(database, one)).toBe(true);
    expect(await find(one)).toBeNull();
    expect(await find(other)).not.toBeNull();
    expect(await endOne(database, one)).toBe(false);
  });

  it("can be ended by its own person alone", async () => {
    const [mine, theirs] = [await makePerson(), await makePerson()];
    const { sessionId } = await mine.session();
    expect(await endOne(database, { sessionId, userId: theirs.userId })).toBe(false);
    expect(await find({ sessionId, userId: mine.userId })).not.toBeNull();
  });

  it("is of no use to somebody else, nor for an account its person does not belong to", async () => {
    const [mine, theirs] = [await makePerson(), await makePerson()];
    const { sessionId } = await mine.session();
    expect(await find({ sessionId, userId: theirs.userId })).toBeNull();
    const { userId, sessionVersion } = mine;
    const strayed = { userId, sessionVersion, accountId: theirs.accountId };
    expect(await find(await createSession(database.db, strayed, HERE))).toBeNull();
  });

  it("ends when its person is disabled, leaves the account, or signs out everywhere", async () => {
    const people = [await makePerson(), await makePerson(), await makePerson()] as const;
    const names = await Promise.all(people.map((each) => each.session()));
    for (const name of names) expect(await find(name)).not.toBeNull();
    await database.owner`update users set disabled_at = now() where id = ${people[0].userId}`;
    await database.owner`delete from memberships where user_id = ${people[1].userId}`;
    expect(await signOutEverywhere(database, people[2].userId)).toBe(2);
    for (const name of names) expect(await find(name)).toBeNull();
  });

  it("ends when the password changes, also one that begins just then on the old password", async () => {
    const person = await makePerson();
    await database.owner`update users set password_hash = ${passwordHash} where id = ${person.userId}`;
    const before = await person.session();
    const changed = await changePassword(database, person.userId, {
      current: PASSWORD,
      next: "another long password",
      owner: OWNER,
    });
    expect(changed).toEqual({ ok: true, value: { sessionVersion: 2 } });
    const late = await person.session();
    expect([await find(before), await find(late)]).toEqual([null, null]);
    const subject = await findSessionSubject(database.db, person.userId);
    if (!subject) return expect.fail("nobody is left");
    expect(await find(await createSession(database.db, subject, HERE))).not.toBeNull();
  });

  it("is over when it was not used for the idle limit, or is thirty days old however much it was used", async () => {
    const { session } = await makePerson();
    const [idle, old, young] = [await session(), await session(), await session()];
    await age("last_seen_at", idle, IDLE_S + 1);
    await age("created_at", old, 30 * 24 * 3_600 + 1);
    await age("created_at", young, 30 * 24 * 3_600 - 60);
    await age("last_seen_at", young, IDLE_S - 60);
    expect(await find(idle)).toBeNull();
    expect(await find(old)).toBeNull();
    expect(await find(young)).not.toBeNull();
    expect(await find(young, 3_600)).toBeNull();
  });

  it("outlives a clock that was moved by months, ahead and back", async () => {
    const { session } = await makePerson();
    const before = await session();
    const inMonths = new Date(Date.now() + 200 * 24 * 3_600_000);
    await database.clock.moveTo(inMonths);
    try {
      expect(await find(before)).not.toBeNull();
      const meanwhile = await session();
      expect(await find(meanwhile)).not.toBeNull();
      await forgetOldRows(database.db);
      await database.clock.moveTo(new Date());
      expect(await find(before)).not.toBeNull();
      expect(await find(meanwhile)).not.toBeNull();
    } finally {
      await database.clock.moveTo(new Date());
    }
  });

  it("is asked about in one query, which also says when its last use has to be written down", async () => {
    const { session } = await makePerson();
    const name = await session();
    const asked = async () =>
      (await findCustomer(database.db, name, { idleSeconds: IDLE_S, operatorsNeedFactor: false }))
        ?.seenLongAgo;
    expect(await asked()).toBe(false);
    await age("last_seen_at", name, SEEN_EVERY_S + 1);
    expect(await asked()).toBe(true);
    const elsewhere = { address: "198.51.100.7", browser: "Chrome", system: "Android" };
    await Promise.all([1, 2, 3].map(() => keepSeen(database.db, name.sessionId, elsewhere)));
    expect(await asked()).toBe(false);
    const [row] = await database.owner`select address, browser from sessions where id = ${name.sessionId}`;
    expect(row).toEqual({ address: "198.51.100.7", browser: "Chrome" });
  });
});

describe("the list of sessions", () => {
  it("shows a person's running ones, the last used first, and nobody else's", async () => {
    const [mine, theirs] = [await makePerson(), await makePerson()];
    await theirs.session();
    const [first, ended, idle, second] = [
      await mine.session(),
      await mine.session(),
      await mine.session(),
      await mine.session(),
    ];
    await endOne(database, ended);
    await age("last_seen_at", idle, IDLE_S + 1);
    await age("last_seen_at", first, 60);
    const listed = await listSessions(database.db, mine.userId, IDLE_S);
    expect(listed.map(({ id }) => id)).toEqual([second.sessionId, first.sessionId]);
    expect(listed[0]).toMatchObject(HERE);
    await signOutEverywhere(database, mine.userId);
    expect(await listSessions(database.db, mine.userId, IDLE_S)).toEqual([]);
  });

  it("loses the rows that cannot be used any more, and no other", async () => {
    const { userId, session } = await makePerson();
    const [old, ended, running] = [await session(), await session(), await session()];
    await age("created_at", old, 32 * 24 * 3_600);
    await endOne(database, ended);
    await forgetOldRows(database.db);
    const rows = await database.owner`select id from sessions where user_id = ${userId} order by id`;
    expect(rows.map(({ id }) => id)).toEqual([ended.sessionId, running.sessionId].sort());
  });
});
