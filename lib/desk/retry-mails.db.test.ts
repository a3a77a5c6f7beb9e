import { execFile } from "node:child_process";
import { expect, it } from "vitest";
import { ROOT } from "../../dev/build";
import { compiled } from "../../dev/testing/compiled";
import { openTestDatabase } from "../../dev/testing/database";
import { makeAccount } from "../../dev/testing/factories";
import { newId } from "../ids";

const test = openTestDatabase();

/** Exit code and standard error of `npm run mail -- …`. */
async function mail(...args: string[]): Promise<[number, string]> {
  const program = await compiled("lib/desk/commands/mail-main.ts");
  const env = {
    ...process.env,
    DATABASE_URL: test.appUrl,
    AUTH_SECRET: "a secret of at least 32 characters",
    STRIPE_SECRET_KEY: "sk_test_mail",
    STRIPE_WEBHOOK_SECRET: "whsec_mail",
  };
  return new Promise((resolve) =>
    execFile(process.execPath, [program, ...args], { env, cwd: ROOT }, (error, _stdout, stderr) =>
      resolve([Number(error?.code ?? 0), stderr.trim()]),
    ),
  );
}

it("mails that were given up are tried again by an operator who says why, which is kept; by nobody else", async () => {
  const { accountId, userId, email } = await makeAccount(test.db);
  await test.owner`
    insert into account_mails (account_id, id, effect, recipient, to_address, kind, facts, state, due_at, ended_at, reason, tries)
    select ${accountId}, id, 'low:' || id, ${userId}, ${email}, 'low_credits', '{}', 'parked', now(), now(), '550 no box', 12
    from unnest(${[newId(), newId()]}::uuid[]) as id`;
  const states = async () =>
    (await test.owner`select state, tries from account_mails where account_id = ${accountId}`).map(
      ({ state, tries }) => `${state} ${tries}`,
    );
  const why = ["--reason", "the server takes them again"];
  expect((await mail("--retry"))[0]).toBe(2);
  expect((await mail("--retry", "--as", email))[0]).toBe(2);
  // A person of the account, who runs nothing.
  expect((await mail("--retry", "--as", email, ...why))[0]).toBe(1);
  expect(await states()).toEqual(["parked 12", "parked 12"]);
  expect(await test.owner`select 1 from operator_acts`).toEqual([]);

  await test.owner`update users set is_operator = true where id = ${userId}`;
  expect(await mail("--retry", "--as", email, ...why)).toEqual([0, "2 tried again from now on."]);
  expect(await states()).toEqual(["waiting 0", "waiting 0"]);
  // Where there is nothing to do, nothing was done.
  expect(await mail("--retry", "--as", email, ...why)).toEqual([0, "No mail was given up."]);
  const acts = await test.owner`select operator_id, kind, reason, request from operator_acts`;
  expect(acts).toEqual([
    {
      operator_id: userId,
      kind: "retry_mails",
      reason: "the server takes them again",
      request: { mails: "2" },
    },
  ]);
});
