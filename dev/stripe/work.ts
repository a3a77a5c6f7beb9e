import type { Store } from "./store";

export type AfterLastRetry = "cancel" | "unpaid" | "past_due";

/** What the invoice of a schedule's next phase calls itself: not everybody sees the same (design note "Schedules"). */
export type PhaseInvoiceReason = "subscription_cycle" | "subscription_update";

/** What one unit of work (a request, a button on a hosted page, a timer) knows. */
export type Work = {
  store: Store;
  /** Whose key it is. */
  account: string;
  mode: "test" | "live";
  /** Whether a subscription gets only so many invoices a day. */
  isLimited: boolean;
  /** Seconds, as Stripe counts. */
  now: number;
  nowMs: number;
  /** Real time, which nobody moves: when a delivery is due. */
  wallMs: number;
  /** Base of every hosted page, without a slash at its end. */
  publicUrl: string;
  balanceDelayMs: number;
  /** How long a bank takes to say whether a debit is paid. */
  bankDebitDelayMs: number;
  /** How long until a refund has come through or failed, and until a bank has decided a dispute. */
  returnDelayMs: number;
  /** How long after one attempt an unpaid renewal is tried again, and what comes after the last. */
  retryDelaysMs: readonly number[];
  afterLastRetry: AfterLastRetry;
  phaseInvoiceReason: PhaseInvoiceReason;
  startEvents: readonly string[];
  request: { id: string | null; idempotency_key: string | null };
};

export const API_VERSION = "2026-10-28.endive";

/** The versions of this release: one shape of every object, so an event can be rendered for any of them. */
export const IS_THIS_RELEASE = /^20\d\d-\d\d-\d\d\.endive$/;
