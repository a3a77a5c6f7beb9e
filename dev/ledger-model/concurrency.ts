import { spawnSync } from "node:child_process";

// `npm run test:concurrency`: what `npm test` tries some times of calls at once, of random histories in Postgres and of processes
// killed between two answers, tried ten times as often or more.

const { status } = spawnSync(
  "npx",
  [
    ...["vitest", "run", "--project", "database"],
    ...["batcher", "commit-model", "crash"].map((name) => `lib/ledger/${name}.db.test.ts`),
    ...process.argv.slice(2),
  ],
  {
    stdio: "inherit",
    shell: process.platform === "win32",
    env: {
      LEDGER_ROUNDS: "1000",
      LEDGER_DATABASE_HISTORIES: "400",
      LEDGER_CRASH_ROUNDS: "200",
      ...process.env,
    },
  },
);
process.exit(status ?? 1);
