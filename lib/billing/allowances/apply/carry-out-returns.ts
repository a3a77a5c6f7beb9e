import { and, eq, inArray } from "drizzle-orm";
import type { Tx } from "../../../../db/client";
import { allowances } from "../../../../db/schema";
import { billingPeriodAt } from "../../../calendar/index";
import { bySystem, type Cause } from "../../../ledger/cause";
import { commit } from "../../../ledger/commit";
import type { InternalAnswer, InternalCommand } from "../../../ledger/decide";
import { lockBooks } from "../../../ledger/lock-books";
import { type Credits, NO_CREDITS, sumCredits } from "../../../money/credits";
import { invariant } from "../../../result";
import { carryOut } from "../../returns/carry-out";
import { lessTaken } from "../../returns/count-taken";
import { givenAnew, type ReturnedGrant, type Reversal } from "../../returns/moves";
import type { Decision } from "../facts";
import { insertInvoiceReversals } from "./invoice-reversals";
import type { Work } from "./read-facts";
import { findReturnedGrants } from "./returned-grants";
import { sourceIn } from "./sources";

/**
 * A step: brings the credits of invoices whose money went back, or is disputed, to what was decided, and keeps each command of
 * the ledger beside those before. Call it once the allowances are written down.
 */
export async function carryOutReturns(
  { tx, accountId, rows, reversals, now, cause = TOLD }: Work,
  { returned, period, anchor }: Pick<Decision, "returned" | "period" | "anchor">,
): Promise<void> {
  await lockBooks(tx, accountId);
  const cycleEnd = period.end > now ? period.end : billingPeriodAt(anchor, now).end;
  for (const { invoiceId, decision, allowances: keys } of returned) {
    const before = reversals.filter((each) => each.invoiceId === invoiceId);
    const sources = keys.map((key) => sourceIn(rows, key));
    const own = await findGrantIds(tx, accountId, sources);
    await dropWhatIsThereTwice(tx, { accountId, cause }, own);
    const ids = [...givenAnew(before).toReversed(), ...own.flatMap((each) => each.grantIds)];
    const grants = inOrder(ids, await findReturnedGrants(tx, accountId, ids));
    const given = sumCredits(own.map((each) => each.credits));
    const toDo = lessTaken(decision, { given, before, grants });
    const done = await carryOut(
      { of: `invoice:${invoiceId}`, grants, before, decision: toDo, now, cycleEnd },
      (key, command) => run(tx, { accountId, cause }, key, command),
    );
    await insertInvoiceReversals(tx, { accountId, invoiceId }, done, { after: before.length, at: now });
  }
}

const TOLD = bySystem("Stripe told what became of the plan's payment");

type By = { readonly accountId: string; readonly cause: Cause };

async function run(
  tx: Tx,
  { accountId, cause }: By,
  key: string,
  command: InternalCommand,
): Promise<InternalAnswer> {
  const [outcome] = await commit(tx, accountId, [{ key, command, cause }]);
  invariant(outcome?.kind === "done", `${key} is done once, and can be: ${command.kind}`);
  return outcome.answer as InternalAnswer;
}

/** An allowance's grants: the one that gave it again, where one did, before its first. */
type Own = {
  readonly credits: Credits;
  readonly grantIds: readonly string[];
  readonly isThereTwice: boolean;
};

/** The grants that have credits of an invoice: those of its allowances, and those that gave some of them anew. */
export async function findInvoiceGrants(
  tx: Tx,
  accountId: string,
  { sources, before }: { readonly sources: readonly string[]; readonly before: readonly Reversal[] },
): Promise<readonly ReturnedGrant[]> {
  const own = await findGrantIds(tx, accountId, sources);
  return findReturnedGrants(tx, accountId, [...givenAnew(before), ...own.flatMap((each) => each.grantIds)]);
}

/** In the order of the sources. */
async function findGrantIds(tx: Tx, accountId: string, sources: readonly string[]): Promise<readonly Own[]> {
  if (sources.length === 0) return [];
  const rows = await tx
    .select({
      source: allowances.source,
      credits: allowances.credits,
      grantId: allowances.grantId,
      regrantId: allowances.regrantId,
      closed: allowances.closed,
    })
    .from(allowances)
    .where(and(eq(allowances.accountId, accountId), inArray(allowances.source, [...sources])));
  return sources.flatMap((source) => {
    const row = rows.find((each) => each.source === source);
    if (!row) return [];
    const grantIds = [row.regrantId, row.grantId].filter((each) => each !== null);
    return [{ credits: row.credits, grantIds, isThereTwice: row.regrantId !== null && row.closed === null }];
  });
}

/**
 * What was frozen to its end for want of payment and given again expired where it was as well: the ledger would take that first,
 * and the customer would keep as much of what was given again. Once: what comes back there later, as out of a hold that ends or by an
 * operator, was not given again.
 */
async function dropWhatIsThereTwice(tx: Tx, { accountId, cause }: By, own: readonly Own[]): Promise<void> {
  for (const { grantIds, isThereTwice } of own) {
    const first = grantIds.at(-1);
    if (!isThereTwice || !first) continue;
    const [grant] = await findReturnedGrants(tx, accountId, [first]);
    const credits = grant ? sumCredits([grant.remaining, grant.expired]) : NO_CREDITS;
    if (credits === 0n) continue;
    const key = `returned:twice:${first}`;
    const command = { kind: "revoke", grantId: first, credits } as const;
    const [outcome] = await commit(tx, accountId, [{ key, command, cause }]);
    const isRefused = outcome?.kind === "refused" && outcome.refusal.code !== "idempotency_key_reused";
    invariant(outcome && !isRefused, `${key} was done before, or can be`);
  }
}

/** What was given once more of one comes first: it is the newest. */
function inOrder(ids: readonly string[], grants: readonly ReturnedGrant[]): readonly ReturnedGrant[] {
  return grants.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id));
}
