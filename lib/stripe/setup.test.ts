import { execFile } from "node:child_process";
import { promisify } from "node:util";
import Stripe from "stripe";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Simulator } from "../../dev/stripe/server";
import { simulate } from "../../dev/stripe/testing";
import { catalogWith, priceYearly, sellAsUsual } from "../../dev/testing/catalog";
import { compiled } from "../../dev/testing/compiled";
import { setCatalog } from "../catalog/catalog";
import { lookupKeyOf } from "../catalog/prices";
import { createStripePlanGateway } from "./plan-gateway";
import { findPortal } from "./portal";
import { setUpCatalog } from "./setup";
import { setUpEndpoint } from "./setup-endpoint";
import { describeEndpointSetup, describeSetup } from "./setup-text";
import { WEBHOOK_EVENTS } from "./webhook";

const appUrl = "https://billing.example.com";
const webhookUrl = `${appUrl}/api/stripe/webhook`;
const premiumYearly = (cents: number | null) =>
  catalogWith((written) => {
    priceYearly(written, "starter", null);
    priceYearly(written, "premium", cents);
  });
const none = premiumYearly(null);
const yearly = premiumYearly(4_990_00);
let simulator: Simulator;
let stripe: Stripe;

beforeEach(async () => {
  ({ simulator, stripe } = await simulate());
});
afterEach(() => {
  sellAsUsual();
  return simulator.close();
});

const setUp = (catalog = none, dryRun = false) => {
  setCatalog(catalog);
  return setUpCatalog(stripe, { appUrl, dryRun });
};
const pricesOf = async (key: string) => (await stripe.prices.list({ lookup_keys: [key] })).data;
const keyOfStarter = lookupKeyOf("starter", "month");

