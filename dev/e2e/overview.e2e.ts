import { memberships, users } from "../../db/schema";
import { newId } from "../../lib/ids";
import { button, CARDS, expectCredits, figure, HISTORY, heading, OVERVIEW, PLANS } from "./pages";
import { expect, test } from "./test";

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled });

    test("Refresh reads the balance again", async ({ page, buyer }) => {
      const customer = await buyer();
      await page.goto(OVERVIEW);
      await expectCredits(figure(page, "Credit Usage", "Remaining"), 24_000_000n);
      await customer.spend(1_234_567n);
      await button(page, "Refresh").click();
      await expectCredits(figure(page, "Credit Usage", "Used"), 1_234_567n);
      await expectCredits(figure(page, "Credit Usage", "Remaining"), 22_765_433n);
      await customer.spend(765_433n);
      await button(page, "Refresh").click();
      await expectCredits(figure(page, "Credit Usage", "Remaining"), 22_000_000n);
    });
  });
}

test("an open page looks again at the instant at which its cycle ends", async ({ page, buyer }) => {
  await buyer({ day: 11 });
  await page.clock.install();
  await page.goto(OVERVIEW);
  await expect(button(page, "Refresh")).toBeVisible();
  const read = page.waitForRequest((request) => request.headers().rsc === "1");
  await page.clock.fastForward(20 * 86_400_000);
  await read;
});

test("a member may look and is told who may buy, by name where there is one", async ({
  page,
  buyer,
  world,
}) => {
  const { accountId } = await buyer({ role: "member", spent: 1_000_000n });
  await page.goto(OVERVIEW);
  await expectCredits(figure(page, "Credit Usage", "Remaining"), 23_000_000n);
  await expect(page.getByRole("link", { name: "Manage cards" })).toHaveCount(0);
  await page.getByRole("link", { name: "Buy Credit", exact: true }).click();
  await expect(
    page.getByText("only an owner or billing member of your account can buy credits. Ask an owner"),
  ).toBeVisible();
  await expect(button(page, "Proceed to Payment")).toHaveCount(0);
  const userId = newId();
  await world.db.insert(users).values({ id: userId, email: `${userId}@example.com`, name: "Ada Lovelace" });
  await world.db.insert(memberships).values({ accountId, userId, role: "owner" });
  for (const path of [OVERVIEW, PLANS, CARDS]) {
    await page.goto(path);
    await expect(page.getByText(/only an owner or billing member .+ Ask Ada Lovelace\./)).toBeVisible();
  }
});

test("History says what became of credits; its two lists are turned one without the other", async ({
  page,
  buyer,
}) => {
  await buyer({ spent: 1_000_000n });
  await page.goto(HISTORY);
  const [orders, credits] = [
    page.getByRole("region", { name: "Orders" }),
    page.getByRole("region", { name: "Credits added" }),
  ];
  await expect(orders).toContainText("You have not ordered anything yet.");
  await expect(credits.getByRole("row").nth(1)).toContainText("Starter plan");
  await expect(credits.locator("[data-credits='23000000']")).toBeVisible();
  const oldest = "0".repeat(32);
  await page.goto(`${HISTORY}?orders=0.ord_${oldest}&credits=grt_${oldest}`);
  await expect(orders).toContainText("There are no older orders.");
  await expect(credits).toContainText("There are no older ones.");
  await credits.getByRole("link", { name: "Newest" }).click();
  await expect(credits.getByRole("row")).toHaveCount(2);
  await expect(orders).toContainText("There are no older orders.");
});

test("an address that is none keeps the shell", async ({ page, buyer }) => {
  await buyer();
  for (const path of ["/settings/nothing", `${HISTORY}/nothing`]) {
    expect((await page.goto(path))?.status()).toBe(404);
    await expect(heading(page, "There is nothing here")).toBeVisible();
    await expect(button(page, "Sign out")).toBeVisible();
  }
});
