import { and, eq, gt, lte, sql } from "drizzle-orm";
import type { Reader } from "../../db/client";
import { grants } from "../../db/schema";
import { type Credits, sumCredits } from "../money/credits";
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
