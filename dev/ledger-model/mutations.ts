export type Proof = keyof typeof PROOFS;

/** The tests that are to catch a mutation: what to run, and how much of it is enough. */
export const PROOFS = {
  rules: { project: "unit", file: "lib/ledger/decide.test.ts" },
  keys: { project: "unit", file: "lib/ledger/keys.test.ts" },
  commit: { project: "database", file: "lib/ledger/commit.db.test.ts" },
  memory: { project: "database", file: "lib/ledger/remembered.db.test.ts" },
  together: { project: "database", file: "lib/ledger/batcher.db.test.ts" },
} as const;

/** One line of the ledger, written wrongly. */
export type Mutation = {
  readonly name: string;
  readonly file: `lib/ledger/${string}.ts`;
  /** Stands in the file exactly once. */
  readonly right: string;
  readonly wrong: string;
  readonly proof: Proof;
};

export const MUTATIONS: readonly Mutation[] = [
  {
    name: "spend what is past its expiry",
    file: "lib/ledger/state.ts",
    right: "nowMs < grant.expiresAt.getTime() && ",
    wrong: "",
    proof: "rules",
  },
  {
    name: "let a grant live a millisecond longer",
    file: "lib/ledger/state.ts",
    right: "nowMs < grant.expiresAt.getTime()",
    wrong: "nowMs <= grant.expiresAt.getTime()",
    proof: "rules",
  },
  {
    name: "spend what has not begun",
    file: "lib/ledger/state.ts",
    right: "grant.startsAt.getTime() <= nowMs && ",
    wrong: "",
    proof: "rules",
  },
  {
    name: "spend what is frozen",
    file: "lib/ledger/state.ts",
    right: " && !grant.frozen;",
    wrong: ";",
    proof: "rules",
  },
  {
    name: "swap plan and promotional credits",
    file: "lib/ledger/state.ts",
    right: "plan: 0, promotional: 1,",
    wrong: "plan: 1, promotional: 0,",
    proof: "rules",
  },
  {
    name: "spend the latest expiry first",
    file: "lib/ledger/state.ts",
    right: "a.expiresAt.getTime() - b.expiresAt.getTime()",
    wrong: "b.expiresAt.getTime() - a.expiresAt.getTime()",
    proof: "rules",
  },
  {
    name: "keep a hold open at its expiry",
    file: "lib/ledger/draft.ts",
    right: 'each.status === "open" && each.expiresAt <= this.now',
    wrong: 'each.status === "open" && each.expiresAt < this.now',
    proof: "rules",
  },
  {
    name: "give held credits back to a grant that is over",
    file: "lib/ledger/draft.ts",
    right: 'grant.expiresAt <= at ? "expired" : "available"',
    wrong: '"available"',
    proof: "rules",
  },
  {
    name: "book one side of a movement only",
    file: "lib/ledger/draft.ts",
    right: "if (target) grant[target] = credits(grant[target] + amount);",
    wrong: "",
    proof: "rules",
  },
  {
    name: "pay a debt only when somebody looks in time",
    file: "lib/ledger/draft.ts",
    right: "owed > 0n ? this.#instantsUnderDebt(due) : [this.now]",
    wrong: "[this.now]",
    proof: "rules",
  },
  {
    name: "pay a debt with what was over before it",
    file: "lib/ledger/draft.ts",
    right: 'if (expiresAt <= this.now) this.move(id, "available", "expired", remaining);',
    wrong: "",
    proof: "rules",
  },
  {
    name: "spend what is there when it is too little",
    file: "lib/ledger/decide.ts",
    right:
      'invariant(wanted > 0n, "a spend takes something");\n  if (!draft.affords(wanted)) return insufficient(draft);',
    wrong: 'invariant(wanted > 0n, "a spend takes something");',
    proof: "rules",
  },
  {
    name: "forget the rest of a released hold",
    file: "lib/ledger/decide.ts",
    right: "for (const share of found.value.shares) draft.giveBack(share, holdId);",
    wrong: "",
    proof: "rules",
  },
  {
    name: "forget the rest of a captured hold",
    file: "lib/ledger/decide.ts",
    right: "for (const share of rest) draft.giveBack(share, holdId);",
    wrong: "",
    proof: "rules",
  },
  {
    name: "capture from the hold only",
    file: "lib/ledger/decide.ts",
    right: 'from.push(...draft.takeAvailable(open, "spent", work));',
    wrong: "",
    proof: "rules",
  },
  {
    name: "forget what a capture owes",
    file: "lib/ledger/decide.ts",
    right: "draft.owe(owed, work);",
    wrong: "",
    proof: "rules",
  },
  {
    name: "end a hold twice",
    file: "lib/ledger/decide.ts",
    right: 'return hold.status === "open" ? ok(hold)',
    wrong: "return hold ? ok(hold)",
    proof: "rules",
  },
  {
    name: "do not let a grant pay the debt first",
    file: "lib/ledger/decide.ts",
    right: "...nothingYet, ...life });\n  draft.payDebt();",
    wrong: "...nothingYet, ...life });",
    proof: "rules",
  },
  {
    name: "revoke what was spent without owing it",
    file: "lib/ledger/decide.ts",
    right: "draft.owe(debt);",
    wrong: "",
    proof: "rules",
  },
  {
    name: "leave revoked credits in their holds",
    file: "lib/ledger/decide.ts",
    right: "draft.setShares(hold, shares);",
    wrong: "",
    proof: "rules",
  },
  {
    name: "sweep grants that live",
    file: "lib/ledger/decide.ts",
    right: "each.expiresAt <= draft.now && each.remaining > 0n",
    wrong: "each.remaining > 0n",
    proof: "rules",
  },
  {
    name: "do not say what a capture was for",
    file: "lib/ledger/decide.ts",
    right: "const work = { holdId, purpose: hold.purpose };",
    wrong: "const work = { holdId };",
    proof: "rules",
  },
  {
    name: "leave the amount out of a key's mark",
    file: "lib/ledger/keys.ts",
    right: "String(command.credits), category,",
    wrong: "category,",
    proof: "keys",
  },
  {
    name: "skip the key's body check",
    file: "lib/ledger/commit.ts",
    right: "earlier.fingerprint === fingerprint",
    wrong: "earlier",
    proof: "together",
  },
  {
    name: "forget to advance the entries' number",
    file: "lib/ledger/write.ts",
    right: "set last_seq = m.last_seq, owed_credits",
    wrong: "set last_seq = b.last_seq, owed_credits",
    proof: "commit",
  },
  {
    name: "read and write without the lock",
    file: "lib/ledger/load.ts",
    right: "where account_id = $1::uuid for no key update",
    wrong: "where account_id = $1::uuid for key share",
    proof: "commit",
  },
  {
    name: "read the clock before the lock",
    file: "lib/ledger/load.ts",
    right: "select clock_timestamp() as now",
    wrong: "select now() as now",
    proof: "commit",
  },
  {
    name: "leave the active grant's row behind",
    file: "lib/ledger/commit.ts",
    right: "if (active) changed.set(active.id, active);",
    wrong: "",
    proof: "commit",
  },
  {
    name: "overlook a grant that begins",
    file: "lib/ledger/commit.ts",
    right: "...draft.grants.filter((each) => each.startsAt > now).map((each) => each.startsAt),",
    wrong: "",
    proof: "commit",
  },
  {
    name: "overlook a hold that falls due",
    file: "lib/ledger/commit.ts",
    right: '...[...draft.holds].filter((each) => each.status === "open").map((each) => each.expiresAt),',
    wrong: "",
    proof: "commit",
  },
  {
    name: "repeat an answer without what was owed",
    file: "lib/ledger/load.ts",
    right: 'each.from_bucket === "owed" && each.to_bucket === "spent"',
    wrong: "false",
    proof: "together",
  },
  {
    name: "take a used key for an error",
    file: "lib/ledger/batcher.ts",
    right: "sqlState(error) === UNIQUE_VIOLATION && !keysFirst",
    wrong: "sqlState(error) === null && !keysFirst",
    proof: "together",
  },
  {
    name: "answer what was written before it is committed",
    file: "lib/ledger/batcher.ts",
    right: "{ wait, keysFirst, finish }",
    wrong: "{ wait, keysFirst, finish: async (writes) => void (await writes) }",
    proof: "together",
  },
  {
    name: "let one refused command fail its batch",
    file: "lib/ledger/batcher.ts",
    right: "if (!halves || !isKnown(error))",
    wrong: "if (halves || error)",
    proof: "together",
  },
  {
    name: "make everybody wait for a locked account",
    file: "lib/ledger/load.ts",
    right: 'options.wait ? "" : " skip locked"',
    wrong: '""',
    proof: "together",
  },
  {
    name: "spend what is remembered past its expiry",
    file: "lib/ledger/write.ts",
    right: " and b.quiet_until > now()",
    wrong: "",
    proof: "memory",
  },
];
