import { test as base, expect } from "@playwright/test";
import postgres, { type Sql } from "postgres";
import Stripe from "stripe";
import { connect, type Database } from "../../db/client";
import type { FaultRequest } from "../stripe/control/faults";
import { findContradictions } from "./books";
import { type Customer, makeCustomer, type NewCustomer } from "./customers";
import { type Facts, readFacts } from "./facts";
import { enter } from "./session";

export { expect };

/** The running stack, as the tests arrange it and look behind it. */
export type World = {
  readonly facts: Facts;
  readonly db: Database;
  /** As the owner of the tables: for what the application may not do. */
  readonly owner: Sql;
  /** Past the contract checker, which is there for the application's calls. */
  readonly stripe: Stripe;
};

/** Lets tests into a running stack, and leaves it when they are done. */
export async function visit(facts: Facts, use: (world: World) => Promise<void>): Promise<void> {
  const { hostname, port } = new URL(facts.simulatorUrl);
  const stripe = new Stripe("sk_test_demo", { host: hostname, port, protocol: "http", telemetry: false });
  const db = connect(facts.appDatabaseUrl, { max: 3, applicationName: "e2e" });
  const owner = postgres(facts.ownerUrl, { max: 1, onnotice: () => {} });
  await use({ facts, db, owner, stripe });
  await db.pool.end({ timeout: 5 });
  await owner.end({ timeout: 5 });
}

type Fixtures = {
  /** Makes a customer whom no other test knows. */
  customer(options?: NewCustomer): Promise<Customer>;
  /** Makes a customer and signs them in, in this test's browser; only the sign-in tests go through the form. */
  buyer(options?: NewCustomer): Promise<Customer>;
  /** A switch at the Stripe simulator, off again after the test. */
  fault(request: FaultRequest): Promise<void>;
  /** From now until the test ends Stripe answers as slowly as the real one: 300 to 800 ms for what writes and for lists. */
  slowStripe(): Promise<void>;
  books: undefined;
};

export const test = base.extend<Fixtures, { world: World }>({
  world: [async ({ browserName: _ }, use) => visit(readFacts(), use), { scope: "worker" }],
  customer: async ({ world }, use) => {
    await use((options = {}) => makeCustomer(world.db, world.stripe, options));
  },
  buyer: async ({ world, customer, context }, use) => {
    await use(async (options) => {
      const made = await customer(options);
      await enter(context, world.facts, made);
      return made;
    });
  },
  fault: async ({ world }, use) => {
    const faults = `${world.facts.simulatorUrl}/_sim/faults`;
    await use(async (request) => {
      const added = await fetch(faults, { method: "POST", body: JSON.stringify(request) });
      expect(added.status).toBe(200);
    });
    await fetch(faults, { method: "DELETE" });
  },
  slowStripe: async ({ world }, use) => {
    const latency = (profile: "none" | "real") =>
      fetch(`${world.facts.simulatorUrl}/_sim/latency`, {
        method: "POST",
        body: JSON.stringify({ profile }),
      });
    await use(async () => {
      expect((await latency("real")).status).toBe(200);
    });
    await latency("none");
  },
  /** After every test: the books balance, and agree with Stripe. */
  books: [
    async ({ world }, use) => {
      await use(undefined);
      await expect.poll(() => findContradictions(world.db, world.stripe)).toEqual([]);
    },
    { auto: true },
  ],
});
