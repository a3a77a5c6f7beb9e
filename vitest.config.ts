import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type ProjectConfig, type TestSpecification } from "vitest/node";

const alias = { "@": fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "") };

/**
 * A process loads our modules and the SDK once instead of once per file, which was half of the time. Nothing may keep state in a
 * module, but what a test puts back when it is done.
 */
const isolate = false;
/** What is sold while tests run. */
const setupFiles = ["dev/catalog.ts"];

/** One more than two cores: while a test waits for Postgres, another one works. */
const WHILE_OTHERS_WAIT = 3;

/** What `vi.useFakeTimers` takes over: not `process.hrtime`, by which Node 20.9 times a test, so that it failed as too slow. */
const fakeTimers: NonNullable<ProjectConfig["fakeTimers"]> = {
  toFake: [
    "setTimeout",
    "clearTimeout",
    "setInterval",
    "clearInterval",
    "setImmediate",
    "clearImmediate",
    "performance",
    "Date",
  ],
};

/** Files that take from ten seconds to minutes, the longest first. */
const LONG = [
  "dev/faults/faults.db.test.ts",
  "dev/simulation/year.db.test.ts",
  "lib/billing/subscriptions/any-order.db.test.ts",
  "db/migrate.db.test.ts",
  "db/pool-faults.db.test.ts",
  "db/transact.db.test.ts",
  "lib/jobs/worker-refused.db.test.ts",
];

const rankOf = ({ moduleId }: TestSpecification): number => {
  const rank = LONG.findIndex((path) => moduleId.replaceAll("\\", "/").endsWith(`/${path}`));
  return rank === -1 ? LONG.length : rank;
};

/** Begins with the longest files, so that at the end no core waits for one that began late. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((a, b) => rankOf(a) - rankOf(b));
  }
}

export default defineConfig({
  resolve: { alias },
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
          isolate,
          setupFiles,
          fakeTimers,
          maxWorkers: "100%",
          testTimeout: 60_000, // Properties run as often as they are told to, however slow the machine.
          include: ["{app,lib,db,dev}/**/*.test.ts"],
          exclude: ["**/*.db.test.ts", "dev/e2e/**"],
        },
      },
      {
        resolve: { alias },
        test: {
          name: "database",
          isolate,
          setupFiles,
          fakeTimers,
          include: ["{app,lib,db,dev}/**/*.db.test.ts"],
          globalSetup: "dev/testing/global-setup.ts",
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Faults are timed, and a busy machine is late: tried once more, and listed as such. What fails by itself fails twice.
          retry: 1,
          // On a cluster all files share one database, where the sweeps of one would move the accounts of another. It is said
          // here because what is said on the command line does not reach a project that has a number of its own.
          maxWorkers: process.env.TEST_CLUSTER_URL ? 1 : WHILE_OTHERS_WAIT,
        },
      },
    ],
  },
});
