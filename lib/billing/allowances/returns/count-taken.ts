import { and, eq, isNotNull, or } from "drizzle-orm";
import type { Tx } from "../../../../db/client";
import { allowances } from "../../../../db/schema";
import { NO_CREDITS } from "../../../money/credits";
import { sizeOf, splitTaken, type TakenOf } from "../../returns/count-taken";
import { findInvoiceGrants } from "../apply/carry-out-returns";
import { insertInvoiceReversals } from "../apply/invoice-reversals";
import { type Applying, readFacts } from "../apply/read-facts";
import { findReturnedGrants } from "../apply/returned-grants";
import { sourceIn } from "../apply/sources";
import { decideReturned } from "../returned";

/**
 * A step, under the locks of the account and its books: of what was taken of an allowance's grant, what is due by now as its invoice's money
 * went back counts as taken for that, and of one that was closed out and not paid nothing may be put back. Returns what may be.
 */
export async function countTakenOfAllowance(
  tx: Tx,
  { account, now }: Applying,
  taken: TakenOf,
): Promise<TakenOf> {
  const nothing = { ...taken, used: NO_CREDITS, unused: NO_CREDITS, expired: NO_CREDITS };
  const closed = await findClosedOut(tx, account.id, taken.grantId);
  if (closed && closed.payment !== "paid") return nothing;
  const [read] = await readFacts(tx, [{ account, now }]);
  if (!read) return taken;
  for (const { invoiceId, decision, allowances: keys } of decideReturned(read.facts).returned) {
    if (decision.revoke === 0n) continue;
    const before = read.reversals.filter((each) => each.invoiceId === invoiceId);
    const sources = keys.map((key) => sourceIn(read.rows, key));
    const grants = await findInvoiceGrants(tx, account.id, { sources, before });
    if (!grants.some((each) => each.id === taken.grantId)) continue;
    const { counted, rest } = splitTaken(taken, decision.revoke);
    const done = sizeOf(counted) > 0n ? [counted] : [];
    const ref = { accountId: account.id, invoiceId };
    await insertInvoiceReversals(tx, ref, done, { after: before.length, at: now });
    return rest;
  }
  return taken;
}

/**
 * Whether a grant is of an allowance that was closed out and paid after all. It was given again in a grant of its own, less what an
 * operator had taken: what is put back of that comes in one of its own too, as the first is closed and may be frozen for good.
 */
export const wasGivenAgain = async (tx: Tx, accountId: string, grantId: string): Promise<boolean> =>
  (await findClosedOut(tx, accountId, grantId))?.payment === "paid";

/** The allowance that was closed out and gave a grant, or that one's credits once more. */
async function findClosedOut(
  tx: Tx,
  accountId: string,
  grantId: string,
): Promise<Pick<typeof allowances.$inferSelect, "payment"> | null> {
  const closed = await tx
    .select({ grantId: allowances.grantId, payment: allowances.payment })
    .from(allowances)
    .where(and(eq(allowances.accountId, accountId), isNotNull(allowances.closed)));
  for (const each of closed) {
    if (each.grantId === null) continue;
    const grants = await findReturnedGrants(tx, accountId, [each.grantId]);
    if (grants.some(({ id }) => id === grantId)) return each;
  }
  return null;
}

/** Whether a grant is of an allowance that nobody has paid for, or not yet. */
export async function isUnpaid(tx: Tx, accountId: string, grantId: string): Promise<boolean> {
  const rows = await tx
    .select({ payment: allowances.payment })
    .from(allowances)
    .where(
      and(
        eq(allowances.accountId, accountId),
        or(eq(allowances.grantId, grantId), eq(allowances.regrantId, grantId)),
      ),
    );
  return rows.some(({ payment }) => payment !== "paid" && payment !== "none");
}
