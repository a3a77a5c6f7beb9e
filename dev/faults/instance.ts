import Stripe from "stripe";
import { connect, type Database } from "../../db/client";
import { type CrashPoint, onCrashPoint } from "../../db/crash-point";
import { createCycleOpener } from "../../lib/billing/allowances/cycles/opener";
import type { BillingDeps } from "../../lib/billing/deps";
import type { ProviderRecords } from "../../lib/billing/provider-records";
import { syncSubscription } from "../../lib/billing/subscriptions/sync";
import { type Batcher, createBatcher } from "../../lib/ledger/batcher";
import { createStripeGateway } from "../../lib/stripe/gateway";
import { createStripePlanGateway } from "../../lib/stripe/plan-gateway";
import { createStripeRecords } from "../../lib/stripe/records";
import type { Lent, Line } from "./line";
import type { Turns } from "./turns";

/** The process ended here: nobody hears what it was about to say. */
export class Crash extends Error {
  override name = "Crash";
}

type Deps = BillingDeps & { readonly records: ProviderRecords };

/** What is slow on purpose takes longer; what a busy machine makes slow does not. */
export const IMPATIENT_MS = 1_500;
/** Far longer than the simulator takes on a busy machine: in calm weather no call is given up. */
const PATIENT_MS = 8_000;

type Options = {
  readonly name: string;
  readonly turns: Turns;
  /** Told every point that is passed. */
  readonly onPoint: (point: string) => void;
  readonly databaseUrl: string;
  /** Between it and its database. */
  readonly line: Line;
  readonly stripePort: number;
  /** Where it logs errors. */
  readonly errors: string[];
};

/** What is to happen after how many more of the points that a process passes. */
type Fate = { left: number; readonly happens: () => void };

/** One process of the application: its own pool, its own memory, its own connection to Stripe. It may crash, and is started anew. */
export class Instance {
  deps!: Deps;
  batcher!: Batcher;
  stripe!: Stripe;
  crashes = 0;
  private db!: Database;
  private lent!: Lent;
  private fates: Fate[] = [];
  private isDead = false;
  private patienceMs = IMPATIENT_MS;

  constructor(private readonly options: Options) {
    this.start();
  }

  /** Lets it crash at the so-manieth point from now on: a call to Stripe or a commit, before it or after it. */
  crashAt(count: number): void {
    const happens = () => {
      this.isDead = true;
      this.crashes += 1;
    };
    this.fates.push({ left: count, happens });
  }

  /** Cuts its connections to the database there, whatever is on them. */
  cutAt(count: number): void {
    this.fates.push({ left: count, happens: () => this.options.line.cut() });
  }

  /** Cuts a connection as soon as the database has sent such a message on it: a row, a commit's answer. */
  cutAfter(message: string): void {
    this.options.line.cutAfter(message);
  }

  /** Whatever was still to happen to it does not. */
  spare(): void {
    this.fates = [];
    this.options.line.cutAfter("");
  }

  /** After a crash: what was in memory is gone, and what was on its connections is rolled back. */
  async restartIfDead(): Promise<void> {
    if (this.isDead) await this.restart();
  }

  /** From here on no call is given up for being slow. */
  async restartPatiently(): Promise<void> {
    this.patienceMs = PATIENT_MS;
    await this.restart();
  }

  async stop(): Promise<void> {
    unwatch(this);
    await this.lent.giveBack();
    // What it still had to commit cannot be any more, and nobody waits for it.
    void this.batcher.close().catch(() => {});
  }

  owns(db: object): boolean {
    return db === this.db;
  }

  /** Whether it is asking its database for anything. */
  get isBusy(): boolean {
    const { inUse, waiting } = this.db.pool.usage;
    return inUse + waiting > 0;
  }

  /** Resolves when it is its turn to go on, where turns are taken. */
  turn(to: string): Promise<void> {
    return this.options.turns.take(`${this.options.name} ${to}`);
  }

  call<T>(work: () => Promise<T>): Promise<T> {
    return this.options.turns.call(work);
  }

  pass(point: CrashPoint | "before_call" | "after_call", of = ""): void {
    this.options.onPoint(`${this.options.name} ${point} ${of}`);
    for (const fate of [...this.fates]) {
      fate.left -= 1;
      if (fate.left > 0) continue;
      this.fates.splice(this.fates.indexOf(fate), 1);
      fate.happens();
    }
    if (this.isDead) throw new Crash(`at ${point}`);
  }

  private async restart(): Promise<void> {
    await this.stop();
    this.start();
  }

  private start(): void {
    const { databaseUrl, line, stripePort, errors } = this.options;
    this.isDead = false;
    this.fates = [];
    this.lent = line.lend();
    this.db = connect(databaseUrl, { pool: this.lent.pool });
    this.stripe = new Stripe("sk_test_faults", {
      host: "127.0.0.1",
      port: stripePort,
      protocol: "http",
      telemetry: false,
      maxNetworkRetries: 0,
      timeout: this.patienceMs,
    });
    const log: BillingDeps["log"] = {
      info: () => {},
      warn: () => {},
      error: (facts, message) => void errors.push(`${message}: ${describeFacts(facts)}`),
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
    watch(this);
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
        await instance.turn(String(name));
        instance.pass("before_call", String(name));
        const answer = await instance.call(() => method.apply(target, args));
        instance.pass("after_call", String(name));
        return answer;
      };
    },
  });
}

/** Those that run, of all worlds of this process: which of them passes a point of a transaction, its database says. */
const running = new Set<Instance>();

function watch(instance: Instance): void {
  running.add(instance);
  onCrashPoint((point, db) => {
    for (const each of running) if (each.owns(db)) each.pass(point);
  });
}

function unwatch(instance: Instance): void {
  running.delete(instance);
  if (running.size === 0) onCrashPoint(null);
}
