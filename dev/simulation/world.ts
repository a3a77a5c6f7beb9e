import { syncSubscription } from "../../lib/billing/subscriptions/sync";
import "../catalog";
import Stripe from "stripe";
import type { Database } from "../../db/client";
import { createCycleOpener } from "../../lib/billing/allowances/cycles/opener";
import type { BillingDeps } from "../../lib/billing/deps";
import { type Batcher, createBatcher } from "../../lib/ledger/batcher";
import { createStripeGateway } from "../../lib/stripe/gateway";
import { createStripePlanGateway } from "../../lib/stripe/plan-gateway";
import { setUpCatalog } from "../../lib/stripe/setup";
import type { RehearsalClock } from "../rehearsal-clock";
import { type Simulator, startSimulator } from "../stripe/server";
import { Figures } from "./figures";
import { type Dashboard, openDashboard } from "./operator/dashboard";
import { Post } from "./post";
import { isTooBusy } from "./too-busy";

/** A database with a movable clock, the simulator on the same clock, and the real SDK and gateways between them. */
export type World = {
  readonly seed: number;
  readonly db: Database;
  readonly simulator: Simulator;
  readonly deps: BillingDeps;
  /** As the API spends: over the ends of cycles. */
  readonly batcher: Batcher;
  readonly post: Post;
  readonly figures: Figures;
  /** Where operators do what they do. */
  readonly dashboard: Dashboard;
  /** What the product logged as an error: none of it may ever happen here. */
  readonly errors: string[];
  /** When the schedule opened every cycle that was due. */
  readonly openedAt: Date[];
  now(): Date;
  /** Forwards only. Everything at Stripe that is due by then has happened afterwards. */
  moveTo(at: Date): Promise<void>;
  /** What was looked up of prices is kept for minutes by the wall's clock, which stands still here. */
  forgetPrices(): void;
  close(): Promise<void>;
};

/** A call that takes longer is given up: what became of it is not known then. */
const TIMEOUT_MS = 3_000;
const PRICES_KEPT_MS = 5 * 60_000;

/** Opens a world on a migrated database that nothing else uses, with the catalog at its Stripe. */
export async function openWorld(
  seed: number,
  {
    db,
    rehearsal,
    start,
  }: { readonly db: Database; readonly rehearsal: RehearsalClock; readonly start: Date },
): Promise<World> {
  const simulator = await startSimulator({
    webhook: null,
    onClockMoved: (offsetMs) => rehearsal.setOffset(offsetMs),
  });
  await simulator.clock.moveTo(start.getTime());
  const stripe = connectTo(simulator.port);
  const figures = new Figures();
  const errors: string[] = [];
  const log = logInto(figures, errors);
  const openRunningCycle = createCycleOpener(db, log);
  const deps: BillingDeps = {
    db,
    openRunningCycle,
    syncSubscription,
    gateway: createStripeGateway(stripe),
    plans: createStripePlanGateway(stripe),
    log,
    appUrl: "http://localhost:3000",
  };
  await setUpCatalog(stripe, { appUrl: deps.appUrl });
  const batcher = createBatcher(db, { open: openRunningCycle });
  const now = () => new Date(simulator.clock.now());
  const dashboard = openDashboard(simulator);
  let askedAt = now().getTime();
  const forgetPrices = () => {
    (deps as { plans: BillingDeps["plans"] }).plans = createStripePlanGateway(stripe);
  };
  return {
    seed,
    db,
    simulator,
    deps,
    batcher,
    post: new Post(seed, { store: simulator.store, figures, deps }),
    figures,
    dashboard,
    errors,
    openedAt: [],
    now,
    async moveTo(at) {
      if (at <= now()) return;
      await simulator.clock.moveTo(at.getTime());
      if (at.getTime() - askedAt < PRICES_KEPT_MS) return;
      askedAt = at.getTime();
      forgetPrices();
    },
    forgetPrices,
    async close() {
      await batcher.close();
      await simulator.close();
    },
  };
}

/** Warnings are only counted; an error fails the year, but for a lock that was not to be had in time: that is tried again. */
const logInto = (figures: Figures, errors: string[]): BillingDeps["log"] => ({
  info: () => {},
  warn: (_, message) => figures.count("warnings", message),
  error(facts, message) {
    if (isTooBusy((facts as { err?: unknown }).err)) figures.count("too busy", message);
    else errors.push(`${message}: ${JSON.stringify(facts)}`);
  },
});

const connectTo = (port: number): Stripe =>
  new Stripe("sk_test_year", {
    host: "127.0.0.1",
    port,
    protocol: "http",
    telemetry: false,
    maxNetworkRetries: 0,
    timeout: TIMEOUT_MS,
  });
