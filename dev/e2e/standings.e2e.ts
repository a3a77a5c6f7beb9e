import type { Page } from "@playwright/test";
import { expectAccessible } from "./accessible";
import { makeCustomer } from "./customers";
import { test as base, expect } from "./later";
import { startOwnStack } from "./own-stack";
import { BUY_CREDIT, button, figure, OVERVIEW, PAY, PLAN_PAYMENT_URL, PLANS, saveCard } from "./pages";
import { enter } from "./session";
import type { Stage } from "./standing-stage";
import { SCENES, type Scene } from "./standings";

/** What customers read in every state of a subscription that an operator, a bank or time brings about. */
const test = base.extend<{ stage: Stage }, { own: Awaited<ReturnType<typeof startOwnStack>> }>({
  own: [
    async ({ browserName: _ }, use) => {
      const own = await startOwnStack({ afterLastRetry: "unpaid" });
      await use(own);
      await own.stop();
    },
    { scope: "worker", timeout: 180_000 },
  ],
  stage: async ({ world, context, goTo }, use) => {
    await use({
      db: world.db,
      stripe: world.stripe,
      goTo,
      arrive: async (options = {}) => {
        const made = await makeCustomer(world.db, world.stripe, { plan: "free", day: 1, ...options });
        await enter(context, world.facts, made);
        return made;
      },
    });
  },
});

const anywhere = (page: Page, words: RegExp) => page.getByText(words).filter({ visible: true });
const link = (page: Page, name: string | RegExp) =>
  page.getByRole("link", { name, exact: true }).or(button(page, name));

/** Events take a moment: the page is read again until it says so. */
async function open(page: Page, path: string, words: RegExp): Promise<void> {
  await expect(async () => {
    await page.goto(path);
    await expect(anywhere(page, words).first()).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
}

function sceneOf(name: string): Scene {
  const scene = SCENES.find((each) => each.name === name);
  if (!scene) throw new Error(`no scene is called ${name}`);
  return scene;
}

async function expectTold(page: Page, { says, plan, offers = [], mayBuy, saysInstead = says }: Scene) {
  await open(page, OVERVIEW, says);
  await expect(figure(page, "Plan and payment", "Plan").locator("dd")).toHaveText(plan);
  for (const name of offers) await expect(link(page, name).first()).toBeVisible();
  await open(page, PLANS, says);
  for (const name of offers) await expect(link(page, name).first()).toBeVisible();
  // What the others show is made of the same parts.
  if (offers.length > 0 || !mayBuy) await expectAccessible(page);
  await page.setViewportSize({ width: 1360, height: 900 });
  await page.goto(BUY_CREDIT);
  await expect(button(page, "Proceed to Payment")).toHaveCount(mayBuy ? 1 : 0);
  if (!mayBuy) await expect(anywhere(page, saysInstead).first()).toBeVisible();
}

/** One of each kind of sentence in every run; all of them with `EVERY_STANDING=1`. What is told is held for all by `standing.db.test.ts`. */
const SAMPLES = [
  "a trial that ended without a card",
  "collection paused, the period over",
  "a price that was never known",
  "raised at once with prorations",
  "canceled at once",
];

for (const scene of process.env.EVERY_STANDING ? SCENES : SAMPLES.map(sceneOf)) {
  test(`the pages tell of ${scene.name}`, async ({ page, stage }) => {
    test.slow();
    await scene.make(stage);
    await expectTold(page, scene);
    // Somebody with a live subscription is never offered a second one.
    await page.goto(PLANS);
    const isFree = /^\/\^Free/.test(String(scene.plan));
    await expect(button(page, /^Choose /)).toHaveCount(isFree ? 2 : 0);
  });
}

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("what is unpaid to the last try is paid, and then the older invoice", async ({ page, stage }) => {
    test.slow();
    const scene = sceneOf("unpaid to the last try, and the month after");
    await scene.make(stage);
    await open(page, PLANS, scene.says);
    await open(page, PLANS, /Your plan is on hold/); // Told of by a later event, and this page does not look by itself.
    await page.getByRole("radio", { name: /•••• 4242/ }).check();
    await button(page, PAY).click();
    await expect(page).toHaveURL(PLAN_PAYMENT_URL);
    await expect(page.getByText(/\$299\.00 was paid with Visa •••• 4242\./)).toBeVisible();
    await open(page, PLANS, /^Also unpaid: an older invoice for your plan$/);
    await page.getByRole("radio", { name: /•••• 4242/ }).check();
    await button(page, PAY).click();
    await expect(page.getByText(/\$299\.00 was paid with Visa •••• 4242\./)).toBeVisible();
    await page.goto(PLANS);
    await expect(page.getByText(/unpaid/i)).toHaveCount(0);
  });

  test("a first payment that is missing is made, and the plan begins", async ({ page, stage }) => {
    const scene = sceneOf("a first payment that is missing");
    await scene.make(stage);
    await open(page, BUY_CREDIT, scene.says);
    await page.getByRole("radio", { name: /•••• 4242/ }).check();
    await button(page, PAY).click();
    await expect(page.getByText(/\$299\.00 was paid with Visa •••• 4242\./)).toBeVisible();
    await page.goto(OVERVIEW);
    await expect(figure(page, "Plan and payment", "Plan")).toContainText("Starter, $299 a month");
  });

  test("a first payment that is missing is dropped for another plan", async ({ page, stage }) => {
    const scene = sceneOf("a first payment that is missing");
    const who = await scene.make(stage);
    await open(page, PLANS, scene.says);
    await button(page, "Choose Premium").click();
    await expect(page.getByText(/\$499\.00/).first()).toBeVisible();
    const customer = (await stage.stripe.paymentMethods.retrieve(who.cardIds[0] ?? "")).customer;
    const { data } = await stage.stripe.subscriptions.list({ customer: String(customer), status: "all" });
    expect(data.map(({ status }) => status)).toEqual(["incomplete_expired"]);
  });

  test("a trial without a card gets one", async ({ page, stage }) => {
    const scene = sceneOf("a trial without a card");
    await scene.make(stage);
    await open(page, PLANS, scene.says);
    await button(page, "Add card").first().click();
    await saveCard(page, "4242 4242 4242 4242");
    await open(page, PLANS, /Your plan begins then: \$299\.00 is charged to Visa •••• 4242\./);
  });
});
