import { and, eq, gt, isNull, sql } from "drizzle-orm";
import { operatorActs } from "../../../db/schema";
import type { ApprovalLimits, Prepared, Scene } from "./act";

/** What an act counts toward the amounts of the settings. */
export type Weight = { readonly credits: bigint; readonly cents: bigint };

export const weightOf = ({ weighs }: Prepared): Weight => ({
  credits: weighs?.credits ?? 0n,
  cents: weighs?.cents ?? 0n,
});

const DAY_MS = 86_400_000;

/**
 * A step, under the account's lock: whether a second operator has to agree. What the same operator did to the same account within
 * the last 24 hours without one counts as well, so that an amount cannot be split to stay below.
 */
export async function needsApproval(
  scene: Scene,
  prepared: Prepared,
  limits: ApprovalLimits,
): Promise<boolean> {
  const own = weightOf(prepared);
  const isToCount =
    (limits.credits !== null && own.credits > 0n) || (limits.cents !== null && own.cents > 0n);
  if (!isToCount) return false;
  const before = await findDone(scene);
  const reaches = (kind: keyof Weight) => {
    const limit = limits[kind];
    return limit !== null && own[kind] > 0n && before[kind] + own[kind] >= limit;
  };
  return reaches("credits") || reaches("cents");
}

async function findDone({ tx, account, operatorId, now }: Scene): Promise<Weight> {
  if (!account) return { credits: 0n, cents: 0n };
  const sumOf = (column: typeof operatorActs.weighsCredits | typeof operatorActs.weighsCents) =>
    sql<string>`coalesce(sum(${column}), 0)`;
  const [done] = await tx
    .select({ credits: sumOf(operatorActs.weighsCredits), cents: sumOf(operatorActs.weighsCents) })
    .from(operatorActs)
    .where(
      and(
        eq(operatorActs.accountId, account.id),
        eq(operatorActs.operatorId, operatorId),
        gt(operatorActs.at, new Date(now.getTime() - DAY_MS)),
        isNull(operatorActs.approvedBy),
      ),
    );
  return { credits: BigInt(done?.credits ?? 0), cents: BigInt(done?.cents ?? 0) };
}
