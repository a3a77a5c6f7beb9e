import type { Page } from "@playwright/test";
import { Secret, TOTP } from "otpauth";
import { expectAccessible } from "./accessible";
import { PASSWORD } from "./customers";
import { button, fillSignIn, HISTORY, heading, OVERVIEW, signIn } from "./pages";
import { expect, test } from "./test";

const PATH = "/settings/profile/second-factor";

/** What the person's app shows so many half minutes from now; the server takes the next one early. */
const codeOf = (secret: string, later = 0): string =>
  TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: Date.now() + later * 30_000 });

async function setUp(page: Page): Promise<{ secret: string; recoveryCodes: string[] }> {
  await page.goto(PATH);
  await page.getByLabel("Password").fill(PASSWORD);
  await button(page, "Continue").click();
  await expect(page.getByRole("img", { name: /^QR code/ })).toBeVisible();
  const secret = (await page.locator("code").innerText()).replaceAll(" ", "");
  await page.getByLabel("Code", { exact: true }).fill(codeOf(secret));
  await button(page, "Turn on").click();
  await expect(page.getByText("Your second factor is on. You are signed out everywhere else.")).toBeVisible();
  const recoveryCodes = await page.locator("#codes li").allInnerTexts();
  expect(recoveryCodes).toHaveLength(10);
  return { secret, recoveryCodes };
}

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a second factor is set up, asked for after the password, and turned off", async ({
    page,
    customer,
  }) => {
    const { email } = await customer();
    await signIn(page, email);
    await expect(page).toHaveURL(OVERVIEW);
    const { secret, recoveryCodes } = await setUp(page);
    // This browser goes on; the codes were shown this once.
    await page.goto(PATH);
    await expect(page.getByText("10 of 10")).toBeVisible();
    await expect(page.getByText(recoveryCodes[0] ?? "")).toHaveCount(0);

    await button(page, "Sign out").click();
    await page.goto(HISTORY);
    await fillSignIn(page, email);
    await expect(heading(page, "Second factor")).toBeVisible();
    // Half signed in is not signed in.
    await page.goto(OVERVIEW);
    await expect(page).toHaveURL(/\/sign-in$/);
    await page.goto(HISTORY);
    await fillSignIn(page, email);
    await page.getByLabel("Code", { exact: true }).fill("000000");
    await button(page, "Continue").click();
    await expect(page.getByLabel("Code", { exact: true })).toHaveAccessibleDescription(
      /^That code is not right/,
    );
    await page.getByLabel("Code", { exact: true }).fill(codeOf(secret, 1));
    await button(page, "Continue").click();
    await expect(page).toHaveURL(HISTORY);

    await button(page, "Sign out").click();
    await signIn(page, email);
    await page.getByRole("link", { name: "Use a recovery code" }).click();
    await page.getByLabel("Recovery code").fill(recoveryCodes[0] ?? "");
    await button(page, "Continue").click();
    await expect(page).toHaveURL(OVERVIEW);

    await page.goto(PATH);
    await expect(page.getByText("9 of 10")).toBeVisible();
    const turnOff = page.getByRole("region", { name: "Turn off" });
    await turnOff.getByLabel("Code", { exact: true }).fill(recoveryCodes[0] ?? "");
    await button(page, "Turn off").click();
    await expect(turnOff.getByLabel("Code", { exact: true })).toHaveAccessibleDescription(
      /^That code is not right/,
    );
    await turnOff.getByLabel("Code", { exact: true }).fill(recoveryCodes[1] ?? "");
    await button(page, "Turn off").click();
    await expect(page.getByText("Your second factor is off.")).toBeVisible();
    await button(page, "Sign out").click();
    await signIn(page, email);
    await expect(page).toHaveURL(OVERVIEW);
  });
});

test("with JavaScript it is the same, and everybody can use its pages", async ({ page, customer }) => {
  const { email } = await customer();
  await signIn(page, email);
  await expect(page).toHaveURL(OVERVIEW);
  await page.goto(PATH);
  await page.getByLabel("Password").fill(PASSWORD);
  await button(page, "Continue").click();
  await expect(button(page, "Turn on")).toBeVisible();
  await expectAccessible(page);
  const secret = (await page.locator("code").innerText()).replaceAll(" ", "");
  await page.getByLabel("Code", { exact: true }).fill(codeOf(secret));
  await page.keyboard.press("Enter");
  await expect(page.locator("#codes li")).toHaveCount(10);
  await expectAccessible(page);
  await button(page, "Sign out").click();
  await signIn(page, email);
  await expect(page.getByLabel("Code", { exact: true })).toBeFocused();
  await expectAccessible(page);
  await page.getByLabel("Code", { exact: true }).fill("000000");
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("Code", { exact: true })).toHaveAccessibleDescription(
    /^That code is not right/,
  );
  await page.getByLabel("Code", { exact: true }).fill(codeOf(secret, 1));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(OVERVIEW);
});
