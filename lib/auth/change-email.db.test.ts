import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { openTestDatabase } from "@/dev/testing/database";
import { makeAccount } from "@/dev/testing/factories";
import { linkDeps, someCaller, tokenIn } from "@/dev/testing/links";
import { deliverAll } from "@/dev/testing/outbox";
import { users } from "../../db/schema";
import { newId } from "../ids";
import {
  askForEmailChange,
  CHANGES_PER_PERSON,
  confirmEmailChange,
  findEmailChange,
  findWayBack,
  undoEmailChange,
} from "./change-email";
import { hashPassword } from "./passwords";
import { findReset, resetPassword } from "./reset-password";
import { createSession } from "./sessions";

const test = openTestDatabase({ clock: true });
const WINDOW_MS = 15 * 60_000;
const PASSWORD = "correct horse battery";
const OVER = { ok: false, error: { code: "link_over" } };
let passwordHash: string;
const deps = () => linkDeps(test.db);

beforeAll(async () => {
  // A minute into a quarter of an hour: no test is to see its counts begin anew.
  await test.clock.moveTo(new Date(Math.ceil(Date.now() / WINDOW_MS) * WINDOW_MS + 60_000));
  passwordHash = await hashPassword(PASSWORD);
});

async function makePerson(hash: string | null = passwordHash) {
  const made = await makeAccount(test.db);
  await test.db.update(users).set({ passwordHash: hash }).where(eq(users.id, made.userId));
  const caller = someCaller();
  const { sessionId } = await createSession(test.db, { ...made, sessionVersion: 1 }, caller);
  return { ...made, caller, sessionId };
}
type Person = Awaited<ReturnType<typeof makePerson>>;
const someEmail = () => `new-${newId()}@example.com`;
const ask = (person: Person, email: string, password: string | null = PASSWORD) =>
  askForEmailChange(deps(), person, { email, password });
/** Sends what waits for the person; what the links of each kind say, by whom it went to. */
async function mailsTo({ userId }: Person) {
  const sent = await deliverAll(test.db, { userId });
  return sent.map((each) => ({ kind: each.kind, to: each.to, token: tokenIn(each) }));
}
/** Somebody who asked for another address. */
async function asking() {
  const person = await makePerson();
  const next = someEmail();
  expect(await ask(person, next)).toEqual({ ok: true, value: { email: next } });
  const [confirm, notice] = await mailsTo(person);
  expect([confirm, notice]).toMatchObject([
    { kind: "email_to_confirm", to: next },
    { kind: "email_change_asked", to: person.email },
  ]);
  return { person, next, confirm: confirm?.token ?? "", back: notice?.token ?? "" };
}
/** Somebody whose address was changed. */
async function changed() {
  const scene = await asking();
  expect((await confirmEmailChange(deps(), scene.person, scene.confirm)).ok).toBe(true);
  const [notice] = await mailsTo(scene.person);
  return { ...scene, secondBack: notice?.token ?? "", notice };
}
const stored = async ({ userId }: Pick<Person, "userId">) => {
  const [user] = await test.db.select().from(users).where(eq(users.id, userId));
  return user;
};
const undo = (token: string) => undoEmailChange(deps(), { token, caller: someCaller() });

describe("asking for another e-mail", () => {
  it("changes nothing before it is confirmed", async () => {
    const { person, next, confirm } = await asking();
    expect(await stored(person)).toMatchObject({ email: person.email, sessionVersion: 1 });
    expect(await findEmailChange(test.db, confirm, person.userId)).toMatchObject({
      email: next,
      otherEmail: person.email,
    });
  });

  it("takes the password, or for who has none a session that is fresh", async () => {
    const person = await makePerson();
    expect(await ask(person, someEmail(), "wrong horse")).toEqual({
      ok: false,
      error: { code: "wrong_password" },
    });
    expect(await ask(person, someEmail(), null)).toEqual({ ok: false, error: { code: "not_fresh" } });
    const provided = await makePerson(null);
    expect((await ask(provided, someEmail(), null)).ok).toBe(true);
    await test.owner`update sessions set proven_at = proven_at - interval '16 minutes' where user_id = ${provided.userId}`;
    expect(await ask(provided, someEmail(), null)).toEqual({ ok: false, error: { code: "not_fresh" } });
  });

  it("does not say that the address is somebody's: the mail to it alone finds that out", async () => {
    const other = await makePerson();
    const person = await makePerson();
    expect(await ask(person, other.email)).toEqual({ ok: true, value: { email: other.email } });
    const [confirm] = await mailsTo(person);
    expect(await confirmEmailChange(deps(), person, confirm?.token ?? "")).toEqual({
      ok: false,
      error: { code: "email_taken" },
    });
    expect(await stored(person)).toMatchObject({ email: person.email });
  });

  it("refuses one's own address, and what is none, and too many", async () => {
    const person = await makePerson();
    expect(await ask(person, person.email.toUpperCase())).toMatchObject({ error: { code: "same_email" } });
    expect(await ask(person, "no address")).toMatchObject({ error: { code: "not_an_email" } });
    for (let n = 1; n < CHANGES_PER_PERSON; n += 1) await ask(person, someEmail());
    expect(await ask(person, someEmail())).toMatchObject({ error: { code: "too_many_attempts" } });
  });
});

