import { PASSWORD } from "./customers";
import { captureForm, decode, sendForm } from "./forge";
import { button, fillSignIn, HISTORY, heading, OVERVIEW, signIn } from "./pages";
import { expectSecurityEvent } from "./security-events";
import { cookieOf } from "./session";
import { expect, test } from "./test";

const WRONG = "Wrong e-mail or password. Check both and try again.";

test("a wrong password and an unknown e-mail read exactly the same", async ({ page, customer }) => {
  const { email } = await customer();
  await signIn(page, email, "not-the-password");
  await expect(page.getByText(WRONG)).toBeFocused();
  await expect(page.getByLabel("E-mail")).toHaveValue(email);
  await expect(page.getByLabel("Password")).toHaveValue("");
  await signIn(page, "nobody-at-all@example.com", "not-the-password");
  await expect(page.getByText(WRONG)).toBeVisible();
  await fillSignIn(page, email, PASSWORD);
  await expect(page).toHaveURL(OVERVIEW);
});

test("after ten wrong passwords of strangers the right one still opens, here and where it opened before", async ({
  page,
  customer,
  browser,
  world,
}) => {
  const { facts } = world;
  const { email } = await customer();
  const known = await browser.newPage({ baseURL: facts.url });
  await signIn(known, email);
  await expect(known).toHaveURL(OVERVIEW);
  await button(known, "Sign out").click();
  await expect(heading(known, "Sign in")).toBeVisible();
  const form = await captureForm(facts, "/sign-in", undefined, "Sign in");
  for (let guess = 0; guess < 11; guess += 1) {
    const sent = await sendForm(facts, form, {}, { email, password: `guess-${guess}` });
    expect(decode(sent.html)).toContain(WRONG);
  }
  await fillSignIn(known, email);
  await expect(known).toHaveURL(OVERVIEW);
  await known.close();
  await signIn(page, email);
  await expect(page).toHaveURL(OVERVIEW, { timeout: 30_000 });
  await expectSecurityEvent(world, "sign_in_failed");
  await expectSecurityEvent(world, "sign_in_slowed");
  await expectSecurityEvent(world, "new_browser");
});

test("from a page that needs it to sign-in and back to that page", async ({ page, customer }) => {
  const { email } = await customer();
  await page.goto(HISTORY);
  await expect(page).toHaveURL(/\/sign-in\?callbackUrl=/);
  await fillSignIn(page, email);
  await expect(page).toHaveURL(HISTORY);
});

test("signing in never leads to another site", async ({ page, customer, world: { facts } }) => {
  const { email } = await customer();
  const elsewhere = [
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "/%2f/evil.example",
    "/%5cevil.example",
    "\thttps://evil.example",
    "/\t/evil.example",
    "javascript:alert(1)",
    "/sign-in",
    "/settings/../../evil.example",
    "http:evil.example",
    `${facts.url}@evil.example`,
  ];
  for (const callbackUrl of elsewhere) {
    const path = `/sign-in?callbackUrl=${encodeURIComponent(callbackUrl)}`;
    const form = await captureForm(facts, path, undefined, "Sign in");
    expect(Object.fromEntries(form.fields).callbackUrl, callbackUrl).toBe(OVERVIEW);
    // Nor when the hidden field says so.
    const sent = await sendForm(facts, form, {}, { email, password: PASSWORD, callbackUrl });
    expect([sent.status, sent.location], callbackUrl).toEqual([303, OVERVIEW]);
  }
  await page.goto(`/sign-in?callbackUrl=${encodeURIComponent("//evil.example")}`);
  await fillSignIn(page, email);
  await expect(page).toHaveURL(facts.url + OVERVIEW);
});

test("signing in from another site, or without an origin, is refused", async ({
  customer,
  world: { facts },
}) => {
  const { email } = await customer();
  const form = await captureForm(facts, "/sign-in", undefined, "Sign in");
  for (const origin of ["https://evil.example", "null", null]) {
    const sent = await sendForm(facts, form, { origin }, { email, password: PASSWORD });
    expect(sent.location, `Origin: ${origin}`).toBeNull();
  }
});

test("signing out ends the session, also for the back button and for a copy of its cookie", async ({
  page,
  customer,
  context,
}) => {
  const { email } = await customer();
  await signIn(page, email);
  await expect(page).toHaveURL(OVERVIEW);
  const copy = await context.cookies();
  await button(page, "Sign out").click();
  await expect(heading(page, "Sign in")).toBeVisible();
  await page.goto(OVERVIEW);
  await expect(page).toHaveURL(/\/sign-in/);
  await context.addCookies(copy);
  await page.goto(OVERVIEW);
  await expect(page).toHaveURL(/\/sign-in/);
});

test("no script can read our cookies but the one it writes, and other sites' requests do not bring them", async ({
  page,
  customer,
  context,
}) => {
  const { email } = await customer();
  await signIn(page, email);
  await expect(page).toHaveURL(OVERVIEW);
  const cookies = await context.cookies();
  expect(cookies.map(({ name }) => name).sort()).toEqual([
    "next-auth.session-token",
    "refill.browser",
    "refill.time-zone",
  ]);
  for (const { name, httpOnly, sameSite, path } of cookies)
    expect({ httpOnly, sameSite, path }).toEqual({
      httpOnly: name !== "refill.time-zone",
      sameSite: "Lax",
      path: "/",
    });
});

