import { createApiKey } from "../../lib/auth/api-keys";
import { newId, toPublicId } from "../../lib/ids";
import { expectAccessible } from "./accessible";
import { enterDesk } from "./operators";
import { button, heading } from "./pages";
import { expect, test } from "./test";

// Acts about what no page but a list names: an operator comes to them by the list's links, and types no id.

test.describe.configure({ timeout: 120_000 }); // Each page is looked at twice by axe.

const LOW_CREDITS = {
  ...{ level: 5, remaining: "1000", total: "24000000", frozen: "0", owed: "0" },
  ...{ cycleEndsAt: "2030-01-01T00:00:00.000Z", mayBuy: true },
};

test("an API key is found on its account's page and on Keys, and revoked", async ({
  page,
  context,
  world,
  customer,
}) => {
  const victim = await customer();
  const made = await createApiKey(world.db, {
    ...{ name: "Assistant of theirs", scopes: ["read"] },
    onlyAccountId: victim.accountId,
  });
  if (!made.ok) throw new Error(made.error.code);
  const key = toPublicId("apiKey", made.value.id);
  const account = toPublicId("account", victim.accountId);
  await enterDesk(context, world, await customer());
  await page.goto(`/admin/accounts/${account}`);
  const own = page.getByRole("region", { name: "API keys" });
  await expect(own.getByText(key)).toBeVisible();
  await own.getByRole("link", { name: "Keys of every account" }).click();
  await expect(heading(page, "API keys")).toBeVisible();
  await expectAccessible(page);
  const row = page.getByRole("row").filter({ hasText: key });
  await expect(row).toContainText("Assistant of theirs");
  expect(await page.content()).not.toContain(made.value.key.slice(36)); // Nobody has its secret any more.
  await row.getByRole("link", { name: "Revoke" }).click();
  await expect(heading(page, "Revoke an API key")).toBeVisible();
  await expect(page.getByLabel("API key")).toHaveValue(key);
  await button(page, "Show what changes").click();
  await page.getByLabel("Reason").fill("they lost it");
  await button(page, "Revoke an API key").click();
  await expect(page.getByText("Done.", { exact: true })).toBeVisible();
  const [kept] = await world.owner`
    select reason, account_id, subject from operator_acts where kind = 'revoke_key' and subject = ${key}`;
  expect(kept).toMatchObject({ reason: "they lost it", account_id: victim.accountId });
  await page.goto("/admin/keys");
  await expect(row).toContainText("Revoked");
  await expect(row.getByRole("link", { name: "Revoke" })).toHaveCount(0);
});

test("a mail is sent again from the timeline, and one that was given up from its queue", async ({
  page,
  context,
  world,
  customer,
}) => {
  const { accountId, userId, email } = await customer();
  const [sent, parked] = [newId(), newId()];
  await world.owner`
    insert into account_mails (account_id, id, user_id, effect, recipient, to_address, kind, facts, state, due_at, ended_at, reason)
    values (${accountId}, ${sent}, ${userId}, ${`low:${sent}`}, ${userId}, ${email}, 'low_credits', ${world.owner.json(LOW_CREDITS)}, 'sent', now(), now(), null),
      (${accountId}, ${parked}, ${userId}, ${`low:${parked}`}, ${userId}, ${email}, 'low_credits', ${world.owner.json(LOW_CREDITS)}, 'parked', now(), now(), '550 no such box')`;
  const account = toPublicId("account", accountId);
  const mailOf = (id: string) => `/admin/acts/resend_mail?account=${account}&mail=${toPublicId("mail", id)}`;
  await enterDesk(context, world, await customer());
  const sendAgain = async () => {
    await expect(heading(page, "Send a mail again")).toBeVisible();
    await button(page, "Show what changes").click();
    await page.getByLabel("Reason").fill("they never got it");
    await button(page, "Send a mail again").click();
    await expect(page.getByText("Done.", { exact: true })).toBeVisible();
  };
  await page.goto(`/admin/accounts/${account}/timeline?kind=mails`);
  await page.locator(`a[href="${mailOf(sent)}"]`).click();
  await sendAgain();
  await page.goto("/admin/queues/mails");
  await expectAccessible(page);
  await page.locator(`a[href="${mailOf(parked)}"]`).click();
  await sendAgain();
  await page.goto("/admin/queues/mails");
  await expect(page.locator(`a[href="${mailOf(parked)}"]`)).toHaveCount(0);
  const acts = await world.owner`
    select subject from operator_acts where account_id = ${accountId} and kind = 'resend_mail' order by id`;
  expect(acts.map(({ subject }) => subject)).toEqual([sent, parked].map((id) => toPublicId("mail", id)));
});
