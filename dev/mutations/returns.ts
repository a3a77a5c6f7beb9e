import type { Mutation } from "./mutation";

const RETURNS = "lib/billing/orders/returns";

/** Bugs of what refunds and disputes do to the credits of an order. */
export const RETURNS_OF_ORDERS: readonly Mutation[] = [
  {
    name: "refund in cents instead of credits",
    file: `${RETURNS}/decide.ts`,
    right: "credits((all * returnedCents) / amountCents)",
    wrong: "credits(returnedCents)",
    proof: "returns",
  },
  {
    name: "round the credits of a partial refund up",
    file: `${RETURNS}/decide.ts`,
    right: "credits((all * returnedCents) / amountCents)",
    wrong: "credits((all * returnedCents + amountCents - 1n) / amountCents)",
    proof: "returns",
  },
  {
    name: "forget to restore what a failed refund took",
    file: `${RETURNS}/decide.ts`,
    right: "restore: revokedSoFar > share ? subtractCredits(revokedSoFar, share) : NO_CREDITS,",
    wrong: "restore: NO_CREDITS,",
    proof: "returns",
  },
  {
    name: "freeze on an inquiry",
    file: `${RETURNS}/decide.ts`,
    right: 'return status === "needs_response" || status === "under_review";',
    wrong:
      'return status === "needs_response" || status === "under_review" || status === "warning_needs_response";',
    proof: "returns",
  },
  {
    name: "take back twice what was taken before",
    file: `${RETURNS}/decide.ts`,
    right: "revoke: share > revokedSoFar ? subtractCredits(share, revokedSoFar) : NO_CREDITS,",
    wrong: "revoke: share > revokedSoFar ? share : NO_CREDITS,",
    proof: "returns",
  },
  {
    name: "take more than was paid where a refund and a dispute meet",
    file: `${RETURNS}/decide.ts`,
    right: "return sum < most ? cents(sum) : most;",
    wrong: "return cents(sum > most ? sum : sum);",
    proof: "returns",
  },
  {
    name: "let credits that ended while they were frozen be lost",
    file: `${RETURNS}/moves.ts`,
    right: 'return left > gone ? [{ kind: "carry", grantId: grant.id, credits: credits(left - gone) }] : [];',
    wrong: "return left > gone ? [] : [];",
    proof: "returns",
  },
  {
    name: "restore what was left before what is owed",
    file: `${RETURNS}/moves.ts`,
    right: 'const BACKWARDS = ["used", "unused", "expired"] as const;',
    wrong: 'const BACKWARDS = ["unused", "expired", "used"] as const;',
    proof: "returns",
  },
  {
    name: "ask for a refund under a new key each time",
    file: `${RETURNS}/refund.ts`,
    right: "key: refund.idempotencyKey as string,",
    wrong: "key: refund.idempotencyKey + newId(),",
    proof: "refunds",
  },
  {
    name: "begin a refund while another is under way",
    file: `${RETURNS}/refund.ts`,
    right: "if (under) return ok({ refund: under, order, isNew: false });",
    wrong: "",
    proof: "refunds",
  },
  {
    name: "keep the credits of a refund that Stripe refused",
    file: `${RETURNS}/refund.ts`,
    right: 'if (asked.kind === "refused") await failRefund(tx, refund, asked.code, now);',
    wrong: 'if (asked.kind === "refused") void refund;',
    proof: "refunds",
  },
];
