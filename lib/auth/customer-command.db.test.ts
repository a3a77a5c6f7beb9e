import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { ROOT } from "../../dev/build";
import { compiled } from "../../dev/testing/compiled";
import { openTestDatabase } from "../../dev/testing/database";
import { fromPublicId, newId } from "../ids";
import { createLogger } from "../log";
import { createApiKey } from "./api-keys";
import { CommandFailed, customerCommand } from "./customer-command";

const test = openTestDatabase();
const SETTINGS = { APP_URL: "http://localhost:3000", PRODUCT_NAME: "Assistant", SIGN_UP: "closed" } as const;

/** `npm run customer -- …`; a failure is what it says. */
const customer = (args: readonly string[], password?: string): Promise<string> =>
  customerCommand(args, () => ({
    db: test.db,
    log: createLogger("silent"),
    settings: SETTINGS,
    password,
  })).catch((error: unknown) => {
    if (error instanceof CommandFailed) return `failed: ${error.message}`;
    throw error;
  });

/** The same as a process of its own, as an operator types it. */
async function typed(...args: string[]): Promise<string> {
  const command = [await compiled("lib/auth/main.ts"), ...args];
  const env = {
    ...process.env,
    DATABASE_URL: test.appUrl,
    AUTH_SECRET: "a secret of at least 32 characters",
    STRIPE_SECRET_KEY: "sk_test_customers",
    STRIPE_WEBHOOK_SECRET: "whsec_a-secret-for-customers",
    CUSTOMER_PASSWORD: "a good long password",
  };
  const { stdout } = await promisify(execFile)(process.execPath, command, { env, cwd: ROOT });
  return stdout.trim();
}

describe("the customer command", () => {
  it("makes somebody and prints the account's id, with which a key can be made at once", async () => {
    const email = `${newId()}@example.com`;
    const made = await typed("--email", email, "--name", "Ada", "--operator");
    const [, id] = /^Created .* on the free plan\.\nAccount: (acct_[0-9a-f]{32})$/.exec(made) ?? [];
    const accountId = fromPublicId("account", id);
    const key = await createApiKey(test.db, { name: "x", scopes: ["spend"], onlyAccountId: accountId });
    expect(key.ok).toBe(true);
    expect(await customer(["show", "--email", email])).toBe(`${id}  free  owner  Ada`);
    const events = await test.owner`select kind, account_id from security_events order by id`;
    expect(events).toMatchObject([
      { kind: "account_opened", account_id: accountId },
      { kind: "role_changed" },
    ]);
  });

  it("says in a sentence what is wrong, and makes nobody", async () => {
    const email = `${newId()}@example.com`;
    const wrong: [string[], string | undefined, RegExp][] = [
      [["--email", email], undefined, /set CUSTOMER_PASSWORD/],
      [["--email", email], "password123", /tried first/],
      [["--email", email, "--plan", "gold"], "a good long password", /--plan is one of free, starter/],
      [
        ["--email", email, "--colour", "red"],
        "a good long password",
        /Unknown option '--colour'[\s\S]*Usage:/,
      ],
    ];
    for (const [args, password, sentence] of wrong) {
      const said = await customer(args, password);
      expect(said).toMatch(/^failed: /);
      expect(said).toMatch(sentence);
    }
    expect(await test.owner`select 1 from users where email = ${email}`).toHaveLength(0);
  });

  it("invites, lists and takes back", async () => {
    const email = `${newId()}@example.com`;
    expect(await customer(["invite", "--email", email])).toMatch(/may open an account .* SIGN_UP is closed/);
    expect(await customer(["invite", "list"])).toMatch(new RegExp(`${email}  invited .*  not used`));
    expect(await customer(["invite", "revoke", "--email", email])).toMatch(/is taken back/);
    expect(await customer(["invite", "list"])).not.toContain(email);
    expect(await customer(["invite", "revoke", "--email", email])).toMatch(/^failed: There is no invitation/);
  });
});
