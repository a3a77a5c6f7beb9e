import { and, eq, isNotNull, or } from "drizzle-orm";
import type { Tx } from "../../../../db/client";
import { allowances } from "../../../../db/schema";
import { NO_CREDITS } from "../../../money/credits";
import { sizeOf, splitTaken, type TakenOf } from "../../returns/count-taken";
import { type Applying, readFacts } from "../apply/read-facts";
import { sourceIn } from "../apply/sources";
import { findInvoiceGrants } from "./carry-out";
import { decideReturned } from "./decide";
import { findReturnedGrants } from "./returned-grants";
import { insertInvoiceReversals } from "./rows";

/**
 * A step, under the locks of the account and its books: of what was taken of an allowance's grant, what is due by now as its invoice's money
 * went back counts as taken for that, and of one that was closed out nothing may be put back. Returns what may be.
 */
export async function countTakenOfAllowance(
  tx: Tx,
  { account, now }: Applying,
  taken: TakenOf,
): Promise<TakenOf> {
  const nothing = { ...taken, used: NO_CREDITS, unused: NO_CREDITS, expired: NO_CREDITS };
  if (await isClosedOut(tx, account.id, taken.grantId)) return nothing;
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
 * Closed out is what nobody paid for, and what was given once more of it. Paid after all it was given again in a grant of its own, as much
 * as was due, whoever had taken of the first.
 */
async function isClosedOut(tx: Tx, accountId: string, grantId: string): Promise<boolean> {
  const closed = await tx
    .select({ grantId: allowances.grantId })
    .from(allowances)
    .where(and(eq(allowances.accountId, accountId), isNotNull(allowances.closed)));
  const ids = closed.flatMap((each) => each.grantId ?? []);
  if (ids.length === 0) return false;
  const grants = await findReturnedGrants(tx, accountId, ids);
  return grants.some((each) => each.id === grantId);
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
