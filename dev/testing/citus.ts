import { spawnSync } from "node:child_process";

// `npm run test:citus`: the tests of the ledger, of billing and of the API on a real cluster. Arguments choose among their files.

/** Tests that need what a shared, sharded database cannot give, and why. */
const LEFT_OUT: readonly (readonly [file: string, why: string])[] = [
  ["lib/ledger/watch-balances.db.test.ts", "stops and counts every statement of its own database"],
  ["lib/ledger/statements.db.test.ts", "also sends what plain Postgres is sent"],
  [
    "lib/billing/stays-paid.db.test.ts",
    "moves the clock of its database, which a cluster's nodes would not follow",
  ],
  ...[
    "lib/billing/subscriptions/*.db.test.ts",
    "lib/billing/allowances/**/*.db.test.ts",
    "lib/billing/cards/{customer,deleted-customer}.db.test.ts",
    "lib/billing/{sync-accounts,forget-stripe}.db.test.ts",
  ].map(
    (files) => [files, "move the clock of their database, which a cluster's nodes would not follow"] as const,
  ),
];

const clusterUrl = process.env.CITUS_URL;
if (!clusterUrl) {
  console.error(
    "CITUS_URL must name a database of a Citus coordinator, as the tables' owner: with the extension created on every node,\n" +
      "at least one worker added, and nobody's data in it. The tests migrate and shard it, and leave their accounts there.\n" +
      "docs/citus.md says how such a cluster is set up.",
  );
  process.exit(1);
}
for (const [file, why] of LEFT_OUT) console.log(`left out: ${file}: ${why}`);
const chosen = process.argv.slice(2);
const { status } = spawnSync(
  "npx",
  [
    ...["vitest", "run", "--project", "database"],
    ...LEFT_OUT.flatMap(([file]) => ["--exclude", file]),
    ...(chosen.length > 0 ? chosen : ["lib/ledger", "lib/billing", "app/api/v1"]),
  ],
  {
    stdio: "inherit",
    // One round of what elsewhere is tried more often takes several nodes' commits.
    env: {
      LEDGER_ROUNDS: "40",
      LEDGER_DATABASE_HISTORIES: "20",
      ...process.env,
      TEST_CLUSTER_URL: clusterUrl,
    },
  },
);
process.exit(status ?? 1);
