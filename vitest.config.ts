import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const alias = { "@": fileURLToPath(new URL(".", import.meta.url)).replace(/\/$/, "") };

export default defineConfig({
  resolve: { alias },
  test: {
    projects: [
      {
        resolve: { alias },
        test: {
          name: "unit",
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
          include: ["{app,lib,db,dev}/**/*.db.test.ts"],
          globalSetup: "dev/testing/global-setup.ts",
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
