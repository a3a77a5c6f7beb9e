import { eq } from "drizzle-orm";
import { beforeAll, describe, expect, it } from "vitest";
import { openTestDatabase } from "@/dev/testing/database";
import { type MadeAccount, makeAccount } from "@/dev/testing/factories";
import { linkDeps, mailedTokens, someCaller } from "@/dev/testing/links";
import { memberships, users } from "../../db/schema";
import type { Role } from "../auth/customer";
import { findCustomer } from "../auth/customer";
import type { SignUp } from "../auth/identities";
import { hashPassword } from "../auth/passwords";
import { createSession } from "../auth/sessions";
import { signIn } from "../auth/sign-in";
import { listSignInHistory } from "../auth/sign-in-history";
import { newId } from "../ids";
import { changeRole } from "./change-role";
import { findInvitation } from "./find-invitation";
import { inviteColleague } from "./invite";
import { joinAccount } from "./join";
import { INVITATIONS_PER_EMAIL, INVITATIONS_PER_PERSON, MAX_PEOPLE } from "./limits";
import { listAccountsOf, listColleagues, listOpenInvitations, listOwnerNames } from "./queries";
import { removeColleague } from "./remove";
import { withdrawInvitation } from "./withdraw-invitation";

const test = openTestDatabase({ clock: true });
const WINDOW_MS = 15 * 60_000;
const PASSWORD = "correct horse battery";
const LAST = { ok: false, error: { code: "last_owner" } };
const NOT_OWNER = { ok: false, error: { code: "not_an_owner" } };
const NOT_FOUND = { ok: false, error: { code: "not_found" } };
const OVER = { ok: false, error: { code: "link_over" } };
const DONE = { ok: true, value: undefined };
let passwordHash: string;
const deps = () => linkDeps(test.db);
type Person = { readonly userId: string; readonly accountId: string };

beforeAll(async () => {
  // A minute into a quarter of an hour: no test is to see its counts begin anew.
  await test.clock.moveTo(new Date(Math.ceil(Date.now() / WINDOW_MS) * WINDOW_MS + 60_000));
  passwordHash = await hashPassword(PASSWORD);
});

const actor = ({ userId, accountId }: Person) => ({ userId, accountId, caller: someCaller() });
/** One more person of an account. */
async function add(
  { accountId }: Pick<Person, "accountId">,
  role: Role,
): Promise<Person & { email: string }> {
  const userId = newId();
  const email = `${userId}@example.com`;
  await test.db.insert(users).values({ id: userId, email, name: `A ${role}`, passwordHash });
  await test.db.insert(memberships).values({ accountId, userId, role });
  return { accountId, userId, email };
}
const rolesOf = async ({ accountId }: Pick<Person, "accountId">) =>
  Object.fromEntries((await listColleagues(test.db, accountId)).map(({ userId, role }) => [userId, role]));
const signedIn = async (person: Person) => {
  const name = await createSession(test.db, { ...person, sessionVersion: 1 }, someCaller());
  return async () =>
    (await findCustomer(test.db, name, { idleSeconds: 3_600, operatorsNeedFactor: false }))?.customer ?? null;
};
const kindsOf = async (userId: string) =>
  (
    await test.owner<
      { kind: string }[]
    >`select kind from security_events where user_id = ${userId} order by id`
  ).map(({ kind }) => kind);

async function invited(owner: MadeAccount, email = `${newId()}@example.com`, role: Role = "billing") {
  expect((await inviteColleague(deps(), actor(owner), { email, role })).ok).toBe(true);
  const [token = ""] = await mailedTokens(test.db, { accountId: owner.accountId }, "invitation");
  return { email, token };
}
type Coming = { signedInAs?: string | null; isNew?: boolean; signUp?: SignUp };
const join = (token: string, { signedInAs = null, isNew = false, signUp = "invited" }: Coming = {}) =>
  joinAccount(
    { ...deps(), signUp, productName: "Assistant" },
    {
      token,
      signedInAs,
      newPerson: isNew ? { name: "Newton", password: "a fine long horse" } : null,
      caller: someCaller(),
    },
  );

