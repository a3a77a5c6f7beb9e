import { parseArgs } from "node:util";
import type { Database } from "../../db/client";
import { keepIds } from "../catalog/kept-ids";
import { findPlan, freePlan, listPlans } from "../catalog/plans";
import { checkCatalog } from "../check-catalog";
import type { Env } from "../env";
import { toPublicId } from "../ids";
import { MAX_GRANTED } from "../ledger/limits";
import type { Logger } from "../log";
import { credits } from "../money/credits";
import { unreachable } from "../result";
import { type CreateCustomerError, createCustomer } from "./create-customer";
import { resetFactor } from "./factor";
import { findAccountsOf } from "./find-accounts";
import { invite, listInvitations, revokeInvitation } from "./invitations";
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from "./passwords";
import { recordSecurityEvent } from "./security-events";

const planIds = (between: string): string =>
  listPlans()
    .map(({ id }) => id)
    .join(between);

const usage = () => `Usage:
  CUSTOMER_PASSWORD=… npm run customer -- --email <e-mail> [--name <name>] [--plan ${planIds("|")}]
                                          [--credits <a month>] [--operator]
      Makes somebody who can sign in, as the owner of a new account, and prints the account's id. A paid plan is one by
      agreement: Stripe knows nothing of it and nothing is charged. --credits says how many a month, whatever the plan.
      --operator: they run the product.
  npm run customer -- show --email <e-mail>            prints the ids of a person's accounts
  npm run customer -- invite --email <e-mail>          lets somebody open an account through GitHub or Google
  npm run customer -- invite list
  npm run customer -- invite revoke --email <e-mail>
  npm run customer -- reset-factor --email <e-mail>    turns the second factor off of somebody who lost app and codes:
                                                       be sure first that it is them who asks`;

export type CommandDeps = {
  readonly db: Database;
  readonly log: Logger;
  readonly settings: Pick<Env, "APP_URL" | "PRODUCT_NAME" | "SIGN_UP">;
  /** What CUSTOMER_PASSWORD says. */
  readonly password: string | undefined;
};

/** Said to whoever typed the command: what is wrong, and what to do instead. */
export class CommandFailed extends Error {}

const OPTIONS = {
  email: { type: "string" },
  name: { type: "string" },
  plan: { type: "string" },
  credits: { type: "string" },
  operator: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    throw new CommandFailed(`${error instanceof Error ? error.message : error}\n\n${usage()}`);
  }
}

type Given = ReturnType<typeof readArguments>["values"];

/** Carries out `npm run customer -- <args>`. What it came to, in words; throws `CommandFailed`. */
export async function customerCommand(args: readonly string[], connect: () => CommandDeps): Promise<string> {
  const { values, positionals } = readArguments(args);
  if (values.help) return usage();
  const verb = positionals.join(" ");
  switch (verb) {
    case "":
      return create(connect(), values);
    case "show":
      return show(connect(), emailOf(values));
    case "invite":
      return sendInvitation(connect(), emailOf(values));
    case "invite list":
      return showInvitations(connect());
    case "invite revoke":
      return takeBack(connect(), emailOf(values));
    case "reset-factor":
      return takeFactor(connect(), emailOf(values));
    default:
      throw new CommandFailed(`There is no "${verb}".\n\n${usage()}`);
  }
}

function emailOf({ email }: Given): string {
  if (!email) throw new CommandFailed(`--email is missing.\n\n${usage()}`);
  return email;
}

