import type { Mutation } from "./mutation";

const RULES = "lib/billing/returns";
const REFUNDS = "lib/billing/orders/returns";

/** Bugs of what refunds and disputes do to the credits of an order. */
export const RETURNS_OF_ORDERS: readonly Mutation[] = [
  {
    name: "refund in cents instead of credits",
    file: `${RULES}/decide.ts`,
    right: "credits((all * returnedCents) / amountCents)",
    wrong: "credits(returnedCents)",
    proof: "returns",
  },
  {
    name: "round the credits of a partial refund up",
    file: `${RULES}/decide.ts`,
    right: "credits((all * returnedCents) / amountCents)",
    wrong: "credits((all * returnedCents + amountCents - 1n) / amountCents)",
    proof: "returns",
  },
  {
    name: "forget to restore what a failed refund took",
    file: `${RULES}/decide.ts`,
    right: "restore: revokedSoFar > due ? subtractCredits(revokedSoFar, due) : NO_CREDITS,",
    wrong: "restore: NO_CREDITS,",
    proof: "returns",
  },
  {
    name: "freeze on an inquiry",
    file: `${RULES}/decide.ts`,
    right: 'export const OPEN_DISPUTE = ["needs_response", "under_review"] as const;',
    wrong:
      'export const OPEN_DISPUTE = ["needs_response", "under_review", "warning_needs_response"] as const;',
    proof: "returns",
  },
  {
    name: "take back twice what was taken before",
    file: `${RULES}/decide.ts`,
    right: "revoke: due > revokedSoFar ? subtractCredits(due, revokedSoFar) : NO_CREDITS,",
    wrong: "revoke: due > revokedSoFar ? due : NO_CREDITS,",
    proof: "returns",
  },
  {
    name: "take more than was paid where a refund and a dispute meet",
    file: `${RULES}/decide.ts`,
    right: "return sum < most ? cents(sum) : most;",
    wrong: "return cents(sum > most ? sum : sum);",
    proof: "returns",
  },
  {
    name: "let credits that ended while they were frozen be lost",
    file: `${RULES}/moves.ts`,
    right: 'return left > gone ? [{ kind: "carry", grantId: grant.id, credits: credits(left - gone) }] : [];',
    wrong: "return left > gone ? [] : [];",
    proof: "returns",
  },
  {
    name: "restore what was left before what is owed",
    file: `${RULES}/moves.ts`,
    right: 'const BACKWARDS = ["used", "unused", "expired"] as const;',
    wrong: 'const BACKWARDS = ["unused", "expired", "used"] as const;',
    proof: "returns",
  },
  {
    name: "keep what was taken by a dispute that is won on appeal",
    file: `${RULES}/decide.ts`,
    right: 'const isLost = status === "lost" ||',
    wrong: 'const isLost = status === "lost" || status === "won" ||',
    proof: "returns",
  },
  {
    name: "leave frozen what was frozen for a dispute that is won",
    file: `${RULES}/moves.ts`,
    right: "const toUnfreeze = frozen ? [] : grants.filter((each) => each.frozen && isFrozen.has(each.id));",
    wrong: "const toUnfreeze = grants.filter((each) => frozen && !each.frozen && isFrozen.has(each.id));",
    proof: "returns",
  },
  {
    name: "unfreeze what an operator froze when a dispute is won",
    file: `${RULES}/moves.ts`,
    right: '(kind === "unfreeze" && grant.isFrozenBesides === true);',
    wrong: '(kind === "unfreeze" && !grant.frozen);',
    proof: "disputes",
  },
  {
    name: "ask for a refund under a new key each time",
    file: `${REFUNDS}/refund.ts`,
    right: "key: refund.idempotencyKey as string,",
    wrong: "key: refund.idempotencyKey + newId(),",
    proof: "refunds",
  },
  {
    name: "begin a refund while another is under way",
    file: `${REFUNDS}/refund.ts`,
    right: "if (under) return ok({ refund: under, order, isNew: false });",
    wrong: "",
    proof: "refunds",
  },
  {
    name: "keep the credits of a refund that Stripe refused",
    file: `${REFUNDS}/refund.ts`,
    right: 'if (asked.kind === "refused") await failRefund(tx, refund, asked.code, now);',
    wrong: 'if (asked.kind === "refused") void refund;',
    proof: "refunds",
  },
];