describe("roles", () => {
  it("are changed by owners, count at once, and are noted", async () => {
    const owner = await makeAccount(test.db);
    const member = await add(owner, "member");
    const look = await signedIn(member);
    expect(await changeRole(deps(), actor(owner), { userId: member.userId, role: "billing" })).toEqual(DONE);
    expect((await look())?.role).toBe("billing");
    expect(await kindsOf(member.userId)).toEqual(["role_changed"]);
    expect(await changeRole(deps(), actor(owner), { userId: member.userId, role: "billing" })).toEqual(DONE);
    expect(await kindsOf(member.userId)).toEqual(["role_changed"]);
  });

  it.each(["billing", "member"] as const)("are not a %s's to change, nor are people", async (role) => {
    const owner = await makeAccount(test.db);
    const other = await add(owner, role);
    const change = { userId: other.userId, role: "owner" } as const;
    expect(await changeRole(deps(), actor(other), change)).toEqual(NOT_OWNER);
    expect(await removeColleague(deps(), actor(other), owner.userId)).toEqual(NOT_OWNER);
    expect(await inviteColleague(deps(), actor(other), { email: "a@example.com", role })).toEqual(NOT_OWNER);
    expect(await rolesOf(owner)).toEqual({ [owner.userId]: "owner", [other.userId]: role });
  });

  it("of another account are nobody's to change, remove or withdraw", async () => {
    const owner = await makeAccount(test.db);
    const other = await makeAccount(test.db);
    const member = await add(other, "member");
    await invited(other);
    const [open] = await listOpenInvitations(test.db, other.accountId);
    const change = { userId: member.userId, role: "owner" } as const;
    expect(await changeRole(deps(), actor(owner), change)).toEqual(NOT_FOUND);
    expect(await removeColleague(deps(), actor(owner), member.userId)).toEqual(NOT_FOUND);
    expect(await withdrawInvitation(deps(), actor(owner), open?.invitationId ?? "")).toEqual(NOT_FOUND);
    // Nor by claiming to act for it.
    const claimed = { ...actor(owner), accountId: other.accountId };
    expect(await changeRole(deps(), claimed, change)).toEqual(NOT_OWNER);
    expect(await rolesOf(other)).toEqual({ [other.userId]: "owner", [member.userId]: "member" });
    expect(await listOpenInvitations(test.db, other.accountId)).toHaveLength(1);
  });

  it("leave an owner: the last one is neither demoted nor removed, by nobody", async () => {
    const owner = await makeAccount(test.db);
    await add(owner, "billing");
    const self = { userId: owner.userId, role: "member" } as const;
    expect(await changeRole(deps(), actor(owner), self)).toEqual(LAST);
    expect(await removeColleague(deps(), actor(owner), owner.userId)).toEqual(LAST);
    const second = await add(owner, "owner");
    await test.owner`update users set disabled_at = now() where id = ${second.userId}`;
    // Somebody who was kept out cannot look after the account.
    expect(await changeRole(deps(), actor(owner), self)).toEqual(LAST);
    await test.owner`update users set disabled_at = null where id = ${second.userId}`;
    expect(await changeRole(deps(), actor(owner), self)).toEqual(DONE);
    expect(await changeRole(deps(), actor(owner), { ...self, role: "owner" })).toEqual(NOT_OWNER);
  });

  it("when two owners take each other's away, or themselves, at once, one owner stays", async () => {
    for (let round = 0; round < 10; round += 1) {
      const first = await makeAccount(test.db);
      const second = await add(first, "owner");
      const crossed = round % 2 === 0;
      await Promise.all([
        changeRole(deps(), actor(first), { userId: (crossed ? second : first).userId, role: "member" }),
        round % 3 === 0
          ? removeColleague(deps(), actor(second), (crossed ? first : second).userId)
          : changeRole(deps(), actor(second), { userId: (crossed ? first : second).userId, role: "member" }),
      ]);
      const owners = Object.values(await rolesOf(first)).filter((role) => role === "owner");
      expect(owners, `round ${round}`).toHaveLength(1);
    }
  });
});

