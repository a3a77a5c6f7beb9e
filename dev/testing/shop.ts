import { eq } from "drizzle-orm";
import Stripe from "stripe";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { accounts } from "../../db/schema";
import { createCycleOpener } from "../../lib/billing/allowances/cycles/opener";
import { syncPaymentMethods } from "../../lib/billing/cards/sync";
import type { DocumentDeps, Seller } from "../../lib/billing/documents/seller";
import type { ProviderRecords } from "../../lib/billing/provider-records";
import { syncSubscription } from "../../lib/billing/subscriptions/sync";
import { newId } from "../../lib/ids";
import { createStripeGateway } from "../../lib/stripe/gateway";
import { createStripePlanGateway } from "../../lib/stripe/plan-gateway";
import { createStripeRecords } from "../../lib/stripe/records";
import { type Simulator, type SimulatorOptions, startSimulator } from "../stripe/server";
import { openTestDatabase, type TestDatabase, type TestDatabaseOptions } from "./database";
import { type MadeAccount, makeAccount, type NewAccount } from "./factories";

export type Shop = TestDatabase & {
  simulator: Simulator;
  stripe: Stripe;
  deps: DocumentDeps & { readonly records: ProviderRecords };
  /** An account whose Stripe customer has these test cards attached; the last one is the default. */
  makeBuyer(options?: NewAccount & { cards?: string[] }): Promise<Buyer>;
  /** How often Stripe was really asked to charge: requests it executed, replays not counted. */
  charges(customerId: string): Promise<Stripe.Charge[]>;
};

const SELLER: Seller = {
  name: "Assistant Labs GmbH",
  address: ["Hafenstraße 4", "20457 Hamburg", "Germany"],
  taxId: "DE123456789",
  taxText: null,
  timeZone: "Europe/Berlin",
  locale: "en-GB",
  series: "INV-",
};

export type Buyer = MadeAccount & { customerId: string; cardIds: string[] };

export type ShopOptions = TestDatabaseOptions &
  Pick<SimulatorOptions, "afterLastRetry" | "phaseInvoiceReason"> & {
    readonly networkRetries?: number;
    readonly timeoutMs?: number;
  };

/**
 * A database, the Stripe simulator, and the real SDK and gateway between them. With `clock: true` one clock moves both.
 * Faults are cleared before each test.
 */
export function openShop(options: ShopOptions = {}): Shop {
  const shop = openTestDatabase(options) as Shop;

  beforeAll(async () => {
    const simulator = await startSimulator({
      webhook: null,
      afterLastRetry: options.afterLastRetry,
      phaseInvoiceReason: options.phaseInvoiceReason,
      onClockMoved: async (offsetMs) => shop.rehearsal?.setOffset(offsetMs),
    });
    shop.simulator = simulator;
    if (shop.rehearsal) {
      shop.clock = {
        now: () => new Date(simulator.clock.now()),
        moveTo: (at) => simulator.clock.moveTo(at.getTime()),
      };
    }
    shop.stripe = new Stripe("sk_test_shop", {
      host: "127.0.0.1",
      port: shop.simulator.port,
      protocol: "http",
      telemetry: false,
      maxNetworkRetries: options.networkRetries ?? 0,
      timeout: options.timeoutMs ?? 5_000,
    });
    const silent = { info: () => {}, warn: () => {}, error: () => {} };
    shop.deps = {
      db: shop.db,
      seller: SELLER,
      openRunningCycle: createCycleOpener(shop.db, silent),
      syncSubscription,
      gateway: createStripeGateway(shop.stripe),
      plans: createStripePlanGateway(shop.stripe),
      records: createStripeRecords(shop.stripe),
      log: silent,
      appUrl: "http://localhost:3000",
    };
    shop.makeBuyer = (given) => makeBuyer(shop, given);
    shop.charges = async (customer) => (await shop.stripe.charges.list({ customer, limit: 100 })).data;
  });
  beforeEach(() => shop.simulator.faults.clear());
  afterAll(() => shop.simulator?.close());
  return shop;
}

async function makeBuyer(
  shop: Shop,
  { cards = ["pm_card_visa"], ...options }: NewAccount & { cards?: string[] } = {},
): Promise<Buyer> {
  const account = await makeAccount(shop.db, options);
  const { accountId } = account;
  const customer = await shop.stripe.customers.create({
    email: account.email,
    metadata: { account_id: accountId },
  });
  await shop.db.update(accounts).set({ stripeCustomerId: customer.id }).where(eq(accounts.id, accountId));
  const cardIds: string[] = [];
  for (const card of cards) {
    const attached = await shop.stripe.paymentMethods.attach(card, { customer: customer.id });
    cardIds.push(attached.id);
  }
  const last = cardIds.at(-1);
  if (last) await shop.deps.gateway.setDefaultCard(customer.id, last);
  await syncPaymentMethods(shop.deps, { accountId, customerId: customer.id });
  return { ...account, customerId: customer.id, cardIds };
}

/** A purchase as the page makes it. */
export const bundleRequest = (buyer: Buyer, bundleId = "usd500") => ({
  accountId: buyer.accountId,
  userId: buyer.userId,
  requestId: newId(),
  choice: { kind: "bundle", bundleId } as const,
});