describe("the setup of a Stripe account", () => {
  it("changes nothing in a dry run and says what it would", async () => {
    const { changes } = await setUp(yearly, true);
    expect(changes.map((each) => each.split(":")[0])).toEqual([
      "product refill_starter",
      "product refill_premium",
      "price refill_starter_month",
      "price refill_premium_month",
      "price refill_premium_year",
      "payment methods",
      "customer portal",
    ]);
    expect((await stripe.products.list()).data).toEqual([]);
    expect((await stripe.prices.list()).data).toEqual([]);
    expect((await setUp(yearly)).changes).toEqual(changes);
  });

  it("sells the catalog after the first run, and finds nothing to change in the second", async () => {
    await setUp(yearly);
    expect((await setUp(yearly)).changes).toEqual([]);
    const asked = await createStripePlanGateway(stripe).listPlanPrices();
    const sold = asked.kind === "answered" ? asked.value : [];
    expect(sold.map(({ plan, interval, priceCents }) => `${plan} ${interval} ${priceCents}`).sort()).toEqual([
      "premium month 49900",
      "premium year 499000",
      "starter month 29900",
    ]);
  });

  it("is one catalog and one portal for two runs at once", async () => {
    await Promise.all([setUp(yearly), setUp(yearly)]);
    expect((await stripe.products.list()).data).toHaveLength(2);
    expect((await stripe.prices.list()).data).toHaveLength(3);
    expect((await stripe.billingPortal.configurations.list()).data.filter(isOurs)).toHaveLength(1);
    expect((await setUp(yearly)).changes).toEqual([]);
  });

  it("puts another amount on sale, and who subscribed before keeps price and plan", async () => {
    const product = await stripe.products.create({ id: "refill_starter", name: "Starter" });
    const before = await stripe.prices.create({
      product: product.id,
      currency: "usd",
      unit_amount: 199_00,
      recurring: { interval: "month" },
      lookup_key: keyOfStarter,
    });
    const { id: customer } = await stripe.customers.create();
    const card = await stripe.paymentMethods.attach("pm_card_visa", { customer });
    const items = [{ price: before.id }];
    await stripe.subscriptions.create({ customer, items, default_payment_method: card.id });
    await setUp();
    const [now] = await pricesOf(keyOfStarter);
    expect(now).toMatchObject({ active: true, unit_amount: 299_00, metadata: { refill_plan: "starter" } });
    expect(await stripe.prices.retrieve(before.id)).toMatchObject({ active: false, lookup_key: null });
    const asked = await createStripePlanGateway(stripe).readBilling(customer, {
      subscriptionIds: [],
      invoiceIds: [],
      since: null,
    });
    const price = {
      priceId: before.id,
      unitCents: 199_00n,
      reading: { kind: "plan", plan: "starter" },
    };
    expect(asked).toMatchObject({ value: { subscriptions: [{ items: [{ price }] }] } });
    expect((await setUp()).changes).toEqual([]);
  });

  it("goes back to an amount that was on sale before", async () => {
    const higher = premiumYearly(5_990_00);
    for (const catalog of [yearly, higher, yearly]) await setUp(catalog);
    const [now] = await pricesOf(lookupKeyOf("premium", "year"));
    expect(now).toMatchObject({ active: true, unit_amount: 4_990_00 });
    expect((await setUp(yearly)).changes).toEqual([]);
  });

  it("makes a price again that was deleted in the dashboard the same day", async () => {
    await setUp();
    const [made] = await pricesOf(keyOfStarter);
    simulator.store.transact(() => simulator.store.delete("price", made?.id ?? ""));
    expect((await setUp()).changes).toEqual([expect.stringContaining(keyOfStarter)]);
    expect(await pricesOf(keyOfStarter)).toEqual([expect.objectContaining({ unit_amount: 299_00 })]);
    expect((await setUp()).changes).toEqual([]);
  });

  it("puts right what somebody renamed, archived or switched in the dashboard", async () => {
    await setUp();
    const [price] = await pricesOf(keyOfStarter);
    const portal = await findPortal(stripe);
    await stripe.products.update("refill_premium", { name: "Gold" });
    await stripe.prices.update(price?.id ?? "", { active: false, metadata: { refill_plan: "" } });
    await stripe.billingPortal.configurations.update(portal?.id ?? "", {
      features: {
        invoice_history: { enabled: false },
        subscription_cancel: { enabled: true, mode: "at_period_end" },
      },
    });
    expect((await setUp()).changes).toHaveLength(3);
    expect((await setUp()).changes).toEqual([]);
    expect((await stripe.products.retrieve("refill_premium")).name).toBe("Premium");
    expect((await pricesOf(keyOfStarter))[0]).toMatchObject({ id: price?.id, active: true });
    expect(await findPortal(stripe)).toMatchObject({
      id: portal?.id,
      features: {
        customer_update: { enabled: true },
        invoice_history: { enabled: true },
        payment_method_update: { enabled: true },
        // An operator's cancellation could be taken back there.
        subscription_cancel: { enabled: false },
        subscription_update: { enabled: false },
      },
    });
  });

  it("offers nothing but cards in the portal, also after somebody switched something on", async () => {
    await setUp();
    const offered = async () => {
      const portal = await findPortal(stripe);
      const id = portal?.features.payment_method_update.payment_method_configuration ?? "";
      const configuration = await stripe.paymentMethodConfigurations.retrieve(id);
      return {
        id,
        on: Object.entries(configuration)
          .filter(isSwitchedOn)
          .map(([name]) => name)
          .sort(),
      };
    };
    const { id, on } = await offered();
    expect(on).toEqual(["apple_pay", "card", "google_pay"]);
    await stripe.paymentMethodConfigurations.update(id, {
      link: { display_preference: { preference: "on" } },
      card: { display_preference: { preference: "off" } },
    });
    expect((await setUp()).changes).toEqual([expect.stringContaining("cards only")]);
    expect(await offered()).toEqual({ id, on });
    await stripe.billingPortal.configurations.update((await findPortal(stripe))?.id ?? "", {
      features: { payment_method_update: { enabled: true, payment_method_configuration: "" } },
    });
    expect((await setUp()).changes).toEqual([expect.stringContaining("customer portal")]);
    expect(await offered()).toEqual({ id, on });
    expect((await setUp()).changes).toEqual([]);
  });

  it("stops at what Stripe refuses to answer, and goes on from there the next time", async () => {
    simulator.faults.add({ kind: "fail_before", match: { method: "POST", pathPattern: "/v1/prices" } });
    await expect(setUp()).rejects.toBeInstanceOf(Stripe.errors.StripeError);
    simulator.faults.clear();
    expect((await setUp()).changes.map((each) => each.split(":")[0])).not.toContain("product refill_starter");
    expect((await setUp()).changes).toEqual([]);
  });
});

