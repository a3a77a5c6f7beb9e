import type Stripe from "stripe";
import type { Database } from "../db/client";
import type { BillingDeps } from "../lib/billing/deps";
import type { SimulatorClock } from "./stripe/server";

export type SeedDeps = BillingDeps & {
  readonly stripe: Stripe;
  /** As the owner of the tables, on the application's clock: the customers' past is written back in time. */
  readonly owner: Database;
  /** Moves the simulator and the database together. */
  readonly clock: SimulatorClock;
};
