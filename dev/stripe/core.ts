import { Faults } from "./control/faults";
import { Store } from "./store";
import type { TableName } from "./tables";
import { ApiError } from "./wire/errors";
import type { AfterLastRetry, Work } from "./work";

export type RequestLine = {
  at: number;
  id: string;
  method: string;
  path: string;
  idempotencyKey: string | null;
  /** `null` when the connection was dropped instead of answered. */
  status: number | null;
  ms: number;
  replayed: boolean;
};

export type CoreOptions = {
  publicUrl: string;
  dataFile: string | null;
  webhook: { url: string; secret: string; events?: readonly string[] } | null;
  webhookRetryDelaysMs: number[];
  webhookTimeoutMs: number;
  balanceDelayMs: number;
  retryDelaysMs: readonly number[];
  afterLastRetry: AfterLastRetry;
  now: () => number;
  lookAgainMs: number;
};

const DAY_MS = 24 * 3600 * 1000;
const EVENTS_KEPT_S = 30 * 24 * 3600;
const REMEMBERED_REQUESTS = 500;

/** What every part of the simulator shares: the store, the switches, the clock and the request log. */
export class Core {
  readonly store: Store;
  readonly faults = new Faults();
  readonly requests: RequestLine[] = [];
  /** Idempotency keys whose first request is still running, with what it asked for. */
  readonly running = new Map<string, string>();

  constructor(readonly options: CoreOptions) {
    this.store = new Store(options.dataFile);
    this.store.open((table, row) => this.stillWanted(table, row));
  }

  now(): number {
    return this.options.now();
  }

  /** One unit of work, whole or not at all; a decline counts as whole. */
  perform<T>(run: (work: Work) => T, request: Work["request"] = { id: null, idempotency_key: null }): T {
    const nowMs = this.now();
    const work: Work = {
      store: this.store,
      now: Math.floor(nowMs / 1000),
      nowMs,
      publicUrl: this.options.publicUrl,
      balanceDelayMs: this.options.balanceDelayMs,
      retryDelaysMs: this.options.retryDelaysMs,
      afterLastRetry: this.options.afterLastRetry,
      startEvents: this.options.webhook ? (this.options.webhook.events ?? ["*"]) : [],
      request,
    };
    const keep = (error: unknown) => error instanceof ApiError && error.traits.keep === true;
    return this.store.transact(() => run(work), keep);
  }

  log(line: RequestLine): void {
    this.requests.push(line);
    if (this.requests.length > REMEMBERED_REQUESTS) this.requests.shift();
  }

  reset(): void {
    this.store.reset();
    this.faults.clear();
    this.requests.length = 0;
  }

  private stillWanted(table: TableName, row: object): boolean {
    if (table === "answer" && "atMs" in row) return this.now() - Number(row.atMs) < DAY_MS;
    if (table === "event" && "created" in row) return this.now() / 1000 - Number(row.created) < EVENTS_KEPT_S;
    if (table === "delivery" && "state" in row) return row.state === "pending" || row.state === "held";
    return true;
  }
}
