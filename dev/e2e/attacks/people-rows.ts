import { newId, toPublicId } from "../../../lib/ids";
import { type Customer, PASSWORD } from "../customers";
import { addColleague, COLLEAGUES, forgetTries, PROFILE, pathOfInvitation, pathOfLink } from "../people";
import { cookieOf } from "../session";
import type { World } from "../test";
import type { ActionRow } from "./action-rows";
import { captureActionForm, type Scene, type Stage, sceneAt } from "./scene";

const OWN = "it is about the person alone";
const PEOPLE = "app/settings/colleagues/actions.ts";
const TEXTS = ["", " ", "\u0000", "a\u202eb", "x".repeat(9_000)];
const NAMES_OF_NOBODY = ["x", "__proto__", "' or 1=1 --", "\u0000", "a\u202eb", "a".repeat(43)];
const TOKENS = ["", ...NAMES_OF_NOBODY, "a".repeat(9_000), null];
const IDS = ["", ...NAMES_OF_NOBODY, `usr_${"f".repeat(32)}`, "a".repeat(9_000), null];
const ROLES = ["", "admin", "__proto__", "Owner", null];
const PASSWORDS = ["", "short", "password123456", "x".repeat(9_000), null];

/** A form behind a mailed link, as whoever has it sees it. */
async function behindLink(
  { world }: Stage,
  action: string,
  link: {
    readonly customer: Customer;
    readonly path: string;
    readonly cookie?: string;
    readonly filled?: Record<string, string>;
  },
): Promise<Scene> {
  await forgetTries(world);
  const { customer, path, cookie, filled = {} } = link;
  const form = await captureActionForm(world.facts, action, { path, cookie });
  return { customer, cookie: cookie ?? "", form, filled };
}

const versionsRaised = async ({ owner }: World, { userId }: Customer): Promise<number> => {
  const [user] = await owner<
    { n: number }[]
  >`select session_version - 1 as n from users where id = ${userId}`;
  return user?.n ?? 0;
};

const countOf =
  (table: string, condition = "true") =>
  async ({ owner }: World, { accountId }: Customer): Promise<number> => {
    const [found] = await owner.unsafe<{ n: number }[]>(
      `select count(*)::int as n from ${table} where account_id = $1::uuid and ${condition}`,
      [accountId],
    );
    return found?.n ?? 0;
  };

/** An owner before the page of somebody else of their account. */
const onColleague =
  (filled: Record<string, string> = {}): ActionRow["arrange"] =>
  async (stage, action) => {
    const customer = await stage.customer();
    const { userId } = await addColleague(stage.world, customer);
    const path = `${COLLEAGUES}/person?id=${toPublicId("user", userId)}`;
    return sceneAt(stage, customer, action, { path, filled });
  };

const COLLEAGUE_ROWS: Readonly<Record<string, ActionRow>> = {
  [`${PEOPLE}#inviteAction`]: {
    arrange: async (stage, action) =>
      sceneAt(stage, await stage.customer(), action, {
        path: COLLEAGUES,
        filled: { email: `${newId()}@example.com`, role: "member" },
      }),
    bad: { email: [...TEXTS, "no address", null], role: ROLES },
    effects: countOf("account_invitations"),
  },
  [`${PEOPLE}#withdrawInvitationAction`]: {
    arrange: async (stage, action) => {
      const customer = await stage.customer();
      await pathOfInvitation(stage.world, customer, `${newId()}@example.com`);
      return sceneAt(stage, customer, action, { path: COLLEAGUES });
    },
    bad: { invitation: IDS },
    effects: countOf("account_invitations", "withdrawn_at is not null"),
  },
  [`${PEOPLE}#changeRoleAction`]: {
    arrange: onColleague({ role: "billing" }),
    bad: { person: IDS, role: ROLES },
    repeatableBecause: "the same role is given again",
  },
  [`${PEOPLE}#removeColleagueAction`]: {
    arrange: onColleague(),
    bad: { person: IDS },
    effects: async (world, customer) => 2 - (await countOf("memberships")(world, customer)),
  },
};

