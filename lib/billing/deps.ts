import type { Database, Tx } from "../../db/client";
import type { BillingFacts } from "./facts";
import type { PaymentGateway } from "./gateway";
import type { PlanGateway } from "./plan-gateway";

/** What a billing flow works with. Steps take a transaction instead. */
export type BillingDeps = {
  readonly db: Database;
  readonly openRunningCycle: OpenRunningCycle;
  /** `subscriptions/sync`, for the rooms below it: what a deleted customer subscribed to has ended. */
  readonly syncSubscription: SyncSubscription;
  readonly gateway: PaymentGateway;
  readonly plans: PlanGateway;
  readonly log: BillingLog;
  /** True where an account may go on buying while a payment of it is disputed; it may not by itself. */
  readonly buysInDispute?: boolean;
  /** The origin customers come back to from the bank and from saving a card. */
  readonly appUrl: string;
};

/**
 * Opens the running cycle of an account whose stored one is over. Resolves also where that did not succeed: it is said,
 * and not tried again for a while. Rejects where the database is away or busy, which is no account's trouble.
 */
export type OpenRunningCycle = (accountId: string) => Promise<void>;

export type SyncOptions = {
  /** Runs in the transaction that stores what was read, or finds that a later read is applied already. */
  readonly also?: (tx: Tx) => Promise<void>;
  /** Reads every list to its last page, whatever is known. */
  readonly toTheEnd?: boolean;
  /** For a read that events asked for. */
  readonly told?: Told;
};

/** What events about a plan tell of. */
export type Told = {
  /** Invoices, also those that a credit note is for. */
  readonly invoiceIds: readonly string[];
  /** Subscriptions, where besides these there is news of invoices alone, as at a renewal: less is asked where all are known. */
  readonly onlyOf: readonly string[] | null;
};

export type Synced = {
  /** Null where Stripe did not say: nothing changed. */
  readonly facts: BillingFacts | null;
};

/** Refetches what Stripe knows of an account's billing, and applies what it means. */
export type SyncSubscription = (
  deps: BillingDeps,
  account: { readonly accountId: string },
  options?: SyncOptions,
) => Promise<Synced>;

export type BillingLog = Record<"info" | "warn" | "error", (facts: object, message: string) => void>;
