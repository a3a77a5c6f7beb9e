import { createApiKey } from "../../lib/auth/api-keys";
import { createRefillClient, type RefillClient } from "../../lib/client";
import { toPublicId } from "../../lib/ids";
import { expectCredits, figure, OVERVIEW } from "./pages";
import { expect, test, type World } from "./test";

const DOCS = "/api/v1/docs";
const PURPOSE = { category: "ai_processing", resource: "large-model" } as const;

async function makeKey({ db }: World): Promise<string> {
  const made = await createApiKey(db, { name: "e2e", scopes: ["read", "spend"], onlyAccountId: null });
  if (!made.ok) throw new Error(made.error.code);
  return made.value.key;
}

const clientOf = async (world: World): Promise<RefillClient> =>
  createRefillClient({ baseUrl: world.facts.url, apiKey: await makeKey(world) });

test("a backend spends through the API, and its customer sees it", async ({ page, world, buyer }) => {
  const client = await clientOf(world);
  const id = toPublicId("account", (await buyer()).accountId);
  await client.spend(id, { credits: 1_000_000, ...PURPOSE });
  const { capture } = await client.withHold(id, { credits: 3_000_000, ...PURPOSE }, async () => {
    await page.goto(OVERVIEW);
    await expectCredits(figure(page, "Credit Usage", "Used"), 1_000_000n);
    await expectCredits(figure(page, "Credit Usage", "Remaining"), 20_000_000n);
    return { credits: 2_000_000, result: null };
  });
  expect(capture).toMatchObject({ credits: 2_000_000, returned: 1_000_000, owed: 0 });
  expect(await client.balance(id)).toMatchObject({ available: 21_000_000, held: 0 });
  await page.goto(OVERVIEW);
  await expectCredits(figure(page, "Credit Usage", "Used"), 3_000_000n);
  const { entries } = await client.entries(id, { limit: 2 });
  expect(entries.map((each) => each.to)).toEqual(["available", "spent"]);
});

test("the account's id is on Profile for those who set up what spends, and not for members", async ({
  page,
  world,
  buyer,
}) => {
  const profile = "/settings/profile";
  await buyer({ role: "billing" });
  await page.goto(profile);
  const id = await page.getByRole("region", { name: "Account" }).locator("code").innerText();
  expect(await (await clientOf(world)).balance(id)).toMatchObject({ accountId: id });
  await buyer({ role: "member" });
  await page.goto(profile);
  await expect(page.getByRole("region", { name: "Account" })).toHaveCount(0);
  await page.goto(DOCS);
  await expect(page.getByRole("region", { name: "The account's id" })).toContainText("on their Profile page");
});

test("what the framework would answer itself is a problem too", async ({ world, request }) => {
  const authorization = `Bearer ${await makeKey(world)}`;
  const ask = async (method: string, path: string, data?: string) => {
    const headers = { authorization, "content-type": "application/json" };
    const answer = await request.fetch(`/api/v1${path}`, { method, headers, data, maxRedirects: 0 });
    expect(answer.headers()["content-type"]).toBe("application/problem+json");
    expect(answer.headers()["x-request-id"]).toBeTruthy();
    return [answer.status(), (await answer.json()).code];
  };
  expect(await ask("GET", "")).toEqual([404, "not_found"]);
  expect(await ask("POST", "/accounts")).toEqual([404, "not_found"]);
  expect(await ask("DELETE", "/spends")).toEqual([405, "method_not_allowed"]);
  expect(await ask("POST", "/spends", "x".repeat(3_000_000))).toEqual([413, "payload_too_large"]);
});

test("the documentation leads everywhere it says, without a script of its own", async ({ page }) => {
  const complaints: string[] = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  const answer = await page.goto(DOCS);
  expect(answer?.headers()["content-security-policy"]).toContain("'nonce-");
  const targets = await page
    .locator('a[href^="#"]')
    .evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
  expect(targets.length).toBeGreaterThan(50);
  for (const target of new Set(targets))
    await expect(page.locator(`[id="${target.slice(1)}"]`)).toHaveCount(1);
  await page.getByRole("link", { name: "insufficient_credits" }).first().click();
  await expect(page.locator("#insufficient_credits")).toBeInViewport();
  expect(complaints).toEqual([]);
});