const isSwitchedOn = ([, value]: [string, unknown]) =>
  (value as { display_preference?: { value: string } } | null)?.display_preference?.value === "on";
const isOurs = ({ metadata }: Stripe.BillingPortal.Configuration) => metadata?.refill === "portal";

describe("the report on the webhook endpoint", () => {
  const add = (events: readonly Stripe.WebhookEndpointCreateParams.EnabledEvent[], url = webhookUrl) =>
    stripe.webhookEndpoints.create({ url, enabled_events: [...events], api_version: Stripe.API_VERSION });
  const report = async () => (await setUp(none, true)).endpoint;

  it("says what to add where there is none", async () => {
    await add(WEBHOOK_EVENTS, "https://elsewhere.example.com/api/stripe/webhook");
    const endpoint = await report();
    expect(endpoint).toMatchObject({ found: "missing", url: webhookUrl, apiVersion: Stripe.API_VERSION });
    const text = describeSetup({ changes: [], applied: false, endpoint });
    for (const part of ["Nothing to change", webhookUrl, Stripe.API_VERSION, ...WEBHOOK_EVENTS])
      expect(text).toContain(part);
  });

  it("is content with one that is sent exactly what is needed", async () => {
    await add(WEBHOOK_EVENTS);
    expect(await report()).toMatchObject({ found: "as_needed", differences: [] });
  });

  it("names what is missing, what is too much, and that it is disabled", async () => {
    const { id } = await add(["invoice.paid", "charge.captured"]);
    await stripe.webhookEndpoints.update(id, { disabled: true });
    const { found, differences } = await report();
    expect(found).toBe("differs");
    const [disabled, missing, extra] = differences;
    expect(disabled).toContain("disabled");
    expect(missing).toContain("customer.subscription.updated");
    expect(missing).not.toContain("invoice.paid,");
    expect(extra).toBe("Sent, but not needed: charge.captured.");
  });
});

describe("making the webhook endpoint", () => {
  const make = (dryRun = false) => setUpEndpoint(stripe, { url: webhookUrl, dryRun });
  const all = async () => (await stripe.webhookEndpoints.list()).data;

  it("pins the version, subscribes to what is needed, tells the secret once, and then finds it", async () => {
    expect(await make(true)).toMatchObject({ secret: null, endpoint: { found: "missing" } });
    expect(await all()).toEqual([]);
    const made = await make();
    expect(made.secret).toMatch(/^whsec_./);
    const text = describeEndpointSetup(made, false);
    expect(text).toContain(`STRIPE_WEBHOOK_SECRET=${made.secret}`);
    expect(await all()).toEqual([
      expect.objectContaining({ api_version: Stripe.API_VERSION, enabled_events: [...WEBHOOK_EVENTS] }),
    ]);
    const again = await make();
    expect(again).toMatchObject({ changes: [], secret: null, endpoint: { found: "as_needed" } });
    expect(describeEndpointSetup(again, false)).not.toContain("whsec_");
  });

  it("is one endpoint with one secret for two runs at once, and made again after it was deleted", async () => {
    const [one, other] = await Promise.all([make(), make()]);
    expect(one.secret).toBe(other.secret);
    const [made] = await all();
    expect(await all()).toHaveLength(1);
    await stripe.webhookEndpoints.del(made?.id ?? "");
    const again = await make();
    expect(again.secret).toMatch(/^whsec_./);
    expect(again.secret).not.toBe(one.secret);
    expect(await all()).toHaveLength(1);
  });

  it("adds events that are missing and leaves the others and who disabled it alone", async () => {
    const { id } = await stripe.webhookEndpoints.create({
      url: webhookUrl,
      enabled_events: ["invoice.paid", "charge.captured"],
    });
    await stripe.webhookEndpoints.update(id, { disabled: true });
    const { changes, endpoint } = await make();
    expect(changes).toHaveLength(WEBHOOK_EVENTS.length - 1);
    expect(endpoint.differences).toEqual([
      "It is disabled: enable it.",
      "Sent, but not needed: charge.captured.",
    ]);
    const [after] = await all();
    expect(after).toMatchObject({ status: "disabled" });
    expect([...(after?.enabled_events ?? [])].sort()).toEqual([...WEBHOOK_EVENTS, "charge.captured"].sort());
  });

  it("is content with another version of the same release, and says so of one of another", async () => {
    const { id } = await stripe.webhookEndpoints.create({
      url: webhookUrl,
      enabled_events: [...WEBHOOK_EVENTS],
    });
    const rendering = (api_version: string) =>
      simulator.store.transact(() => simulator.store.update("webhook_endpoint", id, { api_version }));
    rendering("2026-11-18.endive");
    expect((await make()).endpoint.found).toBe("as_needed");
    rendering("2025-09-30.clover");
    const { endpoint } = await make();
    expect(endpoint.differences).toEqual([expect.stringContaining("2025-09-30.clover")]);
  });
});

