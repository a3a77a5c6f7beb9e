import type { Tx } from "../../db/client";
import { accounts, planPeriods } from "../../db/schema";
import type { BillingPeriod } from "../calendar";
import { getPlan, type PlanId } from "../catalog/plans";
import { newId } from "../ids";
import { commit, openBooks } from "../ledger/commit";
import { invariant } from "../result";
import { opensAt } from "./account";
import { LOOK_AHEAD_MS } from "./plans/decide-cycle";

export type NewAccount = Pick<
  typeof accounts.$inferInsert,
  "stripeCustomerId" | "planStatus" | "allowanceCredits"
> & {
  readonly name: string;
  readonly plan: PlanId;
  readonly cycleAnchor: Date;
  readonly period: BillingPeriod;
};

/** A step: a new account with its books open and its plan's credits for the running period. Returns its id. */
export async function openAccount(tx: Tx, { period, ...account }: NewAccount): Promise<string> {
  const id = newId();
  const cycle = { periodEnd: period.end, cycleDueAt: new Date(period.end.getTime() - LOOK_AHEAD_MS) };
  await tx.insert(accounts).values({ ...account, ...cycle, id, periodStart: period.start });
  await openBooks(tx, id, opensAt(cycle));
  const creditsPerCycle = account.allowanceCredits ?? getPlan(account.plan).creditsPerCycle;
  if (!creditsPerCycle) return id;
  const source = `plan:${period.start.toISOString()}`;
  const grant = {
    id: newId(),
    kind: "plan",
    source,
    credits: creditsPerCycle,
    startsAt: period.start,
    expiresAt: period.end,
  } as const;
  const [granted] = await commit(tx, id, [{ key: source, command: { kind: "grant", grant } }]);
  invariant(granted?.kind === "done", "a new account's first grant is new");
  await tx.insert(planPeriods).values({
    accountId: id,
    source,
    plan: account.plan,
    startsAt: period.start,
    endsAt: period.end,
    credits: creditsPerCycle,
    grantId: grant.id,
    payment: "none",
    openedAt: period.start,
  });
  return id;
}
