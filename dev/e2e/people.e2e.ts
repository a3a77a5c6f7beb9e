import type { Page } from "@playwright/test";
import { Secret, TOTP } from "otpauth";
import { toPublicId } from "../../lib/ids";
import { expectAccessible } from "./accessible";
import { PASSWORD } from "./customers";
import { captureForm, decode, sendForm } from "./forge";
import { BUY_CREDIT, button, fillSignIn, heading, OVERVIEW } from "./pages";
import {
  addColleague,
  COLLEAGUES,
  forgetTries,
  mailedPath,
  PROFILE,
  pathOfInvitation,
  pathOfLink,
} from "./people";
import { expectSecurityEvent } from "./security-events";
import { cookieOf, enter } from "./session";
import { expect, test, type World } from "./test";

const NEW_PASSWORD = "another-fine-horse";
const SENT = /^If an account uses that e-mail address, we have sent a link to it/;

test.beforeEach(({ world }) => forgetTries(world));

async function forgot(page: Page, email: string): Promise<void> {
  await page.goto("/sign-in");
  await page.getByRole("link", { name: "Forgot your password?" }).click();
  await page.getByLabel("E-mail").fill(email);
  await button(page, "Send the link").click();
  await expect(page.getByText(SENT)).toBeFocused();
}

async function choose(page: Page, password = NEW_PASSWORD): Promise<void> {
  await page.getByLabel("New password").fill(password);
  await button(page, "Save the new password").click();
}

for (const javaScriptEnabled of [false, true]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("a forgotten password is replaced by a mailed link, once", async ({ page, buyer, world }) => {
      const { email } = await buyer();
      const elsewhere = page.context();
      await page.goto(OVERVIEW);
      await button(page, "Sign out").click();
      await forgot(page, email);
      const path = await mailedPath(world, email, "/reset-password");
      await page.goto(path);
      await expect(page.getByText(email)).toBeVisible();
      await choose(page, "short");
      await expect(page.getByLabel("New password")).toHaveAccessibleDescription(
        /^Use at least 10 characters/,
      );
      await choose(page);
      await expect(page.getByText(/^Your new password is saved/)).toBeVisible();
      await fillSignIn(page, email);
      await expect(
        page.getByText(/^That e-mail and password do not|^Wrong e-mail or password/),
      ).toBeVisible();
      await fillSignIn(page, email, NEW_PASSWORD);
      await expect(page).toHaveURL(OVERVIEW);
      await page.goto(path);
      await expect(heading(page, "This link no longer works")).toBeVisible();
      await page.goto(`${PROFILE}/sign-ins`);
      await expect(page.getByText("Password reset with an e-mailed link")).toBeVisible();
      expect(elsewhere).toBeDefined();
    });

    test("a new e-mail address counts once its link was used, and the old one can take it back", async ({
      page,
      buyer,
      world,
    }) => {
      const { email, userId } = await buyer();
      const next = `new-${email}`;
      await page.goto(PROFILE);
      await page.getByLabel("New e-mail").fill(next);
      await page.getByLabel("Your password").fill("wrong-horse");
      await button(page, "Change e-mail").click();
      await expect(page.getByLabel("Your password")).toHaveAccessibleDescription(
        "That is not your password.",
      );
      await expect(page.getByLabel("New e-mail")).toHaveValue(next);
      await page.getByLabel("Your password").fill(PASSWORD);
      await button(page, "Change e-mail").click();
      await expect(page.getByText(`We sent a link to ${next}.`)).toBeVisible();
      const [user] = await world.owner`select email from users where id = ${userId}`;
      expect(user?.email).toBe(email);

      await page.goto(await mailedPath(world, next, "/confirm-email"));
      await button(page, "Use this address").click();
      await expect(page.getByText(/^Your e-mail address is changed/)).toBeVisible();
      await expect(page.locator("#email").getByText(next, { exact: true })).toBeVisible();

      await page.goto(await mailedPath(world, email, "/undo-email"));
      await expect(heading(page, "Was this not you?")).toBeVisible();
      await button(page, "It was not me: undo it").click();
      await expect(heading(page, "Choose a new password")).toBeVisible();
      await choose(page);
      await fillSignIn(page, email, NEW_PASSWORD);
      await expect(page).toHaveURL(OVERVIEW);
    });

    test("a colleague is invited, joins, is given a role, and is removed", async ({
      page,
      buyer,
      browser,
      world,
    }) => {
      const owner = await buyer({ name: "Olga Owner" });
      const email = `colleague-${owner.email}`;
      await page.goto(COLLEAGUES);
      await page.getByLabel("E-mail").fill("no address");
      await button(page, "Send invitation").click();
      await expect(page.getByLabel("E-mail")).toHaveAccessibleDescription(/^Enter an e-mail address/);
      await page.getByLabel("E-mail").fill(email);
      await button(page, "Send invitation").click();
      await expect(page.getByText(/^The invitation is on its way/)).toBeVisible();
      await expect(page.locator("#invitations").getByText(email, { exact: true })).toBeVisible();

      const context = await browser.newContext({ baseURL: world.facts.url, javaScriptEnabled });
      const theirs = await context.newPage();
      const path = await mailedPath(world, email, "/join");
      await theirs.goto(path);
      await theirs.goto(path); // A mail scanner's look uses nothing up.
      await theirs.getByLabel("Your name").fill("Milo Neu");
      await theirs.getByLabel("Choose a password").fill("password123456");
      await button(theirs, "Join").click();
      await expect(theirs.getByLabel("Choose a password")).toHaveAccessibleDescription(
        /an attacker would try/,
      );
      await expect(theirs.getByLabel("Your name")).toHaveValue("Milo Neu");
      await theirs.getByLabel("Choose a password").fill(NEW_PASSWORD);
      await button(theirs, "Join").click();
      await expect(theirs).toHaveURL(OVERVIEW);
      await theirs.goto(COLLEAGUES);
      await expect(heading(theirs, "You are a member of this account")).toBeVisible();
      await expect(theirs.getByText("For anything else, ask Olga Owner.")).toBeVisible();
      await expect(theirs.locator("#invite")).toHaveCount(0);
      await theirs.goto(BUY_CREDIT);
      await expect(button(theirs, "Proceed to Payment")).toHaveCount(0);

      await page.goto(COLLEAGUES);
      await page.getByRole("link", { name: "Change Milo Neu" }).click();
      await expect(heading(page, "Milo Neu")).toBeVisible(); // The page before has such a field, too.
      await page.getByRole("combobox", { name: "Role", exact: true }).selectOption("billing");
      await button(page, "Save role").click();
      await expect(page.getByText("The role is changed, from now on.")).toBeVisible();
      await theirs.goto(BUY_CREDIT);
      await expect(button(theirs, "Proceed to Payment")).toBeVisible();

      await page.getByRole("link", { name: "Change Milo Neu" }).click();
      await button(page, "Remove Milo Neu").click();
      await expect(page.getByText("They are removed, and signed out of this account.")).toBeVisible();
      await theirs.goto(BUY_CREDIT);
      await expect(theirs).toHaveURL(/\/sign-in/);
      await fillSignIn(theirs, email, NEW_PASSWORD);
      await expect(theirs.getByText(/^You no longer belong to an account/)).toBeVisible();
      await theirs.goto(path);
      await expect(heading(theirs, "This invitation is over")).toBeVisible();
      await context.close();
      await expectSecurityEvent(world, "member_joined");
      await expectSecurityEvent(world, "member_removed");
      await expectSecurityEvent(world, "invitation_made");
    });

    test("somebody who has an account signs in to join another, and switches between them", async ({
      page,
      customer,
      world,
    }) => {
      const owner = await customer();
      const person = await customer();
      const path = await pathOfInvitation(world, owner, person.email);
      await page.goto(path);
      await page.getByRole("link", { name: "Sign in to join" }).click();
      await fillSignIn(page, person.email);
      await expect(page).toHaveURL(/\/join\?token=/);
      await button(page, "Join").click();
      await expect(page).toHaveURL(OVERVIEW);
      await page.goto(PROFILE);
      const accounts = page.locator("#accounts");
      await expect(accounts.locator("li", { hasText: owner.email })).toContainText("Now");
      await button(page, `Switch to Account of ${person.email}`).click();
      await expect(page.getByText("You are now using this account.")).toBeVisible();
      await expect(accounts.locator("li", { hasText: person.email })).toContainText("Now");
    });
  });
}

