import type { Mutation } from "./mutation";

const ACTS = "lib/desk/acts";

/** Bugs of what operators do, and of what is compared with Stripe and brought back from it. */
export const DESK_AND_BOOKS: readonly Mutation[] = [
  {
    name: "do what was previewed though it has changed since",
    file: `${ACTS}/run-if-same.ts`,
    right: "if (now !== basis) return err(STALE);",
    wrong: "",
    proof: "previews",
  },
  {
    name: "let who asked agree as the second operator",
    file: `${ACTS}/approve.ts`,
    right: 'if (found.askedBy === operatorId) return err({ code: "same_operator" });',
    wrong: "",
    proof: "approvals",
  },
  {
    name: "let somebody agree who is no operator any more",
    file: `${ACTS}/approve.ts`,
    right: "return rows.length === ids.length;",
    wrong: "return rows.length > 0;",
    proof: "approvals",
  },
  {
    name: "let an amount be split to stay below what one may do alone",
    file: `${ACTS}/weigh.ts`,
    right: "before[kind] + own[kind] >= limit;",
    wrong: "own[kind] >= limit && before[kind] >= 0n;",
    proof: "approvals",
  },
  {
    name: "read the first page of a list of Stripe's alone",
    file: "lib/billing/provider-records.ts",
    right: "if (next === null) return;",
    wrong: "if (next === null || after === null) return;",
    proof: "pages",
  },
  {
    name: "compare a day without its refunds",
    file: "lib/reconciliation/read-day.ts",
    right: "const returns = await listReturns(records, { from, to });",
    wrong: "const returns = (await listReturns(records, { from, to })).filter(() => false);",
    proof: "days",
  },
  {
    name: "bring no order back that was paid",
    file: "lib/recovery/recover.ts",
    right: "if (!order) continue;",
    wrong: 'if (!order || payment.status === "succeeded") continue;',
    proof: "recovery",
  },
  {
    name: "go on selling on a backup that was restored",
    file: "lib/recovery/notice.ts",
    right: "await beginRecovery(db, lost.id);",
    wrong: "",
    proof: "restores",
  },
];
