import type { Tx } from "../../db/client";
import { users } from "../../db/schema";
import { transact } from "../../db/transact";
import type { Caller } from "../auth/caller";
import type { SignUp } from "../auth/identities";
import { countLinkUse, type TooManyAttempts } from "../auth/links/count-use";
import { checkNewPassword, hashPassword, type PasswordProblem } from "../auth/passwords";
import { MAX_NAME_LENGTH } from "../auth/profile";
import { recordSecurityEvent, type SecurityEventDeps } from "../auth/security-events";
import type { SessionSubject } from "../auth/session-token";
import { findSubjectIn } from "../auth/subject";
import { newId } from "../ids";
import { isPlainLine, isVisible } from "../plain-text";
import { err, ok, type Result } from "../result";
import {
  acceptInvitation,
  findInvitation,
  findInvited,
  lockInvitation,
  type TakenInvitation,
} from "./find-invitation";

export type JoinDeps = SecurityEventDeps & { readonly signUp: SignUp; readonly productName: string };

export type Joining = {
  readonly token: string;
  /** Who is signed in where the form was sent; null for nobody. */
  readonly signedInAs: string | null;
  /** What somebody who is nobody here yet says of themselves; null where they were not asked. */
  readonly newPerson: { readonly name: string; readonly password: string } | null;
  readonly caller: Caller;
};

export type JoinRefusal =
  | PasswordProblem
  | TooManyAttempts
  /** `must_sign_in`: as the person who was invited, who is not signed in here. `refresh`: what the form was for changed meanwhile. */
  | { readonly code: "link_over" | "must_sign_in" | "sign_up_closed" | "disabled" | "bad_name" | "refresh" };

export type Joined = SessionSubject & {
  /** Whether whoever sent the form proved who they are, so that a session may begin: new, or signed in as them. */
  readonly mayBegin: boolean;
};

/**
 * Lets whoever was invited into the account, once. Somebody who has an account here has to be signed in as the person who was
 * invited; somebody who is nobody yet chooses a password, unless sign-up is closed; somebody who belongs to no account any
 * more joins by the link alone and signs in afterwards.
 */
export async function joinAccount(deps: JoinDeps, given: Joining): Promise<Result<Joined, JoinRefusal>> {
  const counted = await countLinkUse(deps.db, given.caller.address);
  if (!counted.ok) return counted;
  const found = await findInvitation(deps.db, given.token);
  if (!found) return refuse(deps, given);
  const isNew = found.invited.kind === "nobody";
  const prepared = isNew ? await preparePerson(deps, given, found.email) : ok(null);
  if (!prepared.ok) return prepared;
  const joined = await transact(deps.db, (tx) => join(tx, given, prepared.value));
  if (!joined.ok) return joined.error.code === "link_over" ? refuse(deps, given) : joined;
  const { userId, accountId } = joined.value;
  const details = { by: isNew ? "invitation" : "person" };
  await recordSecurityEvent(deps, {
    kind: "member_joined",
    userId,
    accountId,
    caller: given.caller,
    details,
  });
  return joined;
}

async function refuse(
  deps: JoinDeps,
  { caller }: Joining,
): Promise<Result<never, { readonly code: "link_over" }>> {
  await recordSecurityEvent(deps, { kind: "link_refused", caller, details: { purpose: "join" } });
  return err({ code: "link_over" });
}

type NewPerson = { readonly email: string; readonly name: string; readonly passwordHash: string };

async function preparePerson(
  { signUp, productName }: JoinDeps,
  { newPerson }: Joining,
  email: string,
): Promise<Result<NewPerson, JoinRefusal>> {
  if (signUp === "closed") return err({ code: "sign_up_closed" });
  if (!newPerson) return err({ code: "refresh" });
  const name = newPerson.name.trim();
  if (name.length > MAX_NAME_LENGTH || !isPlainLine(name) || !isVisible(name))
    return err({ code: "bad_name" });
  const acceptable = checkNewPassword(newPerson.password, { email, name, productName });
  if (!acceptable.ok) return acceptable;
  return ok({ email, name, passwordHash: await hashPassword(newPerson.password) });
}

async function join(
  tx: Tx,
  { token, signedInAs }: Joining,
  prepared: NewPerson | null,
): Promise<Result<Joined, JoinRefusal>> {
  const invitation = await lockInvitation(tx, token);
  if (!invitation) return err({ code: "link_over" });
  const person = prepared
    ? await addPerson(tx, prepared, invitation)
    : await findPerson(tx, invitation, signedInAs);
  if (!person.ok) return person;
  const { userId, mayBegin } = person.value;
  await acceptInvitation(tx, invitation, userId);
  const subject = await findSubjectIn(tx, userId, invitation.accountId);
  return subject ? ok({ ...subject, mayBegin }) : err({ code: "disabled" });
}

type Person = { readonly userId: string; readonly mayBegin: boolean };

async function addPerson(
  tx: Tx,
  person: NewPerson,
  { email }: TakenInvitation,
): Promise<Result<Person, { code: "refresh" }>> {
  if (person.email !== email) return err({ code: "refresh" });
  const userId = newId();
  const added = await tx
    .insert(users)
    .values({ id: userId, ...person })
    .onConflictDoNothing({ target: users.email })
    .returning({ id: users.id });
  return added.length > 0 ? ok({ userId, mayBegin: true }) : err({ code: "refresh" });
}

async function findPerson(
  tx: Tx,
  { email }: TakenInvitation,
  signedInAs: string | null,
): Promise<Result<Person, JoinRefusal>> {
  const invited = await findInvited(tx, email);
  switch (invited.kind) {
    case "nobody":
      return err({ code: "refresh" });
    case "disabled":
      return err({ code: "disabled" });
    case "without_account":
      return ok({ userId: invited.userId, mayBegin: false });
    case "person":
      return invited.userId === signedInAs
        ? ok({ userId: invited.userId, mayBegin: true })
        : err({ code: "must_sign_in" });
  }
}
