import { and, asc, desc, eq, getTableColumns, ne, sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { accounts, attentionItems, memberships, securityEvents, subscriptions, users } from "../../db/schema";
import type { Caller } from "../auth/caller";
import type { Customer, Role } from "../auth/customer";
import { HAS_FACTOR } from "../auth/operators-factor";
import { recordSecurityEvent, type SecurityEventDeps } from "../auth/security-events";
import { sentencesOf } from "../billing/attention/reasons";
import { MAX_PEOPLE } from "../colleagues/limits";
import { fromPublicId, toPublicId } from "../ids";

/** An account as the desk names it on each of its pages. */
export type DeskAccount = {
  /** Our uuid, and the id that is shown: `acct_…`. */
  readonly accountId: string;
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  readonly stripeCustomerId: string | null;
  /** Of the subscription its plan comes from; null where none gives it one. */
  readonly subscriptionId: string | null;
};

/** By its public id; null for whatever names none. */
export async function findDeskAccount(db: Reader, publicId: string): Promise<DeskAccount | null> {
  const accountId = fromPublicId("account", publicId);
  if (!accountId) return null;
  const { id, name, createdAt, stripeCustomerId } = accounts;
  const [found] = await db
    .select({ accountId: id, name, createdAt, stripeCustomerId, subscriptionId: subscriptions.id })
    .from(accounts)
    .leftJoin(subscriptions, and(eq(subscriptions.accountId, id), eq(subscriptions.isPrimary, true)))
    .where(eq(id, accountId));
  return found ? { ...found, id: publicId } : null;
}

export type DeskPerson = {
  /** `usr_…` */
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly isOperator: boolean;
  readonly hasFactor: boolean;
  readonly disabledAt: Date | null;
  /** In whichever account; null where no session of theirs is kept. */
  readonly lastSeenAt: Date | null;
};

/** Everybody of an account, as long as they belong to it: its owners first. */
export async function listPeople(db: Reader, accountId: string): Promise<DeskPerson[]> {
  const rows = await db
    .select({
      userId: users.id,
      name: users.name,
      email: users.email,
      role: memberships.role,
      isOperator: users.isOperator,
      hasFactor: HAS_FACTOR,
      disabledAt: users.disabledAt,
      lastSeenAt: sql<
        string | null
      >`(select max(s.last_seen_at) from sessions s where s.user_id = ${users.id})`,
    })
    .from(memberships)
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(eq(memberships.accountId, accountId))
    .orderBy(asc(memberships.role), asc(memberships.createdAt), asc(users.id))
    .limit(MAX_PEOPLE);
  return rows.map(({ userId, lastSeenAt, ...person }) => ({
    ...person,
    id: toPublicId("user", userId),
    lastSeenAt: lastSeenAt === null ? null : new Date(lastSeenAt),
  }));
}

export type DeskAttention = {
  /** `attn_…` */
  readonly id: string;
  readonly matter: string;
  readonly toDo: string;
  /** Stripe's. */
  readonly objectId: string;
  readonly isAcknowledged: boolean;
  readonly since: Date;
};

/** What of the account an operator has to look at, oldest first; and how many there are beyond these. */
export async function listAttentionOf(
  db: Reader,
  accountId: string,
  most = 50,
): Promise<{ readonly items: readonly DeskAttention[]; readonly more: number }> {
  const rows = await db
    .select({ ...getTableColumns(attentionItems), all: sql<number>`(count(*) over ())::integer` })
    .from(attentionItems)
    .where(and(eq(attentionItems.accountId, accountId), ne(attentionItems.state, "resolved")))
    .orderBy(asc(attentionItems.since), asc(attentionItems.id))
    .limit(most);
  const items = rows.map(({ id, reason, objectId, state, since }) => ({
    id: toPublicId("attention", id),
    ...sentencesOf(reason),
    objectId,
    isAcknowledged: state === "acknowledged",
    since,
  }));
  return { items, more: (rows[0]?.all ?? 0) - items.length };
}

/** Keeps that an operator looked at an account: once an hour for each operator and account. */
export async function recordAccountView(
  deps: SecurityEventDeps,
  { userId }: Pick<Customer, "userId">,
  { accountId, caller }: { readonly accountId: string; readonly caller: Caller | null },
): Promise<void> {
  const { at, kind } = securityEvents;
  const [lately] = await deps.db
    .select({ at })
    .from(securityEvents)
    .where(
      and(
        eq(securityEvents.userId, userId),
        sql`${at} > now() - interval '1 hour'`,
        eq(kind, "account_viewed"),
        eq(securityEvents.accountId, accountId),
      ),
    )
    .orderBy(desc(at))
    .limit(1);
  if (!lately) await recordSecurityEvent(deps, { kind: "account_viewed", userId, accountId, caller });
}

/** Keeps that an operator looked at what Stripe said in an event: at its account, or at the event where that is none of ours. */
export async function recordEventView(
  deps: SecurityEventDeps,
  { userId }: Pick<Customer, "userId">,
  seen: { readonly eventId: string; readonly accountId: string | null; readonly caller: Caller | null },
): Promise<void> {
  const { eventId, accountId, caller } = seen;
  if (accountId) return recordAccountView(deps, { userId }, { accountId, caller });
  await recordSecurityEvent(deps, { kind: "account_viewed", userId, caller, details: { event: eventId } });
}
