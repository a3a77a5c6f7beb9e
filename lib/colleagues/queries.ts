import { and, asc, desc, eq, inArray, isNull, sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { accountInvitations, accounts, memberships, users } from "../../db/schema";
import type { Role } from "../auth/customer";
import { MAX_PEOPLE } from "./limits";

export type ColleagueView = {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  /** When they joined the account. */
  readonly since: Date;
  /** Kept out by whoever runs the product. */
  readonly isDisabled: boolean;
};

const COLLEAGUE = {
  userId: users.id,
  name: users.name,
  email: users.email,
  role: memberships.role,
  since: memberships.createdAt,
  isDisabled: sql<boolean>`${users.disabledAt} is not null`,
};

/** The people of an account, owners first; there are never more than `MAX_PEOPLE`. */
export const listColleagues = (db: Reader, accountId: string): Promise<ColleagueView[]> =>
  db
    .select(COLLEAGUE)
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(eq(memberships.accountId, accountId))
    .orderBy(asc(memberships.role), asc(memberships.createdAt), asc(users.id))
    .limit(MAX_PEOPLE);

/** Somebody of this account; null for everybody else. */
export async function findColleague(
  db: Reader,
  accountId: string,
  userId: string,
): Promise<ColleagueView | null> {
  const [found] = await db
    .select(COLLEAGUE)
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(and(eq(memberships.accountId, accountId), eq(memberships.userId, userId)));
  return found ?? null;
}

/** Whom a member asks for what they may not do: names of the account's owners, three at most. */
export async function listOwnerNames(db: Reader, accountId: string): Promise<string[]> {
  const owners = await db
    .select({ name: users.name })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(and(eq(memberships.accountId, accountId), eq(memberships.role, "owner"), isNull(users.disabledAt)))
    .orderBy(asc(memberships.createdAt), asc(users.id))
    .limit(3);
  return owners.map(({ name }) => name);
}

export type InvitationView = {
  readonly invitationId: string;
  readonly email: string;
  readonly role: Role;
  readonly expiresAt: Date;
  readonly isExpired: boolean;
};

/** Who was asked to join and has not answered, the newest first. */
export const listOpenInvitations = (db: Reader, accountId: string): Promise<InvitationView[]> =>
  db
    .select({
      invitationId: accountInvitations.id,
      email: accountInvitations.email,
      role: accountInvitations.role,
      expiresAt: accountInvitations.expiresAt,
      isExpired: sql<boolean>`${accountInvitations.expiresAt} <= pg_catalog.now()`,
    })
    .from(accountInvitations)
    .where(
      and(
        eq(accountInvitations.accountId, accountId),
        isNull(accountInvitations.acceptedAt),
        isNull(accountInvitations.withdrawnAt),
      ),
    )
    .orderBy(desc(accountInvitations.createdAt), desc(accountInvitations.id))
    .limit(MAX_PEOPLE);

export type AccountOfPerson = { readonly accountId: string; readonly name: string; readonly role: Role };

/** Every account the person belongs to, the one that signing in leads to first. */
export async function listAccountsOf(db: Reader, userId: string): Promise<AccountOfPerson[]> {
  const held = await db
    .select({ accountId: memberships.accountId, role: memberships.role })
    .from(memberships)
    .where(eq(memberships.userId, userId))
    .orderBy(asc(memberships.createdAt), asc(memberships.accountId))
    .limit(MAX_PEOPLE);
  if (held.length === 0) return [];
  const named = await db
    .select({ id: accounts.id, name: accounts.name })
    .from(accounts)
    .where(
      inArray(
        accounts.id,
        held.map(({ accountId }) => accountId),
      ),
    );
  const nameOf = new Map(named.map(({ id, name }) => [id, name]));
  return held.map((each) => ({ ...each, name: nameOf.get(each.accountId) ?? "" }));
}

/** What the account is called. */
export async function getAccountName(db: Reader, accountId: string): Promise<string> {
  const [found] = await db.select({ name: accounts.name }).from(accounts).where(eq(accounts.id, accountId));
  return found?.name ?? "";
}
