import { and, desc, eq, gte, lt, sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { balances, currentGrants as grants } from "../../db/schema";
import type { TimeSpan } from "../calendar";
import { exampleCategory } from "../catalog/categories";
import { fromPublicId, toPublicId } from "../ids";
import { type Credits, credits, minCredits, NO_CREDITS, sumCredits } from "../money/credits";
import { invariant } from "../result";
import { settledAt } from "./decide";
import { type CycleFigures, figuresOf } from "./figures";
import { GRANT_COLUMNS, type GrantRow, toGrant } from "./rows";
import { bySpendingOrder, type GrantKind, type Hold, type LedgerState, type LiveGrant } from "./state";

export type GrantView = {
  readonly id: string;
  readonly kind: GrantKind;
  readonly source: string;
  readonly credits: Credits;
  readonly remaining: Credits;
  readonly held: Credits;
  /** Used, and what paid debts. */
  readonly spent: Credits;
  /** Of what was spent: what paid debts. */
  readonly paidBack: Credits;
  readonly revoked: Credits;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  readonly createdAt: Date;
  readonly frozen: boolean;
  /** Among which of the frozen it is. Billing tells it; absent where it was not asked, or is not frozen. */
  readonly frozenAs?: "frozenPlan" | "frozenAddOn" | "frozenByUs";
};

/** What an account has, and the figures of its running cycle. While anything is owed nothing can be spent. */
export type BalanceView = CycleFigures & {
  readonly remainingPlan: Credits;
  readonly remainingAddOn: Credits;
  /** Of `frozen`: the plan's, which are so until it is paid, or in a dispute (billing tells these apart). */
  readonly frozenPlan: Credits;
  /** Of `frozen`: all others, whose payment is disputed. */
  readonly frozenAddOn: Credits;
  /** Of `frozen`: what an operator froze. Billing tells it, from the two before; here it is 0. */
  readonly frozenByUs: Credits;
  /** The held credits by the kinds of grants they came from, whether these still live or not. */
  readonly heldByKind: Readonly<Record<GrantKind, Credits>>;
  readonly nextExpiry: { readonly at: Date; readonly credits: Credits } | null;
  /** Grows with every movement. */
  readonly lastSeq: bigint;
  /** Whether `opens_at` has come: what is here is of a time that is over, and somebody has to be asked for what follows. */
  readonly mustOpen: boolean;
  /** Those that live, in the order in which they will be spent. */
  readonly grants: readonly GrantView[];
};

/**
 * What an account has at this instant of the database's clock, in one statement and so of one moment. Reads the running
 * cycle's grants only, so it costs the same however long the history is; what is past its expiry counts for nothing and what
 * is past its hold is back, swept or not. Throws when the account has no books.
 */
export async function getBalance(db: Reader, accountId: string): Promise<BalanceView> {
  const balance = await findBalance(db, accountId);
  invariant(balance, `account ${accountId} has no books`);
  return balance;
}

/** A hold past its expiry: id, shares, and when it expired. */
type DueRow = [string, [string, string][], string];

type BalanceRow = Omit<GrantRow, "id"> & {
  /** A `numeric`: digits. */
  owed_credits: string;
  last_seq: bigint;
  now: string;
  must_open: boolean;
  cycle_start: string;
  /** Whether the grant is part of the running cycle's figures. */
  counts: boolean;
  due: DueRow[] | null;
  /** Null where the cycle has no grant. */
  id: string | null;
  source: string;
  credits: bigint;
};

/**
 * As `getBalance`, or null when the account has no books. The holds are looked for by the account itself and not by what
 * the outer row says: from that a sharded database cannot tell the shard, asks all nodes, and fails when any is away.
 */
export async function findBalance(db: Reader, accountId: string): Promise<BalanceView | null> {
  const rows = await db.execute<BalanceRow>(sql`
    select b.owed_credits, b.last_seq, now() as now, coalesce(b.opens_at <= now(), false) as must_open, b.cycle_start, d.due,
      g.source, g.credits, g.cycle_from = b.cycle_start as counts, ${sql.raw(GRANT_COLUMNS)}
    from balances as b
    cross join lateral (
      select jsonb_agg(jsonb_build_array(h.id, h.shares, h.expires_at)) as due from holds as h
      where h.account_id = ${accountId} and h.status = 'open' and h.expires_at <= now()
    ) as d
    left join current_grants as g
      on g.account_id = b.account_id and g.starts_at <= now()
      and (g.cycle_from = b.cycle_start or (g.open and b.owed_credits > 0))
    where b.account_id = ${accountId}`);
  const [first] = rows;
  if (!first) return null;
  const now = new Date(first.now);
  // In debt also grants that began and ended unseen: they have paid for some of it.
  const found = rows.flatMap((row) => (row.id === null ? [] : [toFoundGrant(row, row.id)]));
  const state = {
    grants: found.toSorted(bySpendingOrder),
    holds: (first.due ?? []).map((due) => dueHold(due, found)),
    owed: credits(BigInt(first.owed_credits)),
    cycleStart: new Date(first.cycle_start),
  };
  return {
    ...summarize(settledAt(state, now), found, now),
    lastSeq: first.last_seq,
    mustOpen: first.must_open,
  };
}

/** Whether credits can be given to and taken from an account of this id. */
export async function hasBooks(db: Reader, accountId: string): Promise<boolean> {
  const found = await db
    .select({ accountId: balances.accountId })
    .from(balances)
    .where(eq(balances.accountId, accountId));
  return found.length > 0;
}

type FoundGrant = LiveGrant & {
  readonly source: string;
  readonly credits: Credits;
  readonly counts: boolean;
};

const toFoundGrant = (row: BalanceRow, id: string): FoundGrant => ({
  ...toGrant({ ...row, id }),
  source: row.source,
  credits: credits(row.credits),
  counts: row.counts,
});

/**
 * As much of a hold past its expiry as it takes to give back. When it expired decides under a debt: a grant that was live
 * then has paid with what came back, though it has expired since.
 */
const dueHold = ([id, shares, expiredAt]: DueRow, live: readonly LiveGrant[]): Hold => ({
  id,
  credits: NO_CREDITS,
  shares: shares
    .filter(([grantId]) => live.some((each) => each.id === grantId))
    .map(([grantId, amount]) => ({ grantId, credits: credits(BigInt(amount)) })),
  // Nothing asks what it is for.
  purpose: { category: exampleCategory(), resource: null, reference: null },
  placedAt: new Date(expiredAt),
  expiresAt: new Date(expiredAt),
  status: "open",
  captured: NO_CREDITS,
  endedAt: null,
});

function summarize(
  { grants, owed, cycleStart }: LedgerState,
  found: readonly FoundGrant[],
  now: Date,
): Omit<BalanceView, "lastSeq" | "mustOpen"> {
  const facts = new Map(found.map((each) => [each.id, each]));
  const factsOf = ({ id }: LiveGrant) => facts.get(id) as FoundGrant;
  const views = grants
    .filter((each) => each.expiresAt > now)
    .map((each): GrantView => {
      const { source, credits: given } = factsOf(each);
      return { ...each, source, credits: given, paidBack: minCredits(each.paidBack, each.spent) };
    });
  const usable = views.filter((each) => !each.frozen);
  const frozen = views.filter((each) => each.frozen);
  const counted = grants.filter((each) => factsOf(each).counts);
  const heldOf = (kind: GrantKind) =>
    sumCredits(counted.filter((each) => each.kind === kind).map((each) => each.held));
  const left = (list: readonly GrantView[]) => sumCredits(list.map((each) => each.remaining));
  return {
    ...figuresOf(counted, { now, cycleStart, owed }),
    remainingPlan: left(usable.filter((each) => each.kind === "plan")),
    remainingAddOn: left(usable.filter((each) => each.kind !== "plan")),
    frozenPlan: left(frozen.filter((each) => each.kind === "plan")),
    frozenAddOn: left(frozen.filter((each) => each.kind !== "plan")),
    frozenByUs: NO_CREDITS,
    heldByKind: {
      plan: heldOf("plan"),
      promotional: heldOf("promotional"),
      adjustment: heldOf("adjustment"),
      purchase: heldOf("purchase"),
    },
    nextExpiry: nextExpiry(usable),
    grants: views,
  };
}

function nextExpiry(views: readonly GrantView[]): BalanceView["nextExpiry"] {
  const left = views.filter((each) => each.remaining > 0n);
  const [first] = left.toSorted((a, b) => a.expiresAt.getTime() - b.expiresAt.getTime());
  if (!first) return null;
  const together = left.filter((each) => each.expiresAt.getTime() === first.expiresAt.getTime());
  return { at: first.expiresAt, credits: sumCredits(together.map((each) => each.remaining)) };
}

/** A grant whether it lives or not. Past its expiry nothing remains, swept or not. */
export type PastGrantView = GrantView & { readonly expired: Credits };

export type GrantPage = {
  readonly grants: readonly PastGrantView[];
  /** For the next page, or null on the last. */
  readonly nextCursor: string | null;
};

const PAGE_SIZE = 20;

/**
 * Everything that was ever given to the account, newest first, 20 a page unless told otherwise; `within` keeps what
 * begins in it. Ids are time-sortable, so that the primary key is the order. A cursor made up by hand starts from the
 * newest.
 */
export async function listGrants(
  db: Reader,
  accountId: string,
  cursor: string | null,
  { within = null, most = PAGE_SIZE }: { readonly within?: TimeSpan | null; readonly most?: number } = {},
): Promise<GrantPage> {
  const before = fromPublicId("grant", cursor);
  const rows = await db
    .select({
      id: grants.id,
      kind: grants.kind,
      source: grants.source,
      credits: grants.credits,
      remaining: grants.remainingCredits,
      held: grants.heldCredits,
      spent: grants.spentCredits,
      expired: grants.expiredCredits,
      revoked: grants.revokedCredits,
      paidBack: sql<Credits>`least(${grants.paidBackCredits}, ${grants.spentCredits})`.mapWith(
        grants.paidBackCredits,
      ),
      startsAt: grants.startsAt,
      expiresAt: grants.expiresAt,
      createdAt: grants.createdAt,
      frozen: sql<boolean>`${grants.frozenAt} is not null`,
      over: sql<boolean>`${grants.expiresAt} <= now()`,
    })
    .from(grants)
    .where(
      and(
        eq(grants.accountId, accountId),
        within ? and(gte(grants.startsAt, within.start), lt(grants.startsAt, within.end)) : undefined,
        before ? lt(grants.id, before) : undefined,
      ),
    )
    .orderBy(desc(grants.id))
    .limit(most + 1);
  const page = rows.slice(0, most);
  const last = page.at(-1);
  return {
    grants: page.map(({ over, ...grant }) => (over ? expire(grant) : grant)),
    nextCursor: rows.length > most && last ? toPublicId("grant", last.id) : null,
  };
}

const expire = (grant: PastGrantView): PastGrantView => ({
  ...grant,
  remaining: NO_CREDITS,
  expired: sumCredits([grant.expired, grant.remaining]),
});

/** What has paid debts out of a grant so far, in credits. Throws when the account has no such grant. */
export async function paidBackBy(db: Reader, accountId: string, grantId: string): Promise<Credits> {
  const [grant] = await db
    .select({ paidBack: grants.paidBackCredits })
    .from(grants)
    .where(and(eq(grants.accountId, accountId), eq(grants.id, grantId)));
  invariant(grant, `account ${accountId} has grant ${grantId}`);
  return grant.paidBack;
}
