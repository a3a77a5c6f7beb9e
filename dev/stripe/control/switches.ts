import { Faults } from "./faults";
import { Keys } from "./keys";
import { Latency } from "./latency";
import { Limits } from "./limits";
import type { RequestLine } from "./request-line";

/** What can be turned at run time, for all accounts at once, and what was asked so far. */
export class Switches {
  readonly faults = new Faults();
  readonly keys = new Keys();
  readonly latency = new Latency();
  readonly limits = new Limits();
  readonly requests: RequestLine[] = [];

  reset(): void {
    this.faults.clear();
    this.keys.clear();
    this.requests.length = 0;
  }
}
