import { and, asc, desc, eq, ne, sql } from "drizzle-orm";
import type { Database, Reader } from "../../../db/client";
import { attentionItems, type attentionState } from "../../../db/schema";
import { toPublicId } from "../../ids";
import { sentencesOf } from "./reasons";

export type AttentionView = {
  /** `attn_…` */
  readonly id: string;
  /** `acct_…`, or null: of no account we know. */
  readonly account: string | null;
  readonly object: string;
  /** Stripe's. */
  readonly objectId: string;
  readonly reason: string;
  readonly matter: string;
  readonly toDo: string;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
  readonly state: (typeof attentionState.enumValues)[number];
  readonly since: Date;
  readonly lastSeen: Date;
  readonly resolvedAt: Date | null;
  readonly acknowledgedAt: Date | null;
  readonly note: string | null;
  readonly timesOpened: number;
};

/** Items, the open ones first and of those the oldest; with `all` the acknowledged and resolved ones too. At most so many. */
export async function listAttention(
  db: Reader,
  { all, most }: { readonly all: boolean; readonly most: number },
): Promise<readonly AttentionView[]> {
  const { state, since, resolvedAt, id } = attentionItems;
  const rows = await db
    .select()
    .from(attentionItems)
    .where(all ? undefined : eq(state, "open"))
    .orderBy(asc(state), desc(resolvedAt), asc(since), asc(id))
    .limit(most);
  return rows.map((each) => ({
    id: toPublicId("attention", each.id),
    account: each.accountId && toPublicId("account", each.accountId),
    object: each.objectKind,
    objectId: each.objectId,
    reason: each.reason,
    ...sentencesOf(each.reason),
    details: each.details,
    state: each.state,
    since: each.since,
    lastSeen: each.lastSeen,
    resolvedAt: each.resolvedAt,
    acknowledgedAt: each.acknowledgedAt,
    note: each.note,
    timesOpened: each.timesOpened,
  }));
}

export type AttentionCounts = {
  readonly open: number;
  /** Open for more than a week. */
  readonly old: number;
  readonly acknowledged: number;
};

export async function countAttention(db: Reader): Promise<AttentionCounts> {
  const { state, since } = attentionItems;
  const [counts] = await db
    .select({
      open: sql<number>`count(*) filter (where ${state} = 'open')::int`,
      old: sql<number>`count(*) filter (where ${state} = 'open' and ${since} < now() - interval '7 days')::int`,
      acknowledged: sql<number>`count(*) filter (where ${state} = 'acknowledged')::int`,
    })
    .from(attentionItems)
    .where(ne(state, "resolved"));
  return counts ?? { open: 0, old: 0, acknowledged: 0 };
}

/**
 * An operator knows of it: it is not told again while it stays the same, and is resolved like any other once it is right.
 * Acknowledged again, the new note counts. False when there is no such item, or it is resolved.
 */
export async function acknowledgeAttention(
  db: Pick<Database, "update">,
  { id, note }: { readonly id: string; readonly note: string },
): Promise<boolean> {
  const done = await db
    .update(attentionItems)
    .set({ state: "acknowledged", acknowledgedAt: sql`now()`, note })
    .where(and(eq(attentionItems.id, id), ne(attentionItems.state, "resolved")))
    .returning({ id: attentionItems.id });
  return done.length > 0;
}
