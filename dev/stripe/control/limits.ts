import type { Mode } from "./keys";

const PER_PATH = 25;
const TOTAL: Record<Mode, number> = { test: 25, live: 100 };
export const INVOICES_A_DAY = 20;

export type LimitReason = "endpoint-rate" | "global-rate";

/**
 * How many requests a second Stripe takes: 25 for each endpoint, and 25 (100 in live mode) of one account altogether, by
 * https://docs.stripe.com/rate-limits, as is the reason it names. Off unless switched on.
 */
export class Limits {
  on = false;
  private second = 0;
  private readonly taken = new Map<string, number>();

  /** Counts a request, or says why it is one too many. A refused one is not counted. */
  take(account: string, mode: Mode, path: string, wallMs: number): LimitReason | null {
    if (!this.on) return null;
    const second = Math.floor(wallMs / 1000);
    if (second !== this.second) this.taken.clear();
    this.second = second;
    const all = `${account} ${mode}`;
    const one = `${all} ${endpointOf(path)}`;
    const [ofAll, ofOne] = [this.taken.get(all) ?? 0, this.taken.get(one) ?? 0];
    if (ofOne >= PER_PATH) return "endpoint-rate";
    if (ofAll >= TOTAL[mode]) return "global-rate";
    this.taken.set(all, ofAll + 1);
    this.taken.set(one, ofOne + 1);
    return null;
  }
}

/** `/v1/customers/cus_1/x` and `/v1/customers/cus_2/x` are one endpoint. */
function endpointOf(path: string): string {
  return path.replaceAll(/\/[a-z]{2,8}_[A-Za-z0-9_]{6,}/g, "/:id");
}
