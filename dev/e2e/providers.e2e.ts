import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { BrowserContext, Page } from "@playwright/test";
import { Secret, TOTP } from "otpauth";
import { invite } from "../../lib/auth/invitations";
import { newFactorSecret, sealFactorSecret } from "../../lib/auth/totp";
import { newId } from "../../lib/ids";
import { freePort } from "../ports";
import { startWeb, type WebServer } from "../web";
import type { Facts } from "./facts";
import { heading, OVERVIEW } from "./pages";
import { expectSecurityEvent } from "./security-events";
import { expect, test } from "./test";

/** GitHub, as far as sign-in asks it: everybody who comes is `who`. */
let who = { id: 1, email: "", verified: true };
let github: Server;
/** A web process of its own, where GitHub can be chosen and only the invited may open an account. */
let web: WebServer;

const answers: Record<string, () => object> = {
  "/login/oauth/access_token": () => ({ access_token: "token", token_type: "bearer", scope: "user:email" }),
  "/user": () => ({ id: who.id, login: "ada", name: "Ada Byron", email: who.email }),
  "/user/emails": () => [{ email: who.email, primary: true, verified: who.verified }],
};

async function startGitHub(): Promise<Server> {
  const server = createServer((request, response) => {
    const answer = answers[new URL(request.url ?? "", "http://github").pathname];
    response.writeHead(answer ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(answer?.() ?? {}));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}

async function startInvited(facts: Facts, gitHubPort: number): Promise<WebServer> {
  const port = await freePort();
  const preload = new URL("fake-github.mjs", import.meta.url).href;
  return startWeb(port, {
    APP_URL: `http://localhost:${port}`,
    DATABASE_URL: facts.appDatabaseUrl,
    AUTH_SECRET: facts.authSecret,
    STRIPE_SECRET_KEY: "sk_test_demo",
    STRIPE_WEBHOOK_SECRET: facts.webhookSecret,
    STRIPE_API_BASE: facts.simulatorUrl,
    WORKER: "separate",
    LOG_LEVEL: "fatal",
    SIGN_UP: "invited",
    GITHUB_CLIENT_ID: "refill",
    GITHUB_CLIENT_SECRET: "what-only-github-knows",
    FAKE_GITHUB: `http://127.0.0.1:${gitHubPort}`,
    NODE_OPTIONS: `--import ${preload}`,
  });
}

test.beforeAll(async ({ world }) => {
  github = await startGitHub();
  web = await startInvited(world.facts, (github.address() as AddressInfo).port);
});
test.afterAll(async () => {
  await web.stop();
  github.close();
});

/** Goes to GitHub, where somebody is signed in as `person`, and comes back. No browser asks GitHub itself. */
async function comeFrom(
  context: BrowserContext,
  person: Partial<typeof who>,
  callbackUrl: string = OVERVIEW,
): Promise<Page> {
  who = { id: Date.now(), email: `${newId()}@example.com`, verified: true, ...person };
  const left = await context.request.post(`${web.url}/api/auth/signin/github`, {
    form: { callbackUrl },
    headers: { origin: web.url },
    maxRedirects: 0,
  });
  const asked = new URL(left.headers().location ?? "").searchParams;
  expect(asked.get("redirect_uri")).toBe(`${web.url}/api/auth/callback/github`);
  const page = await context.newPage();
  await page.goto(`${asked.get("redirect_uri")}?code=code&state=${asked.get("state")}`);
  return page;
}

test("only the invited open an account, and an address that is not verified opens none", async ({
  context,
  world,
}) => {
  const refused = await comeFrom(context, {});
  await expect(
    refused.getByText("There is no account for you yet, and sign-up is by invitation"),
  ).toBeVisible();
  await expectSecurityEvent(world, "sign_up_refused");
  const email = `${newId()}@example.com`;
  await invite(world.db, email);
  const unverified = await comeFrom(context, { email, verified: false });
  await expect(unverified.getByText("Your e-mail address is not verified there.")).toBeVisible();
  const [none] = await world.owner`select count(*)::int as n from users where email = ${email}`;
  expect(none?.n).toBe(0);
  const invited = await comeFrom(context, { email });
  await expect(invited).toHaveURL(web.url + OVERVIEW);
  await expect(invited.getByText("Ada Byron")).toBeVisible();
});

test("who has a second factor is asked for it after GitHub, too", async ({ context, world, customer }) => {
  const { email, userId } = await customer();
  const secret = newFactorSecret();
  await world.owner`insert into second_factors (user_id, sealed_secret, session_id, confirmed_at)
    values (${userId}, ${sealFactorSecret(secret, userId, world.facts.authSecret)}, ${userId}, now())`;
  const page = await comeFrom(context, { email });
  await expect(heading(page, "Second factor")).toBeVisible();
  const sessions = () => world.owner`select 1 from sessions where user_id = ${userId}`;
  expect(await sessions()).toHaveLength(0);
  await page.getByLabel("Code", { exact: true }).fill(TOTP.generate({ secret: Secret.fromBase32(secret) }));
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(page).toHaveURL(web.url + OVERVIEW);
  expect(await sessions()).toHaveLength(1);
});

test("an operator without a password opens the desk by coming from GitHub once more, and with a code", async ({
  context,
  world,
  customer,
}) => {
  const { email, userId } = await customer();
  const secret = newFactorSecret();
  await world.owner`update users set is_operator = true, password_hash = null where id = ${userId}`;
  await world.owner`insert into second_factors (user_id, sealed_secret, session_id, confirmed_at)
    values (${userId}, ${sealFactorSecret(secret, userId, world.facts.authSecret)}, ${userId}, now())`;
  const codeOf = (later: number) =>
    TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: Date.now() + later * 30_000 });
  const code = (page: Page) => page.getByLabel("Code", { exact: true });
  const opened = "/admin/find?q=nobody";
  const page = await comeFrom(context, { email }, `/admin/step-up?callbackUrl=${encodeURIComponent(opened)}`);
  await code(page).fill(codeOf(0));
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(heading(page, "Is it you?")).toBeVisible();
  await expect(page.getByLabel("Password")).toHaveCount(0);
  await code(page).fill("000000");
  await page.getByRole("button", { name: "Open the desk" }).click();
  await expect(page.getByText("That code is not right").first()).toBeVisible();
  await code(page).fill(codeOf(1));
  await page.getByRole("button", { name: "Open the desk" }).click();
  await expect(page).toHaveURL(web.url + opened);

  await world.owner`
    update sessions set stepped_up_at = null, proven_at = proven_at - interval '6 minutes' where user_id = ${userId}`;
  await page.goto(`${web.url}/admin`);
  await expect(page.getByRole("button", { name: "Continue with GitHub" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Open the desk" })).toHaveCount(0);
});
