import type { Database } from "../../db/client";
import type { AmountLimits } from "../money/parse-amount";
import type { PaymentGateway } from "./gateway";

/** What a billing flow works with. Steps take a transaction instead. */
export type BillingDeps = {
  readonly db: Database;
  readonly gateway: PaymentGateway;
  readonly log: BillingLog;
  readonly limits: AmountLimits;
  /** The origin customers come back to from the bank and from saving a card. */
  readonly appUrl: string;
};

export type BillingLog = Record<"info" | "warn" | "error", (facts: object, message: string) => void>;
