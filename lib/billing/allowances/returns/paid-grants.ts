import { and, eq, gt, inArray, like, or, type SQL, sql } from "drizzle-orm";
import type { Reader } from "../../../../db/client";
import { currentGrants } from "../../../../db/schema";
import { type Credits, NO_CREDITS, sumCredits } from "../../../money/credits";
import { givenBefore, onceMore } from "../apply/extend-add-ons";

/** A grant with credits left that somebody paid for at Stripe. */
export type PaidGrant = Pick<typeof currentGrants.$inferSelect, "accountId" | "id" | "remainingCredits">;

/**
 * What an order or a subscription was paid for, and what was given anew of that once its money stood again; Free, plans by agreement and
 * operators' adjustments are nobody's at Stripe.
 */
const wasPaidFor = or(
  like(currentGrants.source, "order:%"),
  like(currentGrants.source, "invoice:%"),
  and(
    eq(currentGrants.kind, "plan"),
    // By item; an earlier release, and lines that name none, by subscription.
    or(like(currentGrants.source, "plan:si\\_%"), like(currentGrants.source, "plan:sub\\_%")),
  ),
);
const hasLeft = gt(currentGrants.remainingCredits, NO_CREDITS);

/** What is left of what an account paid for at Stripe, grant by grant, with what was given once more of it when it was over. */
export async function listPaidFor(db: Reader, accountId: string): Promise<readonly PaidGrant[]> {
  const isIts = eq(currentGrants.accountId, accountId);
  const own = await db
    .select()
    .from(currentGrants)
    .where(and(isIts, hasLeft, wasPaidFor));
  return [...own, ...(await listCarried(db, isIts))];
}

/** How many credits are left of what all accounts paid for at Stripe. */
export async function sumPaidFor(db: Reader): Promise<Credits> {
  const [paid] = await db
    .select({ credits: sql<string>`coalesce(sum(remaining_credits), 0)::text` })
    .from(currentGrants)
    .where(and(hasLeft, wasPaidFor));
  const carried = await listCarried(db);
  return sumCredits([
    BigInt(paid?.credits ?? 0) as Credits,
    ...carried.map(({ remainingCredits }) => remainingCredits),
  ]);
}

/** Of what was given once more, and perhaps so again, what was so of a grant that was paid for. */
async function listCarried(db: Reader, isIts?: SQL): Promise<readonly PaidGrant[]> {
  const { accountId, id, source } = currentGrants;
  const rows = await db
    .select()
    .from(currentGrants)
    .where(and(isIts, hasLeft, like(source, onceMore("%"))));
  const found: PaidGrant[] = [];
  let open = rows.map((grant) => ({ grant, of: givenBefore(grant.source) }));
  while (open.length > 0) {
    const before = await db
      .select({ accountId, id, source, isPaidFor: sql<boolean>`${wasPaidFor}` })
      .from(currentGrants)
      .where(
        and(
          inArray(
            accountId,
            open.map(({ grant }) => grant.accountId),
          ),
          inArray(
            id,
            open.flatMap(({ of }) => of ?? []),
          ),
        ),
      );
    open = open.flatMap(({ grant, of }) => {
      const first = before.find((each) => each.accountId === grant.accountId && each.id === of);
      if (first?.isPaidFor) found.push(grant);
      return first && !first.isPaidFor ? [{ grant, of: givenBefore(first.source) }] : [];
    });
  }
  return found;
}
