import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import Stripe from "stripe";
import type { Database } from "../../db/client";
import { createApiKey } from "../../lib/auth/api-keys";
import { createRefillClient, RefillError } from "../../lib/client";
import { toPublicId } from "../../lib/ids";
import { ROOT } from "../build";
import { freePort } from "../ports";
import { startSimulator } from "../stripe/server";
import { writtenCatalog } from "../testing/catalog";
import { compiled } from "../testing/compiled";
import { type Customer, makeCustomer } from "./customers";
import type { Facts } from "./facts";
import { spawnWeb, withOwnWeb } from "./own-web";
import { button, expectCredits, figure, OVERVIEW, PLANS, payAtCheckout, USAGE } from "./pages";
import { enter } from "./session";
import { expect, test } from "./test";

/** What a product with other plans and other uses of credits writes into its file. */
function catalogOfOurOwn() {
  const written = writtenCatalog();
  written.plans.splice(1, 0, {
    id: "nano",
    name: "Nano",
    kind: "self_serve",
    prices_cents: { month: 1_900 },
    credits_per_cycle: 1_500_000,
  });
  written.categories.push({ number: 40, id: "video_frames", label: "Video frames" });
  return written;
}

/** `npm run stripe:setup -- <options>`. */
async function setUp({ url, simulatorUrl }: Facts, file: string, ...options: string[]): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    NODE_ENV: "test" as const,
    DATABASE_URL: "",
    APP_URL: url,
    STRIPE_SECRET_KEY: "sk_test_demo",
    STRIPE_API_BASE: simulatorUrl,
    CATALOG_FILE: file,
  };
  const script = await compiled("lib/stripe/setup-main.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...options], {
    env,
    cwd: ROOT,
  });
  return stdout;
}

/** Under the new category, and under none of the catalog's, which is refused with the list of what there is. */
async function spendVideoFrames(facts: Facts, db: Database, { accountId }: Customer): Promise<void> {
  const made = await createApiKey(db, { name: "e2e", scopes: ["read", "spend"], onlyAccountId: null });
  if (!made.ok) throw new Error(made.error.code);
  const client = createRefillClient({ baseUrl: facts.url, apiKey: made.value.key });
  const id = toPublicId("account", accountId);
  await client.spend(id, { credits: 1_200, category: "video_frames", resource: "encoder" });
  const { entries } = await client.entries(id, { limit: 1 });
  expect(entries).toMatchObject([{ category: "video_frames", credits: 1_200, to: "spent" }]);
  const refused = await client.spend(id, { credits: 1, category: "videoframes" }).catch((error) => error);
  expect(refused).toBeInstanceOf(RefillError);
  expect(refused.problem).toMatchObject({
    code: "invalid_request",
    errors: [
      {
        pointer: "/category",
        detail: "must be one of ai_processing, infrastructure, platform, video_frames",
      },
    ],
  });
}

async function expectNoStart(facts: Facts, file: string): Promise<void> {
  const next = spawnWeb(await freePort(), {
    APP_URL: facts.url,
    DATABASE_URL: facts.appDatabaseUrl,
    AUTH_SECRET: facts.authSecret,
    STRIPE_SECRET_KEY: "sk_test_demo",
    STRIPE_WEBHOOK_SECRET: facts.webhookSecret,
    STRIPE_API_BASE: facts.simulatorUrl,
    CATALOG_FILE: file,
  });
  expect(await next.ended).toBe(1);
  const said = next.lines().join("\n");
  expect(said).toContain('the plan "nano" is gone, and 1 account uses it (1 is on it');
  expect(said).toContain('the category "video_frames", number 40, is gone, and 1 account uses it');
}

test("a plan and a spend category of a catalog of one's own: set up, bought, spent under, reported, and not to be lost", async ({
  page,
  context,
  world,
}) => {
  test.slow(); // A process of its own, and a purchase.
  // What is paid for there is in a database of its own, and would be nobody's in the stack's.
  const simulator = await startSimulator({ webhook: null });
  const stripe = new Stripe("sk_test_demo", {
    host: "127.0.0.1",
    port: simulator.port,
    protocol: "http",
    telemetry: false,
  });
  const stack = { ...world.facts, simulatorUrl: simulator.url };
  const folder = await mkdtemp(join(tmpdir(), "catalog-"));
  try {
    const file = join(folder, "shop.json");
    await writeFile(file, JSON.stringify(writtenCatalog()));
    await setUp(stack, file, "--yes");
    await writeFile(file, JSON.stringify(catalogOfOurOwn()));
    const preview = await setUp(stack, file, "--dry-run");
    expect(preview).toContain("price refill_nano_month: new, $19.00 a month");
    expect(preview).toContain("Nothing was changed.");
    expect(await setUp(stack, file, "--yes")).toContain("Changed:");

    await withOwnWeb(stack, { CATALOG_FILE: file }, async ({ facts, db, child, ended }) => {
      const customer = await makeCustomer(db, stripe, { plan: "free", cards: [] });
      await enter(context, facts, customer);
      await page.goto(`${facts.url}${PLANS}`);
      await button(page, "Choose Nano").click();
      await payAtCheckout(page, "4242 4242 4242 4242");
      await expect(page.getByText("You are on Nano.")).toBeVisible();
      await page.goto(`${facts.url}${OVERVIEW}`);
      await expectCredits(figure(page, "Credit Usage", "Remaining"), 2_500_000n);
      expect(await customer.charged()).toEqual([1_900]);

      await spendVideoFrames(facts, db, customer);

      await page.goto(`${facts.url}${USAGE}`);
      await expect(page.getByRole("main")).toContainText("Video frames");
      const csv = await (await context.request.get(`${facts.url}${USAGE}/export`)).text();
      expect(csv.split("\n").find((line) => line.includes("encoder"))).toMatch(/Video frames|video_frames/);

      // Taken out of the file again, it keeps every process from starting.
      child.kill("SIGTERM");
      await ended;
      await writeFile(file, JSON.stringify(writtenCatalog()));
      await expectNoStart(facts, file);
    });
  } finally {
    await rm(folder, { recursive: true });
    await simulator.close();
  }
});
