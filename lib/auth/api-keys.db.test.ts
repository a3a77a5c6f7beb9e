import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { ROOT } from "../../dev/build";
import { compiled } from "../../dev/testing/compiled";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { newId, toPublicId } from "../ids";
import { createApiKey, type KeysAsked, listApiKeys } from "./api-keys";
import { createKeyRing } from "./key-ring";

const test = openTestDatabase();

/** `npm run keys -- …` as an operator types it; what it says on its standard output. */
async function keys(...args: string[]): Promise<string> {
  const command = [await compiled("lib/desk/commands/keys-main.ts"), ...args];
  const env = {
    ...process.env,
    DATABASE_URL: test.appUrl,
    AUTH_SECRET: "a secret of at least 32 characters",
    STRIPE_SECRET_KEY: "sk_test_keys",
    STRIPE_WEBHOOK_SECRET: "whsec_keys",
  };
  const { stdout } = await promisify(execFile)(process.execPath, command, { env, cwd: ROOT });
  return stdout.trim();
}

/** Who runs the product, as a command is told who does it and why. */
async function operator() {
  const { userId, email } = await makeAccount(test.db);
  await test.owner`update users set is_operator = true where id = ${userId}`;
  return { userId, by: ["--as", email, "--reason", "for the assistant"] };
}

describe("the keys command", () => {
  it("shows a key once, lists it without its secret, and revokes it", async () => {
    const { accountId } = await makeAccount(test.db);
    const account = toPublicId("account", accountId);
    const { userId, by } = await operator();
    const asked = ["create", "--name", "Assistant", "--scopes", "read", "--account", account, "--days", "9"];
    await expect(keys(...asked)).rejects.toThrow("Who does it?");
    await expect(keys(...asked, "--as", "nobody@example.com", "--reason", "x")).rejects.toThrow(
      "names nobody",
    );
    const key = await keys(...asked, ...by);
    const ring = () => createKeyRing(test.db).check(key);
    expect(await ring()).toMatchObject({ ok: true, value: { scopes: ["read"], onlyAccountId: accountId } });
    const [id, secret = ""] = [key.slice(0, 35), key.slice(36)];
    const listed = await keys("list");
    expect(listed).toContain(id);
    expect(listed).toContain("Assistant");
    expect(listed).not.toContain(secret);
    expect(listed).toMatch(/T[0-9:.]+Z \(soon\)/);
    await expect(keys("revoke", id)).rejects.toThrow("Who does it?");
    expect(await ring()).toMatchObject({ ok: true });
    expect(await keys("revoke", id, ...by)).toBe(
      "Revoked. Servers that know it refuse it within 10 seconds.",
    );
    expect(await ring()).toMatchObject({ ok: false });
    const events = await test.owner`select kind, details from security_events order by id`;
    expect(events).toMatchObject([
      { kind: "api_key_created", details: { key: id } },
      { kind: "api_key_revoked", details: { key: id } },
    ]);
    const acts = await test.owner`
      select kind, operator_id, account_id, reason from operator_acts order by id`;
    const who = { operator_id: userId, account_id: accountId, reason: "for the assistant" };
    expect(acts).toMatchObject([
      { kind: "issue_key", ...who },
      { kind: "revoke_key", ...who },
    ]);
  });

  it("takes no end that is over", async () => {
    const { by } = await operator();
    await expect(keys("create", "--name", "x", "--expires", "2020-01-01", ...by)).rejects.toThrow(
      "Until the end of: this is not understood, or is not possible.",
    );
    expect(await test.owner`select 1 from api_keys where name = 'x'`).toHaveLength(0);
  });
});

it("keys are listed a page at a time, of every account or of one alone", async () => {
  const [one, other] = [await makeAccount(test.db), await makeAccount(test.db)];
  const ids: string[] = [];
  for (const onlyAccountId of [one.accountId, one.accountId, one.accountId, other.accountId, null]) {
    const made = await createApiKey(test.db, { name: "listed", scopes: ["read"], onlyAccountId });
    if (made.ok) ids.push(made.value.id);
  }
  const { accountId } = one;
  const idsOf = async (asked: KeysAsked) => {
    const { keys: listed, hasMore } = await listApiKeys(test.db, asked);
    return [listed.map(({ id }) => id), hasMore] as const;
  };
  expect(await idsOf({ accountId })).toEqual([[ids[2], ids[1], ids[0]], false]);
  expect(await idsOf({ accountId, most: 2 })).toEqual([[ids[2], ids[1]], true]);
  expect(await idsOf({ accountId, most: 2, before: ids[1] ?? "" })).toEqual([[ids[0]], false]);
  expect(await idsOf({ most: 2 })).toEqual([[ids[4], ids[3]], true]);
});

describe("a key", () => {
  const valid = { name: "x", scopes: ["read"], onlyAccountId: null } as const;

  it("keeps only the hash of its secret", async () => {
    const made = await createApiKey(test.db, valid);
    const secret = made.ok ? made.value.key.slice(36) : "";
    const rows = await test.owner`select * from api_keys`;
    expect(secret).toHaveLength(43);
    expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it("has a name, a scope and an account that exists", async () => {
    const { keys: before } = await listApiKeys(test.db);
    for (const name of ["", " ", "x".repeat(101), "a\nb", "\u202ea", "\u200b"]) {
      expect(await createApiKey(test.db, { ...valid, name })).toMatchObject({ error: { code: "bad_name" } });
    }
    expect(await createApiKey(test.db, { ...valid, scopes: [] })).toMatchObject({
      error: { code: "no_scope" },
    });
    const nowhere = await createApiKey(test.db, { ...valid, onlyAccountId: newId() });
    expect(nowhere).toMatchObject({ error: { code: "account_not_found" } });
    expect((await listApiKeys(test.db)).keys).toHaveLength(before.length);
  });
});
