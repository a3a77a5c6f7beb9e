import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEMO_CATALOG } from "../../../dev/catalog";
import type { Simulator } from "../../../dev/stripe/server";
import { control, simulate } from "../../../dev/stripe/testing";
import { compiled } from "../../../dev/testing/compiled";
import { createStripe } from "../client";
import { setUpCatalog } from "../setup";
import { setUpEndpoint, webhookUrlOf } from "../setup-endpoint";
import { describeFindings, exitCodeOf } from "./describe";
import { type DoctorOptions, examine } from "./doctor";
import type { Finding, Topic } from "./finding";
import { RIGHTS } from "./rights";

const appUrl = "https://billing.example.com";
let simulator: Simulator;
let stripe: Stripe;

beforeEach(async () => {
  ({ simulator, stripe } = await simulate());
  await setUpCatalog(stripe, { appUrl });
  await setUpEndpoint(stripe, { url: webhookUrlOf(appUrl), dryRun: false });
});
afterEach(() => simulator.close());

const look = (secretKey = "sk_test_local", options: Partial<DoctorOptions> = {}) =>
  examine(createStripe({ secretKey, apiBase: simulator.url, networkRetries: 0, timeoutMs: 2_000 }), {
    ...{ secretKey, appUrl, database: undefined, hasWebhookSecret: true },
    ...options,
  });
const of = (findings: readonly Finding[], topic: Topic) => findings.filter((each) => each.topic === topic);
const badOf = (findings: readonly Finding[]) => findings.filter(({ state }) => state === "bad");

describe("the look at a Stripe account", () => {
  it("finds nothing to mend where everything is set up", async () => {
    const findings = await look();
    expect(badOf(findings)).toEqual([]);
    for (const topic of ["account", "clock", "payment methods", "catalog", "portal", "webhook"] as const)
      expect(of(findings, topic), topic).toEqual(
        of(findings, topic).map((each) => ({ ...each, state: "good" })),
      );
    expect(of(findings, "account")[0]?.says).toContain("acct_1SimulatorFirst, Simulated shop, in US");
    expect(exitCodeOf(findings)).toBe(0);
  });

  it("finds what somebody changed in the dashboard, and says what mends it", async () => {
    await stripe.products.update("refill_starter", { active: false });
    const [portal] = (await stripe.billingPortal.configurations.list()).data;
    await stripe.billingPortal.configurations.update(portal?.id ?? "", {
      features: { subscription_cancel: { enabled: true } },
    });
    const [endpoint] = (await stripe.webhookEndpoints.list()).data;
    await stripe.webhookEndpoints.update(endpoint?.id ?? "", { disabled: true });
    const bad = badOf(await look());
    expect(bad.map(({ topic }) => topic)).toEqual(["catalog", "portal", "webhook"]);
    for (const { todo } of bad) expect(todo).toContain("npm run stripe:setup");
    expect(exitCodeOf(bad)).toBe(1);
  });

  it("misses the endpoint and its secret, but expects none where Stripe cannot reach", async () => {
    const [endpoint] = (await stripe.webhookEndpoints.list()).data;
    await stripe.webhookEndpoints.del(endpoint?.id ?? "");
    const bad = badOf(await look("sk_test_local", { hasWebhookSecret: false }));
    expect(bad.map(({ topic }) => topic)).toEqual(["webhook", "webhook"]);
    const local = await look("sk_test_local", { appUrl: "http://localhost:3000" });
    expect(of(local, "webhook").map(({ state }) => state)).toEqual(["note"]);
  });

  it("changes nothing, whatever the key may do", async () => {
    const requests = async () => {
      const answer = await control(simulator, "GET", "/requests");
      return ((await answer.json()) as { requests: { method: string; status: number | null }[] }).requests;
    };
    await control(simulator, "POST", "/keys", {
      ...{ key: "rk_test_all", state: "restricted", permissions: { "*": "write" } },
    });
    for (const key of ["sk_test_local", "rk_test_all"]) {
      const before = (await requests()).length;
      await look(key);
      const made = (await requests()).slice(0, -before);
      expect(made.length).toBeGreaterThan(8);
      expect(made.filter(({ method, status }) => method !== "GET" && (status ?? 0) < 400)).toEqual([]);
    }
  });

  it("names each right that a restricted key lacks, and what does not work without it", async () => {
    const permissions = { "*": "write", charge: "read", dispute: "none", webhook: "none" };
    await control(simulator, "POST", "/keys", { key: "rk_test_some", state: "restricted", permissions });
    const findings = await look("rk_test_some");
    expect(badOf(findings).map(({ says }) => says)).toEqual([
      "This key has no right to write Charges and Refunds: nothing can be refunded.",
      "This key has no right to read Disputes: disputes go unseen, and credits that were taken back stay.",
    ]);
    expect(of(findings, "key").find(({ state }) => state === "note")?.says).toContain("Webhook Endpoints");
    expect(of(findings, "webhook").map(({ state }) => state)).toEqual(["unknown"]);
  });

  it("tries every right by itself: each alone is missed alone", async () => {
    for (const [permission, name] of [
      ["customer", "Customers"],
      ["payment_intent", "PaymentIntents"],
      ["setup_intent", "SetupIntents"],
      ["credit_note", "Credit notes"],
      ["radar", "Early fraud warnings (Radar)"],
    ] as const) {
      const permissions = { "*": "write", [permission]: "none" };
      await control(simulator, "POST", "/keys", {
        key: "rk_test_one",
        state: "restricted",
        permissions,
      });
      const lacking = badOf(of(await look("rk_test_one"), "key"));
      expect(lacking.map(({ says }) => says)).toEqual([expect.stringContaining(name)]);
    }
    expect(new Set(RIGHTS.map(({ name }) => name)).size).toBe(RIGHTS.length);
  });

  it("says of a refused key only that, and of silence that nothing was learned, in time", async () => {
    await control(simulator, "POST", "/keys", { key: "sk_test_gone", state: "revoked" });
    expect(await look("sk_test_gone")).toMatchObject([{ topic: "key", state: "bad" }]);
    simulator.faults.add({ kind: "drop_before", match: { pathPattern: "/v1/products/*" }, times: "forever" });
    const catalog = of(await look(), "catalog");
    expect(catalog).toMatchObject([{ state: "unknown" }]);
    simulator.faults.clear();
    const late = await look("sk_test_local", { withinMs: 0 });
    expect(late.every(({ state }) => state === "unknown")).toBe(true);
    expect(exitCodeOf(late)).toBe(1);
  });

  it("finds a clock that would refuse every webhook", async () => {
    const at = (seconds: number) => look("sk_test_local", { now: new Date(Date.now() + seconds * 1000) });
    expect(of(await at(400), "clock")).toMatchObject([{ state: "bad" }]);
    expect(of(await at(-60), "clock")).toMatchObject([{ state: "note" }]);
  });

  it("counts what was not delivered", async () => {
    const url = "http://127.0.0.1:9/";
    const deaf = await simulate({ webhook: { url, secret: "whsec_x" } });
    await simulator.close();
    ({ simulator, stripe } = deaf);
    await stripe.customers.create({});
    await expect
      .poll(async () => of(await look(), "deliveries")[0]?.says, { timeout: 10_000 })
      .toMatch(/did not reach an endpoint/);
  });
});

