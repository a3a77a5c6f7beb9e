import type { Database } from "../../db/client";
import type { PaymentGateway } from "./gateway";
import type { PlanGateway } from "./plan-gateway";

/** What a billing flow works with. Steps take a transaction instead. */
export type BillingDeps = {
  readonly db: Database;
  readonly openRunningCycle: OpenRunningCycle;
  readonly gateway: PaymentGateway;
  readonly plans: PlanGateway;
  readonly log: BillingLog;
  /** The origin customers come back to from the bank and from saving a card. */
  readonly appUrl: string;
};

/**
 * Opens the running cycle of an account whose stored one is over. Resolves also where that did not succeed: it is said,
 * and not tried again for a while. Rejects where the database is away or busy, which is no account's trouble.
 */
export type OpenRunningCycle = (accountId: string) => Promise<void>;

export type BillingLog = Record<"info" | "warn" | "error", (facts: object, message: string) => void>;
