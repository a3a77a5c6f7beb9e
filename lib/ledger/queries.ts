import { and, desc, eq, gt, lt, lte, sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { grants } from "../../db/schema";
import { fromPublicId, toPublicId } from "../ids";
import { type Credits, NO_CREDITS, sumCredits } from "../money/credits";
import { bySpendingOrder, type GrantKind } from "./decide";

export type GrantView = {
  readonly id: string;
  readonly kind: GrantKind;
  readonly source: string;
  readonly credits: Credits;
  readonly remaining: Credits;
  readonly held: Credits;
  readonly spent: Credits;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  readonly createdAt: Date;
};

export type BalanceView = {
  /** Everything given by grants that are live now: total = used + remaining + held. */
  readonly total: Credits;
  readonly totalPlan: Credits;
  readonly totalAddOn: Credits;
  readonly used: Credits;
  readonly remaining: Credits;
  readonly remainingPlan: Credits;
  readonly remainingAddOn: Credits;
  readonly held: Credits;
  /** In the order in which they will be spent. */
  readonly grants: readonly GrantView[];
};

/**
 * What an account has at this instant of the database's clock. Reads the live grants only, so it costs the same
 * however long the history is; what is past its expiry counts for nothing, swept or not.
 */
export async function getBalance(db: Reader, accountId: string): Promise<BalanceView> {
  const live = await db
    .select(GRANT_COLUMNS)
    .from(grants)
    .where(
      and(
        eq(grants.accountId, accountId),
        gt(grants.expiresAt, sql`now()`),
        lte(grants.startsAt, sql`now()`),
      ),
    );
  return summarize(live);
}

const GRANT_COLUMNS = {
  id: grants.id,
  kind: grants.kind,
  source: grants.source,
  credits: grants.credits,
  remaining: grants.remainingCredits,
  held: grants.heldCredits,
  spent: grants.spentCredits,
  startsAt: grants.startsAt,
  expiresAt: grants.expiresAt,
  createdAt: grants.createdAt,
};

function summarize(live: readonly GrantView[]): BalanceView {
  const plan = live.filter((each) => each.kind === "plan");
  const addOn = live.filter((each) => each.kind !== "plan");
  const sum = (list: readonly GrantView[], part: "credits" | "remaining" | "spent" | "held") =>
    sumCredits(list.map((each) => each[part]));
  return {
    total: sum(live, "credits"),
    totalPlan: sum(plan, "credits"),
    totalAddOn: sum(addOn, "credits"),
    used: sum(live, "spent"),
    remaining: sum(live, "remaining"),
    remainingPlan: sum(plan, "remaining"),
    remainingAddOn: sum(addOn, "remaining"),
    held: sum(live, "held"),
    grants: live.toSorted(bySpendingOrder),
  };
}

/** A grant whether it lives or not. Past its expiry nothing remains, swept or not. */
export type PastGrantView = GrantView & { readonly expired: Credits; readonly revoked: Credits };

export type GrantPage = {
  readonly grants: readonly PastGrantView[];
  /** For the next page, or null on the last. */
  readonly nextCursor: string | null;
};

const PAGE_SIZE = 20;

/**
 * Everything that was ever given to the account, newest first, 20 a page. Ids are time-sortable, so that the
 * primary key is the order. A cursor made up by hand starts from the newest.
 */
export async function listGrants(db: Reader, accountId: string, cursor: string | null): Promise<GrantPage> {
  const before = fromPublicId("grant", cursor);
  const rows = await db
    .select({
      ...GRANT_COLUMNS,
      expired: grants.expiredCredits,
      revoked: grants.revokedCredits,
      over: sql<boolean>`${grants.expiresAt} <= now()`,
    })
    .from(grants)
    .where(and(eq(grants.accountId, accountId), before ? lt(grants.id, before) : undefined))
    .orderBy(desc(grants.id))
    .limit(PAGE_SIZE + 1);
  const page = rows.slice(0, PAGE_SIZE);
  const last = page.at(-1);
  return {
    grants: page.map(({ over, ...grant }) => (over ? expire(grant) : grant)),
    nextCursor: rows.length > PAGE_SIZE && last ? toPublicId("grant", last.id) : null,
  };
}

const expire = (grant: PastGrantView): PastGrantView => ({
  ...grant,
  remaining: NO_CREDITS,
  expired: sumCredits([grant.expired, grant.remaining]),
});
