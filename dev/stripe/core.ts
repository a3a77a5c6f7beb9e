import type { Faults } from "./control/faults";
import type { Mode, Place } from "./control/keys";
import type { RequestLine } from "./control/request-line";
import type { Switches } from "./control/switches";
import { Store } from "./store";
import type { TableName } from "./tables";
import { ApiError } from "./wire/errors";
import type { AfterLastRetry, PhaseInvoiceReason, Work } from "./work";

export type CoreOptions = {
  publicUrl: string;
  dataFile: string | null;
  webhook: { url: string; secret: string; events?: readonly string[]; apiVersion?: string } | null;
  webhookRetryDelaysMs: number[];
  webhookTimeoutMs: number;
  balanceDelayMs: number;
  bankDebitDelayMs: number;
  returnDelayMs: number;
  retryDelaysMs: readonly number[];
  afterLastRetry: AfterLastRetry;
  phaseInvoiceReason: PhaseInvoiceReason;
  /** The clock on the wall. */
  now: () => number;
  onClockMoved: (offsetMs: number) => Promise<void>;
  lookAgainMs: number;
};

const DAY_MS = 24 * 3600 * 1000;
const EVENTS_KEPT_S = 30 * 24 * 3600;
const REMEMBERED_REQUESTS = 500;
const CLOCK = "simulator";
const NOBODY: Work["request"] = { id: null, idempotency_key: null };

type Circumstances = { request?: Work["request"]; atMs?: number };

/** What everything about one account in one mode shares: its store and its clock, and the switches of all. */
export class Core {
  readonly store: Store;
  readonly faults: Faults;
  /** Idempotency keys whose first request is still running, with what it asked for. */
  readonly running = new Map<string, string>();

  constructor(
    readonly options: CoreOptions,
    readonly place: Place,
    readonly switches: Switches,
    /** The mode of this account that knows an id which this one does not. */
    readonly otherModeOf: (id: string) => Mode | null,
  ) {
    this.faults = switches.faults;
    this.store = new Store(options.dataFile, place.mode === "live");
    this.store.open((table, row) => this.stillWanted(table, row));
  }

  /** What time it is in here: the wall's, moved by an offset that a restart keeps. */
  now(): number {
    return this.wallNow() + this.offsetMs();
  }

  /** Real time, for what is about real connections: signatures, retries, remembered answers. */
  wallNow(): number {
    return this.options.now();
  }

  offsetMs(): number {
    return this.store.get("clock", CLOCK)?.offsetMs ?? 0;
  }

  setOffset(offsetMs: number): void {
    this.store.transact(() => this.store.put("clock", { id: CLOCK, offsetMs }));
  }

  /** One unit of work, whole or not at all; a decline counts as whole. It happens now, unless told when. */
  perform<T>(run: (work: Work) => T, { request = NOBODY, atMs = this.now() }: Circumstances = {}): T {
    const work: Work = {
      store: this.store,
      account: this.place.account,
      mode: this.place.mode,
      isLimited: this.switches.limits.on && request.id !== null,
      now: Math.floor(atMs / 1000),
      nowMs: atMs,
      wallMs: this.wallNow(),
      publicUrl: this.options.publicUrl,
      balanceDelayMs: this.options.balanceDelayMs,
      bankDebitDelayMs: this.options.bankDebitDelayMs,
      returnDelayMs: this.options.returnDelayMs,
      retryDelaysMs: this.options.retryDelaysMs,
      afterLastRetry: this.options.afterLastRetry,
      phaseInvoiceReason: this.options.phaseInvoiceReason,
      startEvents: this.options.webhook ? (this.options.webhook.events ?? ["*"]) : [],
      request,
    };
    const keep = (error: unknown) => error instanceof ApiError && error.traits.keep === true;
    return this.store.transact(() => run(work), keep);
  }

  get requests(): RequestLine[] {
    return this.switches.requests;
  }

  log(line: RequestLine): void {
    this.requests.push(line);
    if (this.requests.length > REMEMBERED_REQUESTS) this.requests.shift();
  }

  reset(): void {
    this.store.reset();
  }

  private stillWanted(table: TableName, row: object): boolean {
    if (table === "answer" && "atMs" in row) return this.wallNow() - Number(row.atMs) < DAY_MS;
    if (table === "event" && "created" in row) return this.now() / 1000 - Number(row.created) < EVENTS_KEPT_S;
    if (table === "delivery" && "state" in row) return row.state === "pending" || row.state === "held";
    return true;
  }
}