describe("removing", () => {
  it("ends their sessions for this account at once, those for others not, also should they be asked in again", async () => {
    const owner = await makeAccount(test.db);
    const member = await add(owner, "member");
    const other = await makeAccount(test.db);
    await test.db
      .insert(memberships)
      .values({ accountId: other.accountId, userId: member.userId, role: "billing" });
    const here = await signedIn(member);
    const there = await signedIn({ ...member, accountId: other.accountId });
    expect(await removeColleague(deps(), actor(owner), member.userId)).toEqual(DONE);
    expect(await here()).toBeNull();
    expect((await there())?.accountId).toBe(other.accountId);
    await test.db
      .insert(memberships)
      .values({ accountId: owner.accountId, userId: member.userId, role: "member" });
    expect(await here()).toBeNull();
    expect(await kindsOf(member.userId)).toEqual(["member_removed"]);
  });

  it("of who invited takes their open invitations back", async () => {
    const owner = await makeAccount(test.db);
    const second = { ...owner, ...(await add(owner, "owner")) };
    const { token } = await invited(second);
    expect(await removeColleague(deps(), actor(owner), second.userId)).toEqual(DONE);
    expect(await findInvitation(test.db, token)).toBeNull();
  });

  it("leaves somebody without an account, who is told so once their password was right", async () => {
    const owner = await makeAccount(test.db);
    const member = await add(owner, "member");
    await removeColleague(deps(), actor(owner), member.userId);
    const attempt = (password: string) =>
      signIn(deps(), { email: member.email, password, caller: someCaller(), browserKnowing: () => null });
    expect(await attempt("wrong horse")).toEqual({ ok: false, error: { code: "wrong_credentials" } });
    expect(await attempt(PASSWORD)).toEqual({ ok: false, error: { code: "no_account" } });
  });
});

