import { memberships, users } from "../../db/schema";
import { transact } from "../../db/transact";
import { makeLink, type NewLink } from "../../lib/auth/links/make-link";
import { hashToken, invitationName, type LinkPage, linkPath, linkToken } from "../../lib/auth/links/token";
import { hashPassword } from "../../lib/auth/passwords";
import { newId } from "../../lib/ids";
import { createSign } from "../../lib/mail/sign";
import { type Customer, PASSWORD } from "./customers";
import { expect, type World } from "./test";

export const COLLEAGUES = "/settings/colleagues";
export const PROFILE = "/settings/profile";

/** All tests come from one address, whose limits are not what they are about. */
export async function forgetTries({ owner }: World): Promise<void> {
  await owner`delete from sign_in_failures where subject like '%address:%'`;
}

/** One more person of a customer's account, with the password of all customers. */
export async function addColleague(
  { db }: World,
  { accountId }: Pick<Customer, "accountId">,
  role: "owner" | "billing" | "member" = "member",
  name = "Colleen Colleague",
): Promise<{ readonly userId: string; readonly email: string; readonly accountId: string }> {
  const userId = newId();
  const email = `${userId}@example.com`;
  const passwordHash = await hashPassword(PASSWORD);
  await transact(db, async (tx) => {
    await tx.insert(users).values({ id: userId, email, name, passwordHash });
    await tx.insert(memberships).values({ accountId, userId, role });
  });
  return { userId, email, accountId };
}

const PAGES = {
  reset_password: "reset_password",
  confirm_email: "confirm_email",
  undo_email: "undo_email",
} as const satisfies Record<string, LinkPage>;

/** The path of a link as it would have been mailed to somebody. */
export async function pathOfLink({ db, facts }: World, link: NewLink): Promise<string> {
  const sign = createSign(facts.authSecret);
  const { linkId } = await transact(db, (tx) => makeLink(tx, link, sign));
  return linkPath(PAGES[link.purpose], linkToken(linkId, sign));
}

/** The path of an invitation's link as it would have been mailed. */
export async function pathOfInvitation(
  { owner, facts }: World,
  { accountId, userId }: Pick<Customer, "accountId" | "userId">,
  email: string,
): Promise<string> {
  const id = newId();
  const token = linkToken(invitationName(id, 1), createSign(facts.authSecret));
  await owner`insert into account_invitations (id, account_id, email, role, token_hash, invited_by, created_at, expires_at)
    values (${id}, ${accountId}, ${email}, 'member', ${hashToken(token)}, ${userId}, pg_catalog.now(), pg_catalog.now() + interval '7 days')`;
  return linkPath("join", token);
}

/** The newest link to a page in the mail that somebody was really sent, once it has arrived. */
export async function mailedPath({ facts }: World, to: string, page: string): Promise<string> {
  let path = "";
  await expect
    .poll(async () => {
      const inbox = await (await fetch(facts.inboxUrl)).text();
      const mails = inbox.split("<article>").filter((each) => each.includes(`<bdi>${to}</bdi>`));
      const link = new RegExp(`${page}\\?token=[\\w-]{43}`);
      path = mails.map((each) => link.exec(each)?.[0]).find((each) => each !== undefined) ?? "";
      return path;
    })
    .not.toBe("");
  return path;
}
