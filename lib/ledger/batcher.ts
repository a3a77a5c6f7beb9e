import type { Database } from "../../db/client";
import { type Sharding, shardingOf } from "../../db/sharding";
import { onceAtATime } from "../once-at-a-time";
import { type Committed, type Outcome, prepare } from "./commit";
import { type Common, commitShares, refuseAll, type Share, type Waiting } from "./commit-shares";
import type { SpendingAnswer, SpendingCommand } from "./decide";
import type { Keyed } from "./keys";
import { type LedgerLimits, USUAL_LIMITS } from "./limits";
import { createMemory } from "./memory";

/** The queue is full: nothing was begun, try again later. */
export class Overloaded extends Error {
  override name = "Overloaded";
}

export type Batcher = {
  /**
   * Applies a command together with whatever else waits, and answers after the commit. Rejects with `Overloaded`
   * at once when too much waits already. Any other rejection means that the outcome is not known: ask again with
   * the same key.
   */
  submit(accountId: string, keyed: Keyed<SpendingCommand>): Promise<Outcome<SpendingAnswer>>;
  /** Refuses what is new and resolves when everything that waited has its answer. */
  close(): Promise<void>;
};

export type BatcherOptions = {
  /** Batches decided and committed at the same time; an account is always in the same one. */
  readonly lanes?: number;
  /** Commands that wait or are being committed. */
  readonly maxQueued?: number;
  readonly limits?: LedgerLimits;
  /** Where accounts lie in shards every transaction touches one. Left out, the database is asked. */
  readonly sharding?: Sharding;
  /** Told of an error of the database by which a batch was not committed the quick way; it is tried in another. */
  readonly onTrouble?: (error: unknown) => void;
  /** Told how many commands are committed together, each time. */
  readonly onBatch?: (commands: number) => void;
  /**
   * Called when a command comes to an account whose `opens_at` has come, once for all that come meanwhile. The command
   * is decided afterwards, on what is there; a rejection is its answer. Left out, nobody has to be asked.
   */
  readonly open?: (accountId: string) => Promise<void>;
  /** Called after an account's entries passed another multiple of so many. */
  readonly onManyEntries?: { readonly every: bigint; readonly tell: (accountId: string) => void };
};

const MAX_BATCH = 1_024;
/** Of one account, so that others get into every batch beside it. */
const MAX_OF_ONE_ACCOUNT = 768;
/**
 * The part of the pool's connections that commits accounts by themselves, in tenths: beside it the lanes need theirs,
 * where there are lanes, and pages and jobs always.
 */
const EXCLUSIVE_TENTHS = { beside: 4, alone: 7 };

/**
 * Collects the spends and holds of this process while a commit is in flight, and commits them together. There is no
 * timer: a lone caller waits for nobody.
 */
export function createBatcher(db: Database, options: BatcherOptions = {}): Batcher {
  const {
    lanes: laneCount = 2,
    maxQueued = 20_000,
    limits = USUAL_LIMITS,
    sharding = shardingOf(db),
    onTrouble = () => {},
    onBatch = () => {},
  } = options;
  let queued = 0;
  let closed = false;
  let onIdle: (() => void) | null = null;

  const settle = () => {
    queued -= 1;
    if (queued === 0) onIdle?.();
  };
  const onCommitted = tellOfMany(options.onManyEntries);
  const memory = createMemory();
  const asksToOpen = options.open !== undefined;
  const common = { onCommitted, memory, limits, sharding, onTrouble, asksToOpen };
  const open = onceAtATime(options.open ?? (async () => {}));
  const exclusive = createExclusive(db, { ...common, onBatch });
  const lanes = Array.from({ length: laneCount }, () => createLane(db, { ...common, onBatch, exclusive }));
  const enqueue = (accountId: string, waiting: Waiting, inShards: boolean) => {
    const lane = lanes[laneOf(accountId, laneCount)];
    if (inShards || !lane || exclusive.has(accountId)) exclusive.add(accountId, [waiting]);
    else lane.add(accountId, waiting);
  };

  return {
    submit(accountId, keyed) {
      if (closed || queued >= maxQueued) {
        return Promise.reject(new Overloaded(`${queued} commands wait already`));
      }
      queued += 1;
      return new Promise((resolve, reject) => {
        const waiting: Waiting = {
          prepared: prepare(keyed),
          resolve: (outcome) => {
            if (outcome.kind === "unopened") {
              const again = { ...waiting, prepared: { ...waiting.prepared, wasOpened: true } };
              open(accountId).then(() => enqueue(accountId, again, sharding.known === true), waiting.reject);
              return;
            }
            settle();
            resolve(outcome);
          },
          reject: (error) => {
            settle();
            reject(error);
          },
        };
        whenKnown(sharding, (inShards) => enqueue(accountId, waiting, inShards), waiting.reject);
      });
    },
    async close() {
      closed = true;
      if (queued > 0) {
        await new Promise<void>((resolve) => {
          onIdle = resolve;
        });
      }
    },
  };
}