async function create(deps: CommandDeps, given: Given): Promise<string> {
  const email = emailOf(given);
  const plan = given.plan === undefined ? freePlan() : findPlan(given.plan);
  if (!plan) throw new CommandFailed(`--plan is one of ${planIds(", ")}.`);
  const isAmount = (text: string) => /^[1-9][0-9]{0,15}$/.test(text) && BigInt(text) <= MAX_GRANTED;
  if (given.credits !== undefined && !isAmount(given.credits))
    throw new CommandFailed(`--credits is a whole number from 1 to ${MAX_GRANTED}, without separators.`);
  if (plan.creditsPerCycle === null && given.credits === undefined)
    throw new CommandFailed(
      `The plan ${plan.id} has no credits of its own: say how many a month with --credits.`,
    );
  const { password } = deps;
  if (!password)
    throw new CommandFailed(
      "The password is read from the environment, so that it is in no list of commands: set CUSTOMER_PASSWORD.",
    );
  const lost = await checkCatalog(deps.db);
  if (lost.length > 0) throw new CommandFailed(lost.join("\n"));
  await keepIds(deps.db);
  const created = await createCustomer(deps.db, {
    email,
    name: given.name ?? email,
    plan: plan.id,
    allowanceCredits: given.credits === undefined ? null : credits(BigInt(given.credits)),
    password,
    isOperator: given.operator,
    productName: deps.settings.PRODUCT_NAME,
  });
  if (!created.ok) throw new CommandFailed(whyNotCreated(created.error));
  const { userId, accountId } = created.value;
  await recordSecurityEvent(deps, {
    kind: "account_opened",
    userId,
    accountId,
    details: { by: "command", plan: plan.id },
  });
  if (given.operator)
    await recordSecurityEvent(deps, { kind: "role_changed", userId, details: { operator: true } });
  return `Created ${email} on the ${plan.id} plan.\nAccount: ${toPublicId("account", accountId)}`;
}

function whyNotCreated({ code }: CreateCustomerError): string {
  switch (code) {
    case "email_taken":
      return "There is somebody with this e-mail address already; `npm run customer -- show --email …` says more.";
    case "not_an_email":
      return "This is not an e-mail address.";
    case "bad_name":
      return "A name has 1 to 100 characters, all of which can be seen.";
    case "password_too_short":
      return `CUSTOMER_PASSWORD needs at least ${MIN_PASSWORD_LENGTH} characters.`;
    case "password_too_long":
      return `CUSTOMER_PASSWORD has more than ${MAX_PASSWORD_LENGTH} characters.`;
    case "password_is_common":
      return "CUSTOMER_PASSWORD is one of the passwords that are tried first.";
    case "password_is_personal":
      return "CUSTOMER_PASSWORD is made of their name, their e-mail address or the product's name.";
    default:
      return unreachable(code);
  }
}

async function show(deps: CommandDeps, email: string): Promise<string> {
  const found = await findAccountsOf(deps.db, email);
  if (found.length === 0) throw new CommandFailed("There is nobody with this e-mail address.");
  return found
    .map(
      ({ accountId, name, plan, role }) => `${toPublicId("account", accountId)}  ${plan}  ${role}  ${name}`,
    )
    .join("\n");
}

async function sendInvitation(deps: CommandDeps, given: string): Promise<string> {
  const invited = await invite(deps.db, given);
  if (!invited.ok) {
    throw new CommandFailed(
      {
        not_an_email: "This is not an e-mail address.",
        is_a_customer: "They have an account already, and get in with it.",
      }[invited.error.code],
    );
  }
  await recordSecurityEvent(deps, { kind: "invitation_made" });
  const closed =
    deps.settings.SIGN_UP === "closed" ? " SIGN_UP is closed: set it to invited, or it helps nobody." : "";
  return `${invited.value.email} may open an account at ${deps.settings.APP_URL}/sign-in, through a provider that has verified this address.${closed}`;
}

async function showInvitations(deps: CommandDeps): Promise<string> {
  const all = await listInvitations(deps.db);
  if (all.length === 0) return "Nobody is invited.";
  return all
    .map(({ email, createdAt, usedAt }) =>
      [
        email,
        `invited ${createdAt.toISOString()}`,
        usedAt ? `came ${usedAt.toISOString()}` : "not used",
      ].join("  "),
    )
    .join("\n");
}

async function takeBack(deps: CommandDeps, email: string): Promise<string> {
  const revoked = await revokeInvitation(deps.db, email);
  if (!revoked.ok) throw new CommandFailed("There is no invitation for this address that was not used.");
  await recordSecurityEvent(deps, { kind: "invitation_revoked" });
  return `The invitation of ${email} is taken back.`;
}

async function takeFactor(deps: CommandDeps, email: string): Promise<string> {
  if (!(await resetFactor(deps, email)))
    throw new CommandFailed("There is nobody with this address and a second factor.");
  return `${email} signs in without a second factor until they set one up again.`;
}
