import { describe, expect, it } from "vitest";
import { openTestDatabase } from "@/dev/testing/database";
import { makeAccount } from "@/dev/testing/factories";
import { monthsAfter } from "../calendar";
import { newId } from "../ids";
import { type ProvidedIdentity, type SignUp, signInWithIdentity } from "./identities";
import { invite, listInvitations, revokeInvitation } from "./invitations";

const database = openTestDatabase();
const identity = (changes: object = {}) => ({
  provider: "github" as const,
  providerUserId: newId(),
  email: `${newId()}@example.com`,
  emailVerified: true,
  name: "Ada",
  ...changes,
});

const comes = (given: ProvidedIdentity, signUp: SignUp = "open") =>
  signInWithIdentity({ db: database.db, signUp }, given);

describe("coming through a provider", () => {
  it("for the first time opens a Free account with its first million credits", async () => {
    const given = identity();
    const result = await comes(given);
    if (!result.ok) return expect.fail(result.error.code);
    const { accountId } = result.value;
    const [account] = await database.owner`select * from accounts where id = ${accountId}`;
    expect(account).toMatchObject({ plan: "free", plan_status: "active", name: "Ada" });
    expect(account?.period_start).toEqual(account?.cycle_anchor);
    expect(account?.period_end).toEqual(monthsAfter(account?.cycle_anchor, 1));
    const grants = await database.owner`select * from grants where account_id = ${accountId}`;
    expect(grants).toHaveLength(1);
    expect(grants[0]).toMatchObject({
      kind: "plan",
      credits: "1000000",
      remaining_credits: "1000000",
      source: `plan:${account?.period_start.toISOString()}`,
      starts_at: account?.period_start,
      expires_at: account?.period_end,
    });
    expect(result.value.opened).toBe(true);
    expect(await comes(given)).toEqual({ ok: true, value: { ...result.value, opened: false } });
  });

  it.each([
    ["\u202eadA\u0000\u2066Lovelace\u2069\r\nBcc: x", "adA Lovelace Bcc: x"],
    ["😀".repeat(200), "😀".repeat(100)],
    ["\u200b \u202e", null],
    ["مريم", "مريم"],
  ])("keeps of the name %j what is plain text, or else the e-mail", async (name, kept) => {
    const given = identity({ name });
    expect((await comes(given)).ok).toBe(true);
    const [user] = await database.owner`select name from users where email = ${given.email}`;
    expect(user?.name).toBe(kept ?? given.email);
  });

  it("ten times at once makes one person and one account", async () => {
    const given = identity();
    const results = await Promise.all(Array.from({ length: 10 }, () => comes(given)));
    expect(new Set(results.map((each) => each.ok && each.value.accountId)).size).toBe(1);
    const [count] = await database.owner`select count(*)::int as n from users where email = ${given.email}`;
    expect(count?.n).toBe(1);
  });

  it("with a known and verified e-mail is the person who has it", async () => {
    const { userId, accountId, email } = await makeAccount(database.db);
    const given = identity({ email: email.toUpperCase() });
    const expected = { ok: true, value: { userId, accountId, sessionVersion: 1, opened: false } };
    expect(await comes(given)).toEqual(expected);
    expect(await comes({ ...given, email: null, emailVerified: false })).toEqual(expected);
  });

  it("with an e-mail nobody verified is refused, and leaves nothing behind", async () => {
    const { email } = await makeAccount(database.db);
    for (const changes of [{ email, emailVerified: false }, { email: null }, { email: "a\u0000@b.c" }]) {
      const given = identity(changes);
      expect(await comes(given)).toEqual({
        ok: false,
        error: { code: "email_not_verified" },
      });
      expect(
        await database.owner`select 1 from identities where provider_user_id = ${given.providerUserId}`,
      ).toHaveLength(0);
    }
  });

  it("does not let the disabled in", async () => {
    const { userId, email } = await makeAccount(database.db);
    await database.owner`update users set disabled_at = now() where id = ${userId}`;
    expect(await comes(identity({ email }))).toEqual({
      ok: false,
      error: { code: "not_allowed" },
    });
  });
});

describe("an account of one's own", () => {
  const REFUSED = { ok: false, error: { code: "sign_up_refused" } };

  async function rowsOf({ email, providerUserId }: ReturnType<typeof identity>): Promise<number> {
    const [count] = await database.owner`select
      (select count(*) from users where email = ${email}) +
      (select count(*) from identities where provider_user_id = ${providerUserId}) +
      (select count(*) from accounts where name = ${email}) as n`;
    return Number(count?.n);
  }

  it("is opened for nobody while sign-up is closed, not for the invited either, and a refusal leaves nothing", async () => {
    const given = identity({ name: null });
    await invite(database.db, given.email);
    expect(await comes(given, "closed")).toEqual(REFUSED);
    expect(await rowsOf(given)).toBe(0);
  });

  it("is opened for the invited alone, once, and an address that nobody verified uses no invitation", async () => {
    const [invited, stranger] = [identity(), identity()];
    await invite(database.db, invited.email.toUpperCase());
    expect(await comes({ ...invited, emailVerified: false }, "invited")).toMatchObject({
      error: { code: "email_not_verified" },
    });
    expect(await comes(stranger, "invited")).toEqual(REFUSED);
    expect(await rowsOf(stranger)).toBe(0);
    expect(await comes(invited, "invited")).toMatchObject({ ok: true, value: { opened: true } });
    const list = await listInvitations(database.db);
    expect(list.find(({ email }) => email === invited.email)?.usedAt).toBeInstanceOf(Date);
    // The invitation is used: when the person is gone, it does not open another account.
    await database.owner`update users set email = ${`gone-${invited.email}`} where email = ${invited.email}`;
    expect(await comes({ ...invited, providerUserId: newId() }, "invited")).toEqual(REFUSED);
  });

  it("is one, however often the invited comes at once and from wherever", async () => {
    const given = identity();
    await invite(database.db, given.email);
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, n) =>
        comes(
          n % 2 === 0 ? given : { ...given, provider: "google" as const, providerUserId: newId() },
          "invited",
        ),
      ),
    );
    expect(results.every((each) => each.ok)).toBe(true);
    expect(new Set(results.map((each) => each.ok && each.value.accountId)).size).toBe(1);
    expect(results.filter((each) => each.ok && each.value.opened)).toHaveLength(1);
  });

  it("is not needed to get into the account one has: whoever has an identity or a verified address gets in", async () => {
    const { email, accountId } = await makeAccount(database.db);
    const given = identity({ email });
    expect(await comes(given, "closed")).toMatchObject({ ok: true, value: { accountId, opened: false } });
    const nameless = { ...given, email: null, emailVerified: false };
    expect(await comes(nameless, "closed")).toMatchObject({ ok: true, value: { accountId } });
  });

  it("is offered to no customer, and an invitation taken back opens none", async () => {
    const { email } = await makeAccount(database.db);
    expect(await invite(database.db, email)).toMatchObject({ error: { code: "is_a_customer" } });
    expect(await invite(database.db, "nobody")).toMatchObject({ error: { code: "not_an_email" } });
    const given = identity();
    await invite(database.db, given.email);
    await invite(database.db, given.email);
    expect(await revokeInvitation(database.db, given.email)).toMatchObject({ ok: true });
    expect(await revokeInvitation(database.db, given.email)).toMatchObject({ error: { code: "not_found" } });
    expect(await comes(given, "invited")).toEqual(REFUSED);
  });
});