/** At once where it is known already: a spend waits for no turn of the event loop. */
function whenKnown(sharding: Sharding, go: (inShards: boolean) => void, fail: (error: unknown) => void) {
  if (sharding.known !== null) go(sharding.known);
  else sharding.find().then(go).catch(fail);
}

const tellOfMany =
  (many: BatcherOptions["onManyEntries"]) =>
  (accountId: string, { seqBefore, seqAfter }: Committed): void => {
    if (!many || seqBefore / many.every === seqAfter / many.every) return;
    // In its own turn: an error of whoever listens is not this batch's.
    queueMicrotask(() => many.tell(accountId));
  };

/** The last digits of a time-sortable id are random. */
const laneOf = (accountId: string, lanes: number) => Number.parseInt(accountId.slice(-4), 16) % lanes;

type Batching = Common & { readonly onBatch: (commands: number) => void };
type Lane = { add(accountId: string, waiting: Waiting): void };

function createLane(
  db: Database,
  { exclusive, onBatch, ...common }: Batching & { readonly exclusive: Exclusive },
): Lane {
  const queue = new Map<string, Waiting[]>();
  const keys = { firstFor: 0 };
  let running = false;

  const run = async () => {
    while (queue.size > 0) {
      const batch = takeBatch(queue);
      onBatch(batch.reduce((sum, { waiting }) => sum + waiting.length, 0));
      const answered = await commitShares(db, batch, { wait: false, keys, ...common });
      for (const { accountId, waiting } of answered.passedOver) exclusive.add(accountId, waiting);
    }
    running = false;
  };
  return {
    add(accountId, waiting) {
      const own = queue.get(accountId);
      if (own) own.push(waiting);
      else queue.set(accountId, [waiting]);
      if (running) return;
      running = true;
      // Whoever asks in the same turn of the event loop comes along.
      queueMicrotask(() => void run());
    },
  };
}

/** Takes from the accounts that have waited longest; what an account has beyond its share goes to the end. */
function takeBatch(queue: Map<string, Waiting[]>): Share[] {
  const batch: Share[] = [];
  const beyond: Share[] = [];
  const most = queue.size === 1 ? MAX_BATCH : MAX_OF_ONE_ACCOUNT;
  let room = MAX_BATCH;
  for (const [accountId, waiting] of queue) {
    if (room === 0) break;
    queue.delete(accountId);
    const size = Math.min(room, most, waiting.length);
    batch.push({ accountId, waiting: size < waiting.length ? waiting.slice(0, size) : waiting });
    if (size < waiting.length) beyond.push({ accountId, waiting: waiting.slice(size) });
    room -= size;
  }
  for (const { accountId, waiting } of beyond) queue.set(accountId, [...waiting]);
  return batch;
}

type Exclusive = {
  has(accountId: string): boolean;
  add(accountId: string, waiting: readonly Waiting[]): void;
};

/**
 * Commits accounts each by itself and waits for their locks: those that somebody else holds just now, so that nobody
 * in a batch waits for them, or all of them when a transaction may touch one account only.
 */
function createExclusive(db: Database, { onBatch, ...common }: Batching): Exclusive {
  const queue = new Map<string, Waiting[]>();
  const busy = new Set<string>();
  const keys = { firstFor: 0 };
  const mostBusy = () => exclusiveConnections(db.pool.max, common.sharding.known === true);

  const next = () => {
    for (const [accountId, waiting] of queue) {
      if (busy.size >= mostBusy()) return;
      if (busy.has(accountId)) continue;
      queue.delete(accountId);
      if (waiting.length > MAX_BATCH) queue.set(accountId, waiting.slice(MAX_BATCH));
      busy.add(accountId);
      void run({ accountId, waiting: waiting.slice(0, MAX_BATCH) });
    }
  };
  const run = async (share: Share) => {
    onBatch(share.waiting.length);
    const { passedOver } = await commitShares(db, [share], { wait: true, keys, ...common });
    refuseAll(passedOver, NO_ACCOUNT);
    busy.delete(share.accountId);
    next();
  };
  return {
    has: (accountId) => busy.has(accountId) || queue.has(accountId),
    add(accountId, waiting) {
      const own = queue.get(accountId);
      if (own) own.push(...waiting);
      else queue.set(accountId, [...waiting]);
      if (!busy.has(accountId)) queueMicrotask(next);
    },
  };
}

/** Whole tenths of the pool, and one at least. */
export function exclusiveConnections(pool: number, alone: boolean): number {
  const parts = pool * (alone ? EXCLUSIVE_TENTHS.alone : EXCLUSIVE_TENTHS.beside);
  return Math.max(1, (parts - (parts % 10)) / 10);
}

const NO_ACCOUNT = { kind: "refused", refusal: { code: "account_not_found" } } as const;