const LINK_ROWS: Readonly<Record<string, ActionRow>> = {
  "app/forgot-password/actions.ts#askForResetAction": {
    arrange: async (stage, action) => {
      const customer = await stage.customer();
      return behindLink(stage, action, {
        customer,
        path: "/forgot-password",
        filled: { email: customer.email },
      });
    },
    bad: { email: [...TEXTS, "no address", null] },
    publicBecause: "who forgot their password cannot sign in",
    memberMayBecause: OWN,
    repeatableBecause: "it mails links, of which one works once, and limits count them",
  },
  "app/reset-password/actions.ts#resetPasswordAction": {
    arrange: async (stage, action) => {
      const customer = await stage.customer();
      const { userId, email } = customer;
      const path = await pathOfLink(stage.world, { purpose: "reset_password", userId, email, version: 1 });
      return behindLink(stage, action, { customer, path, filled: { newPassword: "another-fine-horse" } });
    },
    bad: { token: TOKENS, newPassword: PASSWORDS },
    publicBecause: "who has the mailed link cannot sign in",
    memberMayBecause: OWN,
    effects: versionsRaised,
  },
  "app/confirm-email/actions.ts#confirmEmailAction": {
    arrange: async (stage, action) => {
      const customer = await stage.customer();
      const { userId, email: otherEmail } = customer;
      const email = `new-${otherEmail}`;
      const link = { purpose: "confirm_email", userId, email, otherEmail, version: 1 } as const;
      const cookie = await cookieOf(stage.world.facts, customer);
      return behindLink(stage, action, { customer, path: await pathOfLink(stage.world, link), cookie });
    },
    bad: { token: TOKENS },
    memberMayBecause: OWN,
    effects: versionsRaised,
  },
  "app/undo-email/actions.ts#undoEmailAction": {
    arrange: async (stage, action) => {
      const customer = await stage.customer();
      const { userId, email } = customer;
      const otherEmail = `new-${email}`;
      const link = { purpose: "undo_email", userId, email, otherEmail, version: null } as const;
      return behindLink(stage, action, { customer, path: await pathOfLink(stage.world, link) });
    },
    bad: { token: TOKENS },
    publicBecause: "whose account was taken over cannot sign in",
    memberMayBecause: OWN,
    effects: versionsRaised,
  },
  "app/join/actions.ts#joinAction": {
    arrange: async (stage, action) => {
      const customer = await stage.customer();
      const path = await pathOfInvitation(stage.world, customer, `${newId()}@example.com`);
      const filled = { name: "Newton", newPassword: "another-fine-horse" };
      return behindLink(stage, action, { customer, path, filled });
    },
    bad: { token: TOKENS, name: [...TEXTS, null], newPassword: PASSWORDS },
    publicBecause: "who is invited may be nobody yet",
    memberMayBecause: OWN,
    effects: async (world, customer) => (await countOf("memberships")(world, customer)) - 1,
  },
};

export const PEOPLE_ROWS: Readonly<Record<string, ActionRow>> = {
  ...COLLEAGUE_ROWS,
  ...LINK_ROWS,
  "app/settings/profile/email-actions.ts#changeEmailAction": {
    arrange: async (stage, action) => {
      const customer = await stage.customer();
      const filled = { newEmail: `new-${customer.email}`, password: PASSWORD };
      return sceneAt(stage, customer, action, { path: PROFILE, filled });
    },
    bad: {
      newEmail: [...TEXTS, "no address", null],
      password: ["", "wrong", "\u0000", "x".repeat(9_000), null],
    },
    memberMayBecause: OWN,
    repeatableBecause: "nothing changes before a mailed link was used, and limits count them",
  },
  "app/settings/profile/session-actions.ts#switchAccountAction": {
    arrange: async (stage, action) => {
      const customer = await stage.customer();
      const other = await stage.customer();
      await stage.world.owner`insert into memberships (account_id, user_id, role)
        values (${other.accountId}, ${customer.userId}, 'member')`;
      return sceneAt(stage, customer, action, { path: PROFILE });
    },
    bad: { account: [...IDS, `acct_${"f".repeat(32)}`] },
    memberMayBecause: OWN,
    repeatableBecause: "the same account is chosen again",
  },
};
