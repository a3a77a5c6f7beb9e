import { defineConfig } from "@playwright/test";
import { findFacts } from "./facts";

const facts = findFacts();

export default defineConfig({
  testDir: ".",
  testMatch: "*.e2e.ts",
  outputDir: "../../test-results",
  reporter: [["list"]],
  workers: 1, // All tests share one stack, and one test's faults at Stripe must not strike another.
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 40_000,
  globalTimeout: 900_000,
  expect: { timeout: 8_000 },
  use: {
    ...(facts && { baseURL: facts.url }),
    browserName: "chromium",
    launchOptions: { ...(facts && { executablePath: facts.browser }), args: ["--no-sandbox"] },
    locale: "en-US",
    timezoneId: "Europe/Berlin",
    viewport: { width: 1360, height: 900 },
    actionTimeout: 8_000,
    navigationTimeout: 15_000,
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
  },
});