describe("an invitation", () => {
  it("stands in no table, and lets somebody new in once, with a password of their own", async () => {
    const owner = await makeAccount(test.db);
    const { email, token } = await invited(owner);
    const rows = await test.owner`select to_jsonb(i) from account_invitations i where email = ${email}`;
    const mails = await test.owner`select to_jsonb(m) from account_mails m where to_address = ${email}`;
    expect(JSON.stringify([rows, mails])).not.toContain(token);
    expect(await findInvitation(test.db, token)).toMatchObject({ email, invited: { kind: "nobody" } });
    const joined = await join(token, { isNew: true });
    if (!joined.ok) return expect.fail(joined.error.code);
    const { userId } = joined.value;
    expect(joined.value).toMatchObject({ accountId: owner.accountId, mayBegin: true });
    expect(await rolesOf(owner)).toEqual({ [owner.userId]: "owner", [userId]: "billing" });
    expect(await listAccountsOf(test.db, userId)).toHaveLength(1); // And none of their own.
    const { events } = await listSignInHistory(test.db, userId);
    expect(events.map(({ kind }) => kind)).toEqual(["member_joined"]);
    expect(await join(token, { isNew: true })).toEqual(OVER);
  });

  it.each([
    ["nobody", null],
    ["somebody else", "stranger"],
  ])("for somebody who has an account waits until they sign in: not for %s", async (_, who) => {
    const owner = await makeAccount(test.db);
    const person = await makeAccount(test.db);
    const stranger = await makeAccount(test.db);
    const { token } = await invited(owner, person.email);
    const signedInAs = who ? stranger.userId : null;
    const refused = { ok: false, error: { code: "must_sign_in" } };
    expect(await join(token, { signedInAs })).toEqual(refused);
    expect(await join(token, { signedInAs, isNew: true })).toEqual(refused);
    const joined = await join(token, { signedInAs: person.userId, signUp: "closed" });
    expect(joined).toMatchObject({ ok: true, value: { accountId: owner.accountId, mayBegin: true } });
    expect((await listAccountsOf(test.db, person.userId)).map(({ role }) => role)).toEqual([
      "owner",
      "billing",
    ]);
  });

  it("brings nobody new where sign-up is closed, and stays open", async () => {
    const owner = await makeAccount(test.db);
    const { token, email } = await invited(owner);
    expect(await join(token, { isNew: true, signUp: "closed" })).toEqual({
      ok: false,
      error: { code: "sign_up_closed" },
    });
    expect(await test.db.select().from(users).where(eq(users.email, email))).toEqual([]);
    expect((await join(token, { isNew: true, signUp: "open" })).ok).toBe(true);
  });

  it("lets who was removed from everything back in by the link, who then signs in; who is disabled not", async () => {
    const owner = await makeAccount(test.db);
    const member = await add(owner, "member");
    await removeColleague(deps(), actor(owner), member.userId);
    const { token } = await invited(owner, member.email);
    await test.owner`update users set disabled_at = now() where id = ${member.userId}`;
    expect(await join(token)).toEqual({ ok: false, error: { code: "disabled" } });
    await test.owner`update users set disabled_at = null where id = ${member.userId}`;
    expect(await join(token)).toMatchObject({ ok: true, value: { mayBegin: false } });
  });

  it("twenty times at once is accepted once", async () => {
    const owner = await makeAccount(test.db);
    const { token } = await invited(owner);
    const all = await Promise.all(Array.from({ length: 20 }, () => join(token, { isNew: true })));
    expect(all.filter(({ ok }) => ok)).toHaveLength(1);
    expect(Object.keys(await rolesOf(owner))).toHaveLength(2);
  });

  it("sent again has another link and role, and is still one", async () => {
    const owner = await makeAccount(test.db);
    const first = await invited(owner);
    const second = await invited(owner, first.email, "member");
    expect(await findInvitation(test.db, first.token)).toBeNull();
    expect(await findInvitation(test.db, second.token)).toMatchObject({ role: "member" });
    expect(await listOpenInvitations(test.db, owner.accountId)).toHaveLength(1);
  });

  it.each([
    ["withdrawn", "update account_invitations set withdrawn_at = now() where account_id = $1"],
    [
      "a week old",
      "update account_invitations set created_at = created_at - interval '169 hours', expires_at = expires_at - interval '169 hours' where account_id = $1",
    ],
  ])("%s is of no use", async (_, change) => {
    const owner = await makeAccount(test.db);
    const { token } = await invited(owner);
    await test.owner.unsafe(change, [owner.accountId]);
    expect(await findInvitation(test.db, token)).toBeNull();
    expect(await join(token, { isNew: true })).toEqual(OVER);
  });

  it("is withdrawn by an owner, once", async () => {
    const owner = await makeAccount(test.db);
    const { token } = await invited(owner);
    const [open] = await listOpenInvitations(test.db, owner.accountId);
    expect(await withdrawInvitation(deps(), actor(owner), open?.invitationId ?? "")).toEqual(DONE);
    expect(await withdrawInvitation(deps(), actor(owner), open?.invitationId ?? "")).toEqual(NOT_FOUND);
    expect(await findInvitation(test.db, token)).toBeNull();
  });

  it("is refused for who is there already, for what is no e-mail, and beyond the limits", async () => {
    const owner = await makeAccount(test.db);
    const member = await add(owner, "member");
    const invite = (email: string) => inviteColleague(deps(), actor(owner), { email, role: "member" });
    expect(await invite(member.email)).toEqual({ ok: false, error: { code: "already_here" } });
    expect(await invite("no address")).toEqual({ ok: false, error: { code: "not_an_email" } });
    const email = `${newId()}@example.com`;
    for (let n = 0; n < INVITATIONS_PER_EMAIL; n += 1) expect((await invite(email)).ok).toBe(true);
    expect(await invite(email)).toMatchObject({ error: { code: "too_many_attempts" } });
    for (let n = 0; n < INVITATIONS_PER_PERSON; n += 1) await invite(`${newId()}@example.com`);
    expect(await invite(`${newId()}@example.com`)).toMatchObject({ error: { code: "too_many_attempts" } });
  });

  it("is refused where an account is full", async () => {
    const owner = await makeAccount(test.db);
    await test.owner`insert into account_invitations (id, account_id, email, role, token_hash, invited_by, created_at, expires_at)
      select gen_random_uuid(), ${owner.accountId}, n || '@example.com', 'member', gen_random_uuid(), ${owner.userId}, now(), now() + interval '1 day'
      from generate_series(1, ${MAX_PEOPLE - 1}) as n`;
    const full = await inviteColleague(deps(), actor(owner), { email: "one@example.com", role: "member" });
    expect(full).toEqual({ ok: false, error: { code: "too_many_people" } });
  });
});

describe("whom a member asks", () => {
  it("are the owners who can sign in", async () => {
    const owner = await makeAccount(test.db);
    const away = await add(owner, "owner");
    await add(owner, "billing");
    await test.owner`update users set disabled_at = now() where id = ${away.userId}`;
    expect(await listOwnerNames(test.db, owner.accountId)).toEqual(["A person"]);
  });
});
