import { createSign } from "../../lib/mail/sign";
import { unsubscribeUrl } from "../../lib/mail/unsubscribe";
import { BUY_CREDIT, button, card, confirm, heading } from "./pages";
import { expect, test } from "./test";

test("a purchase is in the inbox as text and HTML, with a link back to the order", async ({
  page,
  buyer,
  world,
}) => {
  const { email } = await buyer();
  await page.goto(BUY_CREDIT);
  await card(page, "$500").check();
  await button(page, "Proceed to Payment").click();
  await confirm(page);
  await expect(heading(page, "Payment received")).toBeVisible();
  const orderUrl = page.url();

  await page.goto(world.facts.inboxUrl);
  const mail = page
    .getByRole("article")
    .filter({ hasText: email })
    .filter({ hasText: /Receipt for \$500\.00: 40,000,000 credits \(CR-/ });
  await expect(async () => {
    await page.reload();
    await expect(mail).toHaveCount(1);
  }).toPass({ timeout: 30_000 });
  await expect(mail).toContainText("Visa •••• 4242");
  await expect(mail).toContainText(`/documents/orders/${orderUrl.split("/").at(-1)}`);
  await mail.getByRole("link", { name: "As HTML" }).click();
  await expect(page.getByRole("heading", { name: "Paid: 40,000,000 credits for $500.00" })).toBeVisible();
  await expect(page.getByRole("link", { name: "See the invoice" })).toBeVisible();
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a mail's link switches its kind off without signing in, and Profile switches it on again", async ({
      page,
      buyer,
      browser,
      world,
    }) => {
      const { userId } = await buyer();
      const { page: link, oneClick } = unsubscribeUrl(
        world.facts.url,
        { userId, topic: "low_credits" },
        createSign(world.facts.authSecret),
      );
      const off = async () => {
        const [row] = await world.owner<{ n: number }[]>`
          select count(*)::int as n from mail_opt_outs where user_id = ${userId}`;
        return row?.n;
      };
      const stranger = await browser.newPage();
      await stranger.goto(link);
      await expect(stranger.getByRole("heading", { name: "Stop these e-mails?" })).toBeVisible();
      expect(await off()).toBe(0);
      await stranger.getByRole("button", { name: "Stop these e-mails" }).click();
      await expect(stranger.getByRole("heading", { name: "These e-mails are stopped" })).toBeVisible();
      expect(await off()).toBe(1);

      await page.goto("/settings/profile");
      const box = page.getByRole("checkbox", { name: "credits that run low" });
      await expect(box).not.toBeChecked();
      await box.check();
      await page.getByRole("button", { name: "Save e-mail choices" }).click();
      await expect(page.getByText("Your e-mail choices are saved.")).toBeVisible();
      expect(await off()).toBe(0);

      expect((await stranger.request.get(oneClick)).status()).toBe(405);
      expect(await off()).toBe(0);
      const form = { "List-Unsubscribe": "One-Click" };
      expect(
        (await stranger.request.post(oneClick.replace(/proof=.{4}/, "proof=AAAA"), { form })).status(),
      ).toBe(400);
      expect(await off()).toBe(0);
      const done = await stranger.request.post(oneClick, { form, maxRedirects: 0 });
      expect(done.status()).toBe(200);
      expect(await off()).toBe(1);
      await stranger.close();
    });
  });
}
