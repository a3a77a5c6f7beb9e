import { startWebOverLine } from "../testing/web-over-line";
import { cookieOf } from "./session";
import { expect, test } from "./test";

const PAGE = "/settings/billing/overview";

test("without the database pages answer 503 in words, without scripts too, and work as soon as it is back", async ({
  world,
  customer,
  page,
}) => {
  const { facts } = world;
  const { web, line, stop } = await startWebOverLine({
    DATABASE_URL: facts.appDatabaseUrl,
    AUTH_SECRET: facts.authSecret,
    STRIPE_SECRET_KEY: "sk_test_demo",
    STRIPE_WEBHOOK_SECRET: facts.webhookSecret,
    STRIPE_API_BASE: facts.simulatorUrl,
    WORKER: "separate",
    LOG_LEVEL: "silent",
  });
  const cookie = await cookieOf({ ...facts, url: web.url }, await customer());
  const ask = (method = "GET") =>
    fetch(`${web.url}${PAGE}`, { method, headers: { cookie, accept: "text/html" }, redirect: "manual" });
  try {
    expect((await ask()).status).toBe(200);
    for (const mode of ["down", "silent"] as const) {
      line.set(mode);
      const refused = await ask();
      expect(refused.status).toBe(503);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(refused.headers.get("content-type")).toContain("text/html");
      expect(await refused.text()).toContain("We cannot reach our database. Please try again in a moment.");
      expect((await ask("HEAD")).status).toBe(503);
    }
    await page.context().setExtraHTTPHeaders({ cookie });
    await page.goto(`${web.url}${PAGE}`);
    await expect(page.getByRole("heading", { name: "Not available at the moment" })).toBeVisible();
    line.set("down");
    line.set("up");
    await page.getByRole("link", { name: "Try again" }).click();
    await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("Not available at the moment");
    expect((await ask()).status).toBe(200);
  } finally {
    await stop();
  }
});