describe("confirming", () => {
  it("makes it theirs once, ends their sessions, and tells the old address", async () => {
    const { person, next, confirm, notice } = await changed();
    expect(await stored(person)).toMatchObject({ email: next, sessionVersion: 2 });
    expect(notice).toMatchObject({ kind: "email_changed", to: person.email });
    expect(await confirmEmailChange(deps(), person, confirm)).toEqual(OVER);
  });

  it("is for nobody but who asked: a stranger who has the link gives their address to no account", async () => {
    const { person, confirm } = await asking();
    const stranger = await makePerson();
    expect(await findEmailChange(test.db, confirm, stranger.userId)).toBeNull();
    expect(await confirmEmailChange(deps(), stranger, confirm)).toEqual(OVER);
    expect((await confirmEmailChange(deps(), person, confirm)).ok).toBe(true);
  });

  it("twenty times at once, and two people for one address at once, happens once", async () => {
    const { person, confirm } = await asking();
    const all = await Promise.all(
      Array.from({ length: 20 }, () => confirmEmailChange(deps(), person, confirm)),
    );
    expect(all.filter(({ ok }) => ok)).toHaveLength(1);
    const wanted = someEmail();
    const both = [await makePerson(), await makePerson()];
    const tokens: string[] = [];
    for (const each of both) {
      await ask(each, wanted);
      tokens.push((await mailsTo(each))[0]?.token ?? "");
    }
    const results = await Promise.all(
      both.map((each, n) => confirmEmailChange(deps(), each, tokens[n] ?? "")),
    );
    expect(results.map((each) => (each.ok ? "changed" : each.error.code)).sort()).toEqual([
      "changed",
      "email_taken",
    ]);
  });

  it("is over after a day, and after all sessions were ended", async () => {
    const late = await asking();
    await test.owner`update mailed_links set created_at = created_at - interval '25 hours', expires_at = expires_at - interval '25 hours' where user_id = ${late.person.userId}`;
    expect(await confirmEmailChange(deps(), late.person, late.confirm)).toEqual(OVER);
    const ended = await asking();
    await test.owner`update users set session_version = 9 where id = ${ended.person.userId}`;
    expect(await confirmEmailChange(deps(), ended.person, ended.confirm)).toEqual(OVER);
  });
});

describe("the way back", () => {
  it.each(["before", "after"] as const)(
    "%s it was confirmed leaves the old address, no session and no password",
    async (when) => {
      const { person, back, confirm } = when === "before" ? await asking() : await changed();
      expect(await findWayBack(test.db, back)).toMatchObject({ email: person.email });
      const undone = await undo(back);
      expect(await stored(person)).toMatchObject({
        email: person.email,
        passwordHash: null,
        sessionVersion: when === "before" ? 2 : 3,
      });
      expect(await confirmEmailChange(deps(), person, confirm)).toEqual(OVER);
      expect(await undo(back)).toEqual(OVER);
      if (!undone.ok) return expect.fail(undone.error.code);
      expect(await findReset(test.db, undone.value.resetToken)).toEqual({ email: person.email });
      const chosen = { token: undone.value.resetToken, password: "a fine new long horse", productName: "x" };
      expect((await resetPassword(deps(), { ...chosen, caller: someCaller() })).ok).toBe(true);
    },
  );

  it("outlasts what a stranger does: further changes, their ways back, and who came in with the new address", async () => {
    const { person, back } = await changed();
    await test.owner`insert into identities (provider, provider_user_id, user_id) values ('github', ${newId()}, ${person.userId})`;
    const further = someEmail();
    await ask({ ...person, caller: someCaller() }, further);
    const sent = await mailsTo(person);
    const confirm = sent.find(({ kind }) => kind === "email_to_confirm")?.token ?? "";
    const strangersBack = sent.find(({ kind }) => kind === "email_change_asked")?.token ?? "";
    expect((await confirmEmailChange(deps(), person, confirm)).ok).toBe(true);
    expect((await undo(back)).ok).toBe(true);
    expect(await stored(person)).toMatchObject({ email: person.email });
    expect(await undo(strangersBack)).toEqual(OVER);
    expect(await test.owner`select 1 from identities where user_id = ${person.userId}`).toEqual([]);
  });

  it("does not take an address from somebody who has it by now", async () => {
    const { person, back } = await changed();
    const other = await makePerson();
    await test.owner`update users set email = ${person.email} where id = ${other.userId}`;
    expect(await undo(back)).toEqual({ ok: false, error: { code: "email_taken" } });
  });

  it("ends after eight days", async () => {
    const { back } = await changed();
    await test.owner`update mailed_links set created_at = created_at - interval '193 hours', expires_at = expires_at - interval '193 hours'`;
    expect(await undo(back)).toEqual(OVER);
  });
});
