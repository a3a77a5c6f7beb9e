/** The tests that are to catch a mutation: what to run, and how much of it is enough. */
export const PROOFS = {
  rules: { project: "unit", files: ["lib/ledger/decide.test.ts"] },
  keys: { project: "unit", files: ["lib/ledger/keys.test.ts"] },
  commit: { project: "database", files: ["lib/ledger/commit.db.test.ts"] },
  memory: { project: "database", files: ["lib/ledger/remembered.db.test.ts"] },
  together: { project: "database", files: ["lib/ledger/batcher.db.test.ts"] },
  figures: { project: "database", files: ["lib/ledger/cycle-figures.db.test.ts"] },
  limits: { project: "database", files: ["lib/ledger/limits.db.test.ts"] },
  // What the facts of billing mean, and nothing else: no history, so that each rule has a test that says it.
  decision: {
    project: "unit",
    files: [
      "decide",
      "paid-lines",
      "balance-notes",
      "payments",
      "table",
      "subscriptions-table",
      "provisional",
      "operator-changes",
    ].map((each) => `lib/billing/allowances/${each}.test.ts`),
  },
  reading: {
    project: "unit",
    files: ["read-billing", "list-billing", "list-by-invoices"].map((each) => `lib/stripe/${each}.test.ts`),
  },
  mirror: { project: "database", files: ["lib/billing/subscriptions/mirror.db.test.ts"] },
  order: {
    project: "database",
    files: ["lib/billing/subscriptions/any-order.db.test.ts"],
    only: "keeps what Stripe said last",
  },
  returns: { project: "unit", files: ["lib/billing/returns/returns.test.ts"] },
  // The same in every order, also of credits that an operator froze.
  disputes: { project: "unit", files: ["lib/billing/returns/any-order.test.ts"] },
  invoiceReturns: {
    project: "unit",
    files: ["returned", "credited-away"].map((each) => `lib/billing/allowances/${each}.test.ts`),
  },
  refunds: { project: "database", files: ["lib/billing/orders/returns/returns.db.test.ts"] },
  orders: {
    project: "database",
    files: ["lib/billing/orders/buying.db.test.ts", "lib/billing/orders/unknown-outcomes.db.test.ts"],
  },
  matches: { project: "unit", files: ["lib/billing/orders/payment-matches.test.ts"] },
  buyers: { project: "database", files: ["lib/billing/orders/who-may-buy.db.test.ts"] },
  events: { project: "database", files: ["lib/jobs/events.db.test.ts"] },
  deliveries: { project: "database", files: ["lib/stripe/webhook.db.test.ts"] },
  previews: {
    project: "database",
    files: ["lib/desk/acts/credits.db.test.ts"],
    only: "what is refused changes nothing (a preview|two at once)",
  },
  approvals: {
    project: "database",
    files: ["lib/desk/acts/approve.db.test.ts"],
    only: "until a second operator agrees|several acts of one operator|no operator any more",
  },
  pages: { project: "unit", files: ["lib/billing/provider-records.test.ts"] },
  days: {
    project: "database",
    files: ["lib/reconciliation/returns-of-day.db.test.ts"],
    only: "add up to Stripe's balance",
  },
  recovery: {
    project: "database",
    files: ["lib/recovery/recover.db.test.ts"],
    only: "everything that Stripe took is there again",
  },
  restores: { project: "database", files: ["lib/recovery/notice.db.test.ts"] },
  applied: { project: "database", files: ["lib/billing/allowances/apply/close-out.db.test.ts"] },
} as const satisfies Record<
  string,
  {
    readonly project: "unit" | "database";
    readonly files: readonly string[];
    /** What the names of the tests say that are enough. */
    readonly only?: string;
  }
>;

export type Proof = keyof typeof PROOFS;

/** One line, written wrongly. */
export type Mutation = {
  readonly name: string;
  readonly file: `lib/${string}.ts`;
  /** Stands in the file exactly once. */
  readonly right: string;
  readonly wrong: string;
  readonly proof: Proof;
};
