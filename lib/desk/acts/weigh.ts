import { and, eq, gt, inArray, isNull, or } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import { invoiceRefundRequests, invoiceRefunds, operatorActs, orderRefunds } from "../../../db/schema";
import { fromPublicId } from "../../ids";
import type { ApprovalLimits, Fields, Prepared, Scene } from "./act";

/** What an act counts toward the amounts of the settings; what nobody can say counts nothing once a second operator agreed. */
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
  if (limits.credits !== null && prepared.weighs?.credits === null) return true;
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
  const { weighsCredits, weighsCents, request } = operatorActs;
  const done = await tx
    .select({ credits: weighsCredits, cents: weighsCents, request })
    .from(operatorActs)
    .where(
      and(
        eq(operatorActs.accountId, account.id),
        eq(operatorActs.operatorId, operatorId),
        gt(operatorActs.at, new Date(now.getTime() - DAY_MS)),
        isNull(operatorActs.approvedBy),
        or(gt(weighsCredits, 0n), gt(weighsCents, 0n)),
      ),
    );
  const refundOf = (fields: Fields) => fromPublicId("refund", fields.refund);
  const refunds = done.flatMap((each) => refundOf(each.request) ?? []);
  const notMade = await findNotMade(tx, account.id, refunds);
  const counted = done.filter((each) => !notMade.has(refundOf(each.request) ?? ""));
  const sumOf = (kind: keyof Weight) => counted.reduce((sum, each) => sum + each[kind], 0n);
  return { credits: sumOf("credits"), cents: sumOf("cents") };
}

/** Of these refunds, those of which nothing was paid back and nothing will be: Stripe refused them, or they failed afterwards. */
async function findNotMade(tx: Tx, accountId: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const [order, plan] = [orderRefunds, invoiceRefundRequests];
  const rows = await Promise.all([
    tx
      .select({ id: order.id })
      .from(order)
      .where(
        and(eq(order.accountId, accountId), inArray(order.id, [...ids]), inArray(order.status, NOT_MADE)),
      ),
    tx
      .select({ id: plan.id })
      .from(plan)
      .leftJoin(
        invoiceRefunds,
        and(eq(invoiceRefunds.accountId, plan.accountId), eq(invoiceRefunds.id, plan.refundId)),
      )
      .where(
        and(
          eq(plan.accountId, accountId),
          inArray(plan.id, [...ids]),
          or(eq(plan.status, "refused"), inArray(invoiceRefunds.status, NOT_MADE)),
        ),
      ),
  ]);
  return new Set(rows.flat().map((each) => each.id));
}

/** What was paid back by such a refund is here again. */
const NOT_MADE = ["failed", "canceled"] satisfies (typeof orderRefunds.$inferSelect)["status"][];