describe("npm run stripe:doctor", () => {
  const run = async (variables: Record<string, string>, ...words: string[]) => {
    const { PATH } = process.env;
    const env = {
      PATH,
      NODE_ENV: "test",
      DATABASE_URL: "",
      APP_URL: appUrl,
      CATALOG_FILE: DEMO_CATALOG,
      ...variables,
    };
    return promisify(execFile)(process.execPath, [await compiled("lib/stripe/doctor/main.ts"), ...words], {
      env: env as unknown as NodeJS.ProcessEnv,
    }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  };

  it("prints what it found and what nobody but a person can look at, and never the key", async () => {
    const variables = {
      ...{ STRIPE_SECRET_KEY: "sk_test_secretsecret", STRIPE_API_BASE: simulator.url },
      STRIPE_WEBHOOK_SECRET: "whsec_hidden",
    };
    const text = await run(variables);
    expect(text).toMatchObject({ code: 0, stderr: "" });
    expect(text.stdout).toContain("0 to mend, 0 not learned.");
    expect(text.stdout).toContain("[ ] Billing, Revenue recovery, Retries");
    const json = await run(variables, "--json");
    const { findings } = JSON.parse(json.stdout) as { findings: Finding[] };
    expect(describeFindings(findings)).toBe(text.stdout.trimEnd());
    for (const { stdout } of [text, json]) expect(stdout).not.toMatch(/secretsecret|whsec_/);
    expect(await run({ STRIPE_SECRET_KEY: "nonsense" })).toMatchObject({ code: 1 });
    expect(await run(variables, "--force")).toMatchObject({ code: 2 });
  }, 60_000);
});
