import { defineConfig } from "@playwright/test";
import { findAllFacts, findFacts } from "./facts";
import { BROWSER_ZONE } from "./session";

const facts = findFacts();

/** Files whose tests share a stack of their own take longest in one piece: begun last, they would run on alone. */
const LONG = /\/(renewals|standings|refunds|refused-key|catalog|process|actions)\.e2e\.ts$/;

export default defineConfig({
  testDir: ".",
  projects: [
    { name: "long", testMatch: LONG },
    { name: "others", testMatch: "*.e2e.ts", testIgnore: LONG },
  ],
  outputDir: "../../test-results",
  reporter: [["list"]],
  workers: findAllFacts().length || 1, // One for each stack: one test's faults at Stripe must not strike another.
  forbidOnly: Boolean(process.env.CI),
  // What passes the second time is listed as flaky, and does not keep everything else from landing.
  retries: 1,
  // Long, for slow machines: only what fails waits for them.
  timeout: 60_000,
  globalTimeout: 2_400_000,
  expect: { timeout: 15_000 },
  use: {
    ...(facts && { baseURL: facts.url }),
    browserName: "chromium",
    launchOptions: { ...(facts && { executablePath: facts.browser }), args: ["--no-sandbox"] },
    locale: "en-US",
    timezoneId: BROWSER_ZONE,
    viewport: { width: 1360, height: 900 },
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    screenshot: "only-on-failure",
    trace: "off", // A third of the time; `-- --trace retain-on-failure` records them.
  },
});