test("the only owner can neither be demoted nor leave; with another one they can", async ({
  page,
  buyer,
  world,
}) => {
  const owner = await buyer();
  const self = `${COLLEAGUES}/person?id=${toPublicId("user", owner.userId)}`;
  await page.goto(self);
  await page.getByRole("combobox", { name: "Role", exact: true }).selectOption("member");
  await button(page, "Save role").click();
  await expect(page.getByText(/^This is the only owner/)).toBeVisible();
  await button(page, "Leave").click();
  await expect(page.getByText(/^This is the only owner/)).toHaveCount(2);
  await addColleague(world, owner, "owner");
  await page.goto(self);
  await button(page, "Leave").click();
  await expect(page.getByText("You left the account, and are signed out.")).toBeVisible();
});

test("an invitation is not for whoever else is signed in", async ({ page, buyer, customer, world }) => {
  const { email } = await buyer();
  const owner = await customer();
  await page.goto(await pathOfInvitation(world, owner, `other-${email}`));
  await page.goto(await pathOfInvitation(world, owner, (await customer()).email));
  await expect(page.getByText("but this invitation is for somebody else")).toBeVisible();
  await expect(button(page, "Join")).toHaveCount(0);
});

test("after a reset the second factor is still asked for", async ({ page, buyer, world }) => {
  const { email, userId } = await buyer();
  await page.goto(`${PROFILE}/second-factor`);
  await page.getByLabel("Password").fill(PASSWORD);
  await button(page, "Continue").click();
  const secret = (await page.locator("code").innerText()).replaceAll(" ", "");
  await page.getByLabel("Code", { exact: true }).fill(TOTP.generate({ secret: Secret.fromBase32(secret) }));
  await button(page, "Turn on").click();
  await expect(page.locator("#codes li")).toHaveCount(10);
  await page.goto(await pathOfLink(world, { purpose: "reset_password", userId, email, version: 2 }));
  await choose(page);
  await fillSignIn(page, email, NEW_PASSWORD);
  await expect(heading(page, "Second factor")).toBeVisible();
  await page.goto(OVERVIEW);
  await expect(page).toHaveURL(/\/sign-in/);
});

