import Stripe from "stripe";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Simulator } from "../../dev/stripe/server";
import { clientOf, simulate } from "../../dev/stripe/testing";
import type { KnownBilling } from "../billing/facts";
import { lookupKeyOf } from "../catalog/prices";
import { createStripePlanGateway } from "./plan-gateway";
import { setUpCatalog } from "./setup";

let simulator: Simulator;
let stripe: Stripe;

beforeAll(async () => {
  ({ simulator, stripe } = await simulate());
  await setUpCatalog(stripe, { appUrl: "http://shop.test" });
});
afterAll(() => simulator.close());

const LISTS = ["/v1/invoices", "/v1/subscriptions"];

/** What is read of a customer, and what was asked for it; prices are remembered by most processes. */
async function read(customerId: string, known: Partial<KnownBilling>, client = clientOf(simulator)) {
  const asked: string[] = [];
  client.on("request", ({ path }: Stripe.RequestEvent) => asked.push(path.split("?")[0] ?? ""));
  const answer = await createStripePlanGateway(client).readBilling(customerId, {
    ...{ subscriptionIds: [], invoiceIds: [], since: new Date() },
    ...known,
  });
  if (answer.kind !== "answered") throw new Error(JSON.stringify(answer));
  return { facts: answer.value, asked: asked.filter((path) => !path.startsWith("/v1/prices/")) };
}

/** Both ways: as an event of an invoice has it read, and as everything else has. */
async function readTwice(customerId: string, subscriptionIds: readonly string[]) {
  const byInvoices = await read(customerId, { subscriptionIds, byInvoices: true });
  return { ...byInvoices, whole: (await read(customerId, { subscriptionIds })).facts };
}

const starter = async () =>
  (await stripe.prices.list({ lookup_keys: [lookupKeyOf("starter", "month")] })).data[0]?.id ?? "";

async function subscribe(customer?: string) {
  const id = customer ?? (await stripe.customers.create({ email: "ada@example.com" })).id;
  const card = await stripe.paymentMethods.attach("pm_card_visa", { customer: id });
  const subscription = await stripe.subscriptions.create({
    customer: id,
    items: [{ price: await starter() }],
    default_payment_method: card.id,
  });
  return { customer: id, subscription };
}

describe("what an invoice tells", () => {
  it("is read in one list, and is what two lists say", async () => {
    const { customer, subscription } = await subscribe();
    const { facts, asked, whole } = await readTwice(customer, [subscription.id]);
    expect(asked).toEqual(["/v1/invoices"]);
    expect(facts).toEqual(whole);
    expect(facts.subscriptions[0]).toMatchObject({ id: subscription.id, status: "active" });
  });

  it("I21: shows a second subscription that nobody heard of", async () => {
    const { customer, subscription } = await subscribe();
    const second = await subscribe(customer);
    const { facts, asked, whole } = await readTwice(customer, [subscription.id]);
    expect(asked).toEqual(["/v1/invoices"]);
    expect(facts.subscriptions.map(({ id }) => id).toSorted()).toEqual(
      [subscription.id, second.subscription.id].toSorted(),
    );
    expect(facts.subscriptions).toHaveLength(whole.subscriptions.length);
  });

  it("is not enough where a known subscription is over, has a schedule, or has no invoice that is new", async () => {
    const over = await subscribe();
    await stripe.subscriptions.cancel(over.subscription.id);
    const scheduled = await subscribe();
    await stripe.subscriptionSchedules.create({ from_subscription: scheduled.subscription.id });
    const silent = await subscribe();
    for (let each = 0; each < 11; each += 1) await subscribe(silent.customer);
    const deleted = await subscribe();
    await stripe.customers.del(deleted.customer);
    for (const { customer, subscription } of [over, scheduled, silent, deleted]) {
      const { facts, asked, whole } = await readTwice(customer, [subscription.id]);
      expect(asked).toEqual(expect.arrayContaining(LISTS));
      expect(facts).toEqual(whole);
    }
    const { facts } = await read(deleted.customer, {
      subscriptionIds: [deleted.subscription.id],
      byInvoices: true,
    });
    expect(facts.customerDeleted).toBe(true);
  });

  it("is read by its id where it is older than the newest, and not missed where it is gone", async () => {
    const { customer, subscription } = await subscribe();
    for (let each = 0; each < 11; each += 1) await subscribe(customer);
    const first = String(subscription.latest_invoice);
    await stripe.creditNotes.create({ invoice: first, amount: 1_000, credit_amount: 1_000 });
    const { facts, asked } = await read(customer, { told: [first, "in_gone"] });
    expect(asked).toEqual(expect.arrayContaining(["/v1/invoices/in_gone", `/v1/invoices/${first}`]));
    expect(facts.notFound).toEqual([]);
    expect(facts.invoices.find(({ id }) => id === first)?.creditNotesCents).toBe(1_000n);
    // What no event told of is read once a day.
    expect((await read(customer, {})).facts.invoices).toHaveLength(12);
  });

  it("is asked for as everything is where Stripe does not show it like that", async () => {
    const { customer, subscription } = await subscribe();
    // Somebody was refused it: https://github.com/stripe/stripe-dotnet/issues/3135
    const refusing = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
      const url = decodeURIComponent(input instanceof Request ? input.url : String(input));
      if (!url.includes("data.parent.subscription_details.subscription")) return fetch(input, init);
      const error = { type: "invalid_request_error", message: "This property cannot be expanded." };
      return new Response(JSON.stringify({ error }), { status: 400 });
    };
    const client = new Stripe("sk_test_simulator", {
      ...{
        host: "127.0.0.1",
        port: simulator.port,
        protocol: "http",
        maxNetworkRetries: 0,
        telemetry: false,
      },
      httpClient: Stripe.createFetchHttpClient(refusing as typeof fetch),
    });
    const { facts, asked } = await read(
      customer,
      { subscriptionIds: [subscription.id], byInvoices: true },
      client,
    );
    expect(asked.toSorted()).toEqual(["/v1/invoices", ...LISTS]);
    expect(facts.subscriptions.map(({ id }) => id)).toEqual([subscription.id]);
  });
});
