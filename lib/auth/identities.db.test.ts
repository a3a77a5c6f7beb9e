import { describe, expect, it } from "vitest";
import { openTestDatabase } from "@/dev/testing/database";
import { makeAccount } from "@/dev/testing/factories";
import { monthsAfter } from "../calendar";
import { newId } from "../ids";
import { signInWithIdentity } from "./identities";

const database = openTestDatabase();
const identity = (changes: object = {}) => ({
  provider: "github",
  providerUserId: newId(),
  email: `${newId()}@example.com`,
  emailVerified: true,
  name: "Ada",
  ...changes,
});

describe("coming through a provider", () => {
  it("for the first time opens a Free account with its first million credits", async () => {
    const given = identity();
    const result = await signInWithIdentity(database, given);
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
    expect(await signInWithIdentity(database, given)).toEqual(result);
  });

  it.each([
    ["\u202eadA\u0000\u2066Lovelace\u2069\r\nBcc: x", "adA Lovelace Bcc: x"],
    ["😀".repeat(200), "😀".repeat(100)],
    ["\u200b \u202e", null],
    ["مريم", "مريم"],
  ])("keeps of the name %j what is plain text, or else the e-mail", async (name, kept) => {
    const given = identity({ name });
    expect((await signInWithIdentity(database, given)).ok).toBe(true);
    const [user] = await database.owner`select name from users where email = ${given.email}`;
    expect(user?.name).toBe(kept ?? given.email);
  });

  it("ten times at once makes one person and one account", async () => {
    const given = identity();
    const results = await Promise.all(Array.from({ length: 10 }, () => signInWithIdentity(database, given)));
    expect(new Set(results.map((each) => each.ok && each.value.accountId)).size).toBe(1);
    const [count] = await database.owner`select count(*)::int as n from users where email = ${given.email}`;
    expect(count?.n).toBe(1);
  });

  it("with a known and verified e-mail is the person who has it", async () => {
    const { userId, accountId, email } = await makeAccount(database.db);
    const given = identity({ email: email.toUpperCase() });
    const expected = { ok: true, value: { userId, accountId, sessionVersion: 1 } };
    expect(await signInWithIdentity(database, given)).toEqual(expected);
    expect(await signInWithIdentity(database, { ...given, email: null, emailVerified: false })).toEqual(
      expected,
    );
  });

  it("with an e-mail nobody verified is refused, and leaves nothing behind", async () => {
    const { email } = await makeAccount(database.db);
    for (const changes of [{ email, emailVerified: false }, { email: null }, { email: "a\u0000@b.c" }]) {
      const given = identity(changes);
      expect(await signInWithIdentity(database, given)).toEqual({
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
    expect(await signInWithIdentity(database, identity({ email }))).toEqual({
      ok: false,
      error: { code: "not_allowed" },
    });
  });
});
