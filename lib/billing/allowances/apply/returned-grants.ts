import { and, asc, eq, inArray, or } from "drizzle-orm";
import type { Reader } from "../../../../db/client";
import { currentGrants } from "../../../../db/schema";
import { credits } from "../../../money/credits";
import { findFreezeCauses, isFrozenBesides } from "../../returns/freezes";
import type { ReturnedGrant } from "../../returns/moves";
import { onceMore } from "./extend-add-ons";

/**
 * These grants, with those that gave what was left of them once more, oldest first. What they have stays so for who has the
 * ledger's lock.
 */
export async function findReturnedGrants(
  db: Reader,
  accountId: string,
  given: readonly string[],
): Promise<readonly ReturnedGrant[]> {
  const ids = new Set(given);
  const find = () =>
    db
      .select()
      .from(currentGrants)
      .where(
        and(
          eq(currentGrants.accountId, accountId),
          or(inArray(currentGrants.id, [...ids]), inArray(currentGrants.source, [...ids].map(onceMore))),
        ),
      )
      .orderBy(asc(currentGrants.createdAt), asc(currentGrants.id));
  let rows = await find();
  // What was given once more may have been so again.
  while (rows.some(({ id }) => !ids.has(id))) {
    for (const { id } of rows) ids.add(id);
    rows = await find();
  }
  const causes = rows.some((each) => each.frozenAt) ? await findFreezeCauses(db, accountId) : new Map();
  return rows.map((each) => ({
    id: each.id,
    remaining: credits(each.remainingCredits),
    held: credits(each.heldCredits),
    spent: credits(each.spentCredits),
    expired: credits(each.expiredCredits),
    expiresAt: each.expiresAt,
    frozen: each.frozenAt !== null,
    isFrozenBesides: isFrozenBesides(causes, each.id, "dispute"),
  }));
}
