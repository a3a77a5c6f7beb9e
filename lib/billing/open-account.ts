import type { Tx } from "../../db/client";
import { accounts, allowances } from "../../db/schema";
import type { BillingPeriod } from "../calendar";
import { getPlan, type PlanId } from "../catalog/plans";
import { newId } from "../ids";
import { bySystem } from "../ledger/cause";
import { commit, openBooks } from "../ledger/commit";
import { invariant } from "../result";
import { opensAt } from "./account";

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
  const cycle = { periodEnd: period.end, cycleDueAt: period.end };
  await tx
    .insert(accounts)
    .values({ ...account, ...cycle, internalPlan: account.plan, id, periodStart: period.start });
  await openBooks(tx, id, { opensAt: opensAt(cycle), startsAt: period.start });
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
  const cause = bySystem("the account was opened");
  const [granted] = await commit(tx, id, [{ key: source, command: { kind: "grant", grant }, cause }]);
  invariant(granted?.kind === "done", "a new account's first grant is new");
  await tx.insert(allowances).values({
    accountId: id,
    source,
    origin: "internal",
    plan: account.plan,
    periodStart: period.start,
    month: 0,
    part: 0,
    startsAt: period.start,
    endsAt: period.end,
    credits: creditsPerCycle,
    grantId: grant.id,
    isCycle: true,
    payment: "none",
    openedAt: period.start,
  });
  return id;
}
