import { and, desc, eq, sql } from "drizzle-orm";
import type { Reader } from "../../../db/client";
import { operatorActs, users } from "../../../db/schema";

export type ActView = typeof operatorActs.$inferSelect & {
  readonly operator: string | null;
  readonly approver: string | null;
  /** The act that took it back. */
  readonly takenBackBy: string | null;
};

export const ACTS_PAGE = 50;

/** What operators did, the newest first: of one account where one is named, and older than an act where one is. */
export async function listActs(
  db: Reader,
  {
    accountId = null,
    before = null,
  }: { readonly accountId?: string | null; readonly before?: string | null },
): Promise<readonly ActView[]> {
  const nameOf = (column: typeof operatorActs.operatorId | typeof operatorActs.approvedBy) =>
    sql<string | null>`(select u.email from ${users} u where u.id = ${column})`;
  const rows = await db
    .select({
      act: operatorActs,
      operator: nameOf(operatorActs.operatorId),
      approver: nameOf(operatorActs.approvedBy),
      takenBackBy: sql<string | null>`(select t.id from operator_acts t where t.undoes = ${operatorActs.id})`,
    })
    .from(operatorActs)
    .where(
      and(
        accountId ? eq(operatorActs.accountId, accountId) : undefined,
        before ? sql`${operatorActs.id} < ${before}::uuid` : undefined,
      ),
    )
    .orderBy(desc(operatorActs.id))
    .limit(ACTS_PAGE);
  return rows.map(({ act, ...names }) => ({ ...act, ...names }));
}