const ALLOWANCES = "lib/billing/allowances";

/** The same of the allowances of a plan's invoice. */
export const RETURNS_OF_INVOICES: readonly Mutation[] = [
  {
    name: "count what was paid, and not what was charged",
    file: `${ALLOWANCES}/invoice-money.ts`,
    right: "return cents(asked > paidCents ? asked : paidCents);",
    wrong: "return cents(asked > paidCents ? paidCents : asked);",
    proof: "invoiceReturns",
  },
  {
    name: "take given months before those to come",
    file: `${ALLOWANCES}/returned.ts`,
    right:
      "const paid = { amountCents: cents(all), currency: invoice.currency, credits: own, notGiven, ended };",
    wrong: "const paid = { amountCents: cents(all), currency: invoice.currency, credits: own, ended };",
    proof: "invoiceReturns",
  },
  {
    name: "take of a year only the share of what was given",
    file: `${ALLOWANCES}/returned.ts`,
    right: "const own = sumCredits([...given.map((each) => each.credits), notGiven, ended]);",
    wrong: "const own = sumCredits([...given.map((each) => each.credits), ended]);",
    proof: "invoiceReturns",
  },
  {
    name: "take of an invoice what all invoices gave",
    file: `${ALLOWANCES}/returned.ts`,
    right: "each.invoiceId === id && each.payment",
    wrong: "each.payment",
    proof: "invoiceReturns",
  },
  {
    name: "take of a credit note to the balance",
    file: `${ALLOWANCES}/invoice-money.ts`,
    right: "const asked = totalCents - prePaymentNotesCents;",
    wrong: "const asked = totalCents;",
    proof: "invoiceReturns",
  },
  {
    name: "leave what a credited year paid for where it is",
    file: `${ALLOWANCES}/returned.ts`,
    right: "returnedCents: before.returnedCents + (decision.returnedCents * there) / whole,",
    wrong: "returnedCents: before.returnedCents,",
    proof: "invoiceReturns",
  },
  {
    name: "bring what was paid in another currency",
    file: `${ALLOWANCES}/returned.ts`,
    right: "if (decided.has(to) || !isSame) continue;",
    wrong: "if (decided.has(to)) continue;",
    proof: "invoiceReturns",
  },
  {
    name: "take a month away that was given before its credit was known",
    file: `${ALLOWANCES}/credited-away.ts`,
    right: "if (credited.length === 0 || sum(rows) > (left ? floorOf(left.worth) : 0n)) return [];",
    wrong: "if (credited.length === 0) return [];",
    proof: "invoiceReturns",
  },
  {
    name: "take more of a quantity away than there was",
    file: `${ALLOWANCES}/credited-away.ts`,
    right: "open -= part;",
    wrong: "",
    proof: "invoiceReturns",
  },
  {
    name: "promise a period after one that is disputed",
    file: `${ALLOWANCES}/returned.ts`,
    right: 'return status.includes("refunded") || status.includes("disputed");',
    wrong: 'return status.includes("refunded");',
    proof: "invoiceReturns",
  },
  {
    name: "decide of what was known before a month began",
    file: `${ALLOWANCES}/decide.ts`,
    right: "const money = decideReturned(known);",
    wrong: "const money = decideReturned(facts);",
    proof: "invoiceReturns",
  },
  {
    name: "ask for the return of what was returned",
    file: `${ALLOWANCES}/attention-facts.ts`,
    right: "return coming - gone.credits > gone.perCent",
    wrong: "return coming > gone.perCent",
    proof: "invoiceReturns",
  },
];