test.describe("a session in another browser", () => {
  test("is listed on Profile and ends by itself, or with all others", async ({
    page,
    buyer,
    browser,
    world,
  }) => {
    const { email, userId } = await buyer();
    const userAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
    const others = [
      await browser.newPage({ baseURL: world.facts.url, userAgent }),
      await browser.newPage({ baseURL: world.facts.url, javaScriptEnabled: false }),
      await browser.newPage({ baseURL: world.facts.url }),
    ] as const;
    for (const other of others) {
      await signIn(other, email);
      await expect(other).toHaveURL(OVERVIEW);
    }
    await world.owner`update sessions set last_seen_at = now() - interval '10 minutes' where user_id = ${userId}`;
    await page.goto("/settings/profile");
    const seen = () =>
      world.owner`select 1 from sessions where user_id = ${userId} and last_seen_at > now() - interval '5 minutes'`;
    // The others' open pages may ask for something meanwhile, too.
    await expect.poll(async () => (await seen()).length).toBeGreaterThan(0);
    const listed = page.getByRole("region", { name: "Sessions" }).getByRole("listitem");
    await expect(listed).toHaveCount(4);
    await expect(listed.filter({ hasText: "This browser" })).toHaveCount(1);
    await listed.filter({ hasText: "Firefox on Windows" }).getByRole("button").click();
    await expect(page.getByText("That session has ended")).toBeVisible();
    await expect(listed).toHaveCount(3);
    await others[0].goto(HISTORY);
    await expect(others[0]).toHaveURL(/\/sign-in/);
    await others[1].goto("/settings/profile");
    await button(others[1], "Sign out everywhere else").click();
    await expect(others[1].getByText("You are signed out everywhere else.")).toBeVisible();
    await expect(others[1].getByRole("region", { name: "Sessions" }).getByRole("listitem")).toHaveCount(1);
    for (const over of [page, others[2]]) {
      await over.goto(HISTORY);
      await expect(over).toHaveURL(/\/sign-in/);
    }
    for (const other of others) await other.close();
  });

  test("that was copied makes no browser known", async ({ customer, world }) => {
    const { facts } = world;
    const made = await customer();
    await cookieOf(facts, made); // Another browser's, which is ended.
    const cookie = await cookieOf(facts, made);
    const form = await captureForm(facts, "/settings/profile", cookie, "Sign out everywhere else");
    const body = new FormData();
    for (const [name, value] of form.fields) body.append(name, value);
    const answer = await fetch(`${facts.url}/settings/profile`, {
      method: "POST",
      headers: { Cookie: cookie, Origin: facts.url },
      body,
      redirect: "manual",
    });
    const names = answer.headers.getSetCookie().map((each) => each.split("=")[0]);
    expect(names).toEqual([expect.stringContaining("session-token")]);
  });

  test("ends with Sign out everywhere", async ({ page, buyer, browser, world }) => {
    const { email } = await buyer();
    const other = await browser.newPage({ baseURL: world.facts.url });
    await signIn(other, email);
    await expect(other).toHaveURL(OVERVIEW);
    await page.goto("/settings/profile");
    await button(page, "Sign out everywhere").click();
    await expect(heading(page, "Sign in")).toBeVisible();
    await other.goto(HISTORY);
    await expect(other).toHaveURL(/\/sign-in/);
    await other.close();
  });

  test("ends when the password is changed, and this one goes on", async ({ page, buyer, browser, world }) => {
    const { email } = await buyer();
    const other = await browser.newPage({ baseURL: world.facts.url });
    await signIn(other, email);
    await expect(other).toHaveURL(OVERVIEW);
    await page.goto("/settings/profile");
    await page.getByLabel("Current password").fill(PASSWORD);
    await page.getByLabel("New password").fill("password123");
    await button(page, "Change password").click();
    await expect(page.getByLabel("New password")).toHaveAccessibleDescription(
      /^This is one of the first passwords an attacker would try/,
    );
    await page.getByLabel("Current password").fill(PASSWORD);
    await page.getByLabel("New password").fill("another-good-password");
    await button(page, "Change password").click();
    await expect(
      page.getByText("Your password is changed. You are signed out everywhere else."),
    ).toBeVisible();
    await other.goto(OVERVIEW);
    await expect(other).toHaveURL(/\/sign-in/);
    await fillSignIn(other, email, "another-good-password");
    await expect(other).toHaveURL(OVERVIEW);
    await page.goto(HISTORY);
    await expect(page).toHaveURL(HISTORY);
    await other.close();
  });
});

test("somebody who was disabled is out at the next request, and cannot come back", async ({
  page,
  buyer,
  world: { owner },
}) => {
  const { userId, email } = await buyer();
  await page.goto(OVERVIEW);
  await expect(page).toHaveURL(OVERVIEW);
  await owner`update users set disabled_at = now() where id = ${userId}`;
  await page.reload();
  await expect(page).toHaveURL(/\/sign-in/);
  await fillSignIn(page, email);
  await expect(page.getByText(WRONG)).toBeVisible();
});

test("a cookie somebody made up is nobody's session", async ({ context, page, world: { facts } }) => {
  for (const value of ["x", "eyJhbGciOiJkaXIifQ..a.b.c", "a".repeat(5_000).slice(0, 4_000)]) {
    await context.addCookies([{ name: "next-auth.session-token", value, url: facts.url }]);
    await page.goto(OVERVIEW);
    await expect(page).toHaveURL(/\/sign-in/);
  }
});
