import Stripe from "stripe";
import { connect, type Database } from "../../db/client";
import { type CrashPoint, onCrashPoint } from "../../db/crash-point";
import { createCycleOpener } from "../../lib/billing/allowances/cycle-opener";
import type { BillingDeps } from "../../lib/billing/deps";
import type { ProviderRecords } from "../../lib/billing/provider-records";
import { syncSubscription } from "../../lib/billing/subscriptions/sync";
import { type Batcher, createBatcher } from "../../lib/ledger/batcher";
import { createStripeGateway } from "../../lib/stripe/gateway";
import { createStripePlanGateway } from "../../lib/stripe/plan-gateway";
import { createStripeRecords } from "../../lib/stripe/records";

/** The process ended here: nobody hears what it was about to say. */
export class Crash extends Error {
  override name = "Crash";
}

type Deps = BillingDeps & { readonly records: ProviderRecords };

/** Far longer than the simulator takes on a busy machine: in calm weather no call is given up. */
const TIMEOUT_MS = 8_000;
const CONNECTIONS = 4;

/** One process of the application: its own pool, its own memory, its own connection to Stripe. It may crash, and is started anew. */
export class Instance {
  deps!: Deps;
  batcher!: Batcher;
  stripe!: Stripe;
  crashes = 0;
  private db!: Database;
  /** How many crash points, or calls to Stripe, until it crashes; null: it does not. */
  private left: number | null = null;
  private isDead = false;

  constructor(
    private readonly appUrl: string,
    private readonly port: number,
    private readonly errors: string[],
  ) {
    this.start();
  }

  /** Lets it crash at so many crash points from now on. */
  crashAt(count: number | null): void {
    this.left = count;
  }

  /** After a crash: what was in memory is gone, and what was on its connections is rolled back. */
  async restartIfDead(): Promise<void> {
    if (!this.isDead) return;
    await this.stop();
    this.start();
  }

  async stop(): Promise<void> {
    await this.db.pool.end({ timeout: 0 });
    // What it still had to commit cannot be any more, and nobody waits for it.
    void this.batcher.close().catch(() => {});
  }

  owns(db: object): boolean {
    return db === this.db;
  }

  pass(point: CrashPoint | "before_call" | "after_call"): void {
    if (this.left !== null && this.left > 0) {
      this.left -= 1;
      if (this.left === 0) {
        this.isDead = true;
        this.crashes += 1;
      }
    }
    if (this.isDead) throw new Crash(`at ${point}`);
  }

  private start(): void {
    this.isDead = false;
    this.left = null;
    this.db = connect(this.appUrl, { max: CONNECTIONS });
    this.stripe = new Stripe("sk_test_faults", {
      host: "127.0.0.1",
      port: this.port,
      protocol: "http",
      telemetry: false,
      maxNetworkRetries: 0,
      timeout: TIMEOUT_MS,
    });
    const log: BillingDeps["log"] = {
      info: () => {},
      warn: () => {},
      error: (facts, message) => void this.errors.push(`${message}: ${describeFacts(facts)}`),
    };
    const openRunningCycle = createCycleOpener(this.db, log);
    this.deps = {
      db: this.db,
      openRunningCycle,
      syncSubscription,
      gateway: crashing(createStripeGateway(this.stripe), this),
      plans: crashing(createStripePlanGateway(this.stripe), this),
      records: createStripeRecords(this.stripe),
      log,
      appUrl: "http://localhost:3000",
    };
    this.batcher = createBatcher(this.db, { open: openRunningCycle });
  }
}

const describeFacts = (facts: object): string =>
  JSON.stringify(facts, (_, value) =>
    value instanceof Error
      ? `${value.name}: ${value.message}`
      : typeof value === "bigint"
        ? String(value)
        : value,
  );

/** Every call has a crash point before it is sent, and one before its answer is heard. */
function crashing<T extends object>(gateway: T, instance: Instance): T {
  return new Proxy(gateway, {
    get(target, name) {
      const method = Reflect.get(target, name) as unknown;
      if (typeof method !== "function") return method;
      return async (...args: unknown[]) => {
        instance.pass("before_call");
        const answer = await method.apply(target, args);
        instance.pass("after_call");
        return answer;
      };
    },
  });
}

/** Connects crash points of transactions with the instances whose databases they are. */
export const watchCrashPoints = (instances: readonly Instance[]): void =>
  onCrashPoint((point, db) => instances.find((each) => each.owns(db))?.pass(point));