describe("npm run stripe:setup", () => {
  const run = async (variables: Record<string, string>, ...options: string[]) => {
    const { PATH } = process.env;
    // An empty DATABASE_URL also keeps a file of variables in this folder from adding one.
    const env = { PATH, NODE_ENV: "test", DATABASE_URL: "", APP_URL: appUrl, ...variables };
    const command = promisify(execFile);
    return command(process.execPath, [await compiled("lib/stripe/setup-main.ts"), ...options], {
      env: env as unknown as NodeJS.ProcessEnv,
    }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
  };

  it("needs a key, an address and no database, and never prints the key", async () => {
    const variables = { STRIPE_SECRET_KEY: "sk_test_secretsecret", STRIPE_API_BASE: simulator.url };
    const dry = await run(variables, "--dry-run");
    expect(dry).toMatchObject({ code: 0, stderr: "" });
    expect(dry.stdout).toContain("Would change:");
    expect(dry.stdout).toContain("Nothing was changed.");
    // A preview, and nobody there who could say yes to it.
    const unasked = await run(variables);
    expect(unasked).toMatchObject({ code: 1, stderr: expect.stringContaining("--yes") });
    expect(unasked.stdout).toBe(dry.stdout);
    expect((await stripe.products.list()).data).toEqual([]);
    const done = await run(variables, "--yes");
    expect(done.code).toBe(0);
    expect(done.stdout).toMatch(/^Would change:\n.*\nChanged:\n/s);
    const again = await run(variables);
    expect(again.stdout).toContain("Nothing to change.");
    const webhook = await run(variables, "--webhook");
    expect(webhook.stdout).toMatch(/STRIPE_WEBHOOK_SECRET=whsec_\w+/);
    for (const { stdout, stderr } of [dry, again, webhook])
      expect(stdout + stderr).not.toContain("secretsecret");
  }, 60_000);

  it("says in one line what is wrong, and fails", async () => {
    const unreachable = { STRIPE_SECRET_KEY: "sk_test_secretsecret", STRIPE_API_BASE: "http://127.0.0.1:9" };
    const lost = await run(unreachable);
    expect(lost.code).toBe(1);
    expect(lost.stderr.trim().split("\n")).toEqual([expect.stringMatching(/^Stripe: /)]);
    expect((await run({ STRIPE_SECRET_KEY: "nonsense" })).stderr).toContain("STRIPE_SECRET_KEY");
    for (const options of [
      ["--force"],
      ["--yes", "--dry-run"],
      ["https://elsewhere.example.com"],
      ["--webhook", "nowhere"],
    ])
      expect(await run(unreachable, ...options)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("Usage"),
      });
  }, 60_000);
});