/** What a form of "Forgot your password?" comes back with, beside what is another each time. */
async function answerFor({ facts }: World, email: string): Promise<{ status: number; text: string }> {
  const form = await captureForm(facts, "/forgot-password", undefined, "Send the link");
  const { status, html } = await sendForm(facts, form, {}, { email });
  const text = decode(html.replace(/<script[\s\S]*?<\/script>/g, "")).replaceAll(email, "…");
  return { status, text: text.replace(/<[^>]*>/g, " ").replace(/\s+/g, " ") };
}

test("nobody learns from “Forgot your password?” who has an account, not even by the limit", async ({
  customer,
  world,
}) => {
  const known = (await customer()).email;
  const unknown = `nobody-${known}`;
  for (let times = 0; times < 4; times += 1) {
    expect(await answerFor(world, known)).toEqual(await answerFor(world, unknown));
  }
  await expectSecurityEvent(world, "password_reset_asked");
});

test("pages behind mailed links tell no other page where they came from, and use our address", async ({
  customer,
  world,
  page,
}) => {
  const { userId, email } = await customer();
  const path = await pathOfLink(world, { purpose: "reset_password", userId, email, version: 1 });
  const answer = await fetch(world.facts.url + path, { headers: { "X-Forwarded-Host": "evil.example" } });
  expect(answer.headers.get("referrer-policy")).toBe("strict-origin");
  expect(await answer.text()).not.toContain("evil.example");
  const referers: string[] = [];
  page.on("request", (request) => referers.push(request.headers().referer ?? ""));
  await page.goto(path);
  await choose(page);
  await expect(page.getByText(/^Your new password is saved/)).toBeVisible();
  expect(referers.filter((each) => each.includes("token"))).toEqual([]);
  const form = await captureForm(world.facts, "/forgot-password", undefined, "Send the link");
  await sendForm(world.facts, form, {}, { email });
  await mailedPath(world, email, `${world.facts.url}/reset-password`.replace(/[.]/g, "\\."));
});

test("another account's people can be neither seen nor changed", async ({ customer, world }) => {
  const owner = await customer();
  const victim = await customer();
  const member = await addColleague(world, victim, "member", "Vera Victim");
  const cookie = await cookieOf(world.facts, owner);
  const id = toPublicId("user", member.userId);
  const look = await fetch(`${world.facts.url}${COLLEAGUES}/person?id=${id}`, {
    headers: { Cookie: cookie },
    redirect: "manual",
  });
  expect([look.status, await look.text()]).not.toContain("Vera");
  const own = await addColleague(world, owner, "member");
  const path = `${COLLEAGUES}/person?id=${toPublicId("user", own.userId)}`;
  for (const marker of ["Save role", "Remove"]) {
    const form = await captureForm(world.facts, path, cookie, marker);
    await sendForm(
      world.facts,
      form,
      { cookie },
      { person: id, ...(marker === "Save role" && { role: "owner" }) },
    );
  }
  const [role] = await world.owner`select role from memberships where user_id = ${member.userId}`;
  expect(role?.role).toBe("member");
});

test("the pages of people are accessible, in both themes, wide and on a phone", async ({
  page,
  context,
  customer,
  world,
}) => {
  test.slow();
  const owner = await customer({ name: "Olga Owner With A Rather Long Name Of Her Own" });
  const { userId, email } = owner;
  await addColleague(world, owner, "billing", "Bella Billing");
  const reset = await pathOfLink(world, { purpose: "reset_password", userId, email, version: 1 });
  const back = { purpose: "undo_email", userId, email, otherEmail: `new-${email}`, version: null } as const;
  const newcomer = await pathOfInvitation(world, owner, `somebody-with-a-long-address-${email}`);
  for (const path of [
    "/sign-in",
    "/forgot-password",
    reset,
    await pathOfLink(world, back),
    newcomer,
    "/join",
  ]) {
    await page.goto(path);
    await expectAccessible(page);
  }
  await enter(context, world.facts, owner);
  const link = {
    purpose: "confirm_email",
    userId,
    email: `new-${email}`,
    otherEmail: email,
    version: 1,
  } as const;
  const person = `${COLLEAGUES}/person?id=${toPublicId("user", userId)}`;
  for (const path of [COLLEAGUES, person, PROFILE, `${PROFILE}/sign-ins`, await pathOfLink(world, link)]) {
    await page.goto(path);
    await expectAccessible(page);
  }
});
