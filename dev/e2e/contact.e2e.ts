import { button, heading, PLANS } from "./pages";
import { expect, test } from "./test";

const CONTACT = `${PLANS}/contact`;

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? "on" : "off"}`, () => {
    test.use({ javaScriptEnabled });

    test("a Custom plan is asked for: what is missing is said, what was sent is shown, and a person is mailed", async ({
      page,
      buyer,
      world,
    }) => {
      const { email } = await buyer({ plan: "free", cards: [] });
      await page.goto(PLANS);
      await page.getByRole("link", { name: "Contact sales", exact: true }).click();
      await expect(heading(page, "Ask for a Custom plan")).toBeVisible();
      await expect(page.getByRole("main").getByText(email)).toBeVisible();
      const message = page.getByLabel("What do you need?");
      await page.getByLabel("Company (optional)").fill("Ünïcode & Sons <script>");
      await message.evaluate((field) => field.removeAttribute("minlength"));
      await message.fill("Hi");
      await button(page, "Send request").click();
      await expect(message).toHaveAttribute("aria-invalid", "true");
      await expect(page.getByLabel("Company (optional)")).toHaveValue("Ünïcode & Sons <script>");

      await message.fill("A billion credits a month for ninety people.\nWhat would that cost?");
      await button(page, "Send request").click();
      await expect(page.getByText("We have your request.")).toBeVisible();
      await expect(page).toHaveURL(/\/contact\?sent=/);
      await expect(page.getByRole("region", { name: "What you sent" })).toContainText("A billion credits");
      await expect(page.getByRole("region", { name: "What you sent" })).toContainText("<script>");
      /** The mails that name this person: of another's the subjects are the same. */
      const theirs = async () => {
        const inbox = await (await page.request.get(world.facts.inboxUrl)).text();
        return inbox
          .split("<article>")
          .filter((mail) => mail.includes(email))
          .join("");
      };
      await expect.poll(theirs).toContain("Custom plan: Ünïcode &amp; Sons &lt;script&gt;");
      await expect.poll(theirs).toContain("We have your request for a Custom plan");
    });
  });
}

test("what one account asked for is nothing to another", async ({ page, buyer }) => {
  await buyer({ plan: "free", cards: [] });
  await page.goto(CONTACT);
  await page.getByLabel("What do you need?").fill("Something only we may know of.");
  await button(page, "Send request").click();
  await expect(page.getByText("We have your request.")).toBeVisible();
  const sent = page.url();
  await buyer({ plan: "free", cards: [] });
  await page.goto(sent);
  await expect(heading(page, "Ask for a Custom plan")).toBeVisible();
  await expect(page.getByText("Something only we may know of.")).toHaveCount(0);
});
