import type { Database } from "../../db/client";
import { databaseIsAway } from "../../db/pool";
import { DatabaseBusy, sqlState, transactAtOnce } from "../../db/transact";
import { type Committed, commitWork, type Outcome, prepare } from "./commit";
import type { SpendingAnswer, SpendingCommand } from "./decide";
import type { Keyed } from "./keys";
import type { Prepared, Work } from "./load";

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
  /** Every transaction touches one account, as a sharded database wants it. */
  readonly oneAccountPerTransaction?: boolean;
  /** Called after an account's entries passed another multiple of so many. */
  readonly onManyEntries?: { readonly every: bigint; readonly tell: (accountId: string) => void };
};

const MAX_BATCH = 1_024;
/** Of one account, so that others get into every batch beside it. */
const MAX_OF_ONE_ACCOUNT = 768;
/** Connections for accounts that are committed by themselves. */
const MAX_SOLO = 4;
/** After a repeated key, so many batches look keys up first: whoever repeats one will repeat another. */
const KEYS_FIRST_BATCHES = 64;
const UNIQUE_VIOLATION = "23505";

type Waiting = {
  readonly prepared: Prepared;
  readonly resolve: (outcome: Outcome<SpendingAnswer>) => void;
  readonly reject: (error: unknown) => void;
};
type Share = { readonly accountId: string; readonly waiting: readonly Waiting[] };

/**
 * Collects the spends and holds of this process while a commit is in flight, and commits them together. There is no
 * timer: a lone caller waits for nobody.
 */
export function createBatcher(db: Database, options: BatcherOptions = {}): Batcher {
  const { lanes: laneCount = 2, maxQueued = 20_000, oneAccountPerTransaction = false } = options;
  let queued = 0;
  let closed = false;
  let onIdle: (() => void) | null = null;

  const settle = () => {
    queued -= 1;
    if (queued === 0) onIdle?.();
  };
  const told = (accountId: string, { seqBefore, seqAfter }: Committed) => {
    const { onManyEntries: many } = options;
    if (!many || seqBefore / many.every === seqAfter / many.every) return;
    // In its own turn: an error of whoever listens is not this batch's.
    queueMicrotask(() => many.tell(accountId));
  };
  const solo = createSolo(db, told);
  const lanes = Array.from({ length: laneCount }, () => createLane(db, { told, solo }));

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
            settle();
            resolve(outcome);
          },
          reject: (error) => {
            settle();
            reject(error);
          },
        };
        const lane = lanes[laneOf(accountId, laneCount)];
        if (oneAccountPerTransaction || !lane || solo.has(accountId)) solo.add(accountId, [waiting]);
        else lane.add(accountId, waiting);
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

/** The last digits of a time-sortable id are random. */
const laneOf = (accountId: string, lanes: number) => Number.parseInt(accountId.slice(-4), 16) % lanes;

type Told = (accountId: string, committed: Committed) => void;
type Lane = { add(accountId: string, waiting: Waiting): void };

function createLane(db: Database, { told, solo }: { told: Told; solo: Solo }): Lane {
  const queue = new Map<string, Waiting[]>();
  const keys = { firstFor: 0 };
  let running = false;

  const run = async () => {
    while (queue.size > 0) {
      const batch = takeBatch(queue);
      const answered = await commitShares(db, batch, { wait: false, keys, told });
      for (const { accountId, waiting } of answered.passedOver) solo.add(accountId, waiting);
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

type Solo = {
  has(accountId: string): boolean;
  add(accountId: string, waiting: readonly Waiting[]): void;
};

/**
 * Commits accounts each by itself and waits for their locks: those that somebody else holds just now, so that nobody
 * in a batch waits for them, or all of them when a transaction may touch one account only.
 */
function createSolo(db: Database, told: Told): Solo {
  const queue = new Map<string, Waiting[]>();
  const busy = new Set<string>();
  const keys = { firstFor: 0 };

  const next = () => {
    for (const [accountId, waiting] of queue) {
      if (busy.size >= MAX_SOLO) return;
      if (busy.has(accountId)) continue;
      queue.delete(accountId);
      if (waiting.length > MAX_BATCH) queue.set(accountId, waiting.slice(MAX_BATCH));
      busy.add(accountId);
      void run({ accountId, waiting: waiting.slice(0, MAX_BATCH) });
    }
  };
  const run = async (share: Share) => {
    const { passedOver } = await commitShares(db, [share], { wait: true, keys, told });
    for (const { waiting } of passedOver) for (const each of waiting) each.resolve(NO_ACCOUNT);
    busy.delete(share.accountId);
    next();
  };
  return {
    has: (accountId) => busy.has(accountId) || queue.has(accountId),
    add(accountId, waiting) {
      queue.set(accountId, [...(queue.get(accountId) ?? []), ...waiting]);
      if (!busy.has(accountId)) queueMicrotask(next);
    },
  };
}

const NO_ACCOUNT = { kind: "refused", refusal: { code: "account_not_found" } } as const;

type CommitContext = {
  readonly wait: boolean;
  readonly keys: { firstFor: number };
  readonly told: Told;
};

/** Gives every waiting caller its answer, but for the accounts it passed over. Never rejects. */
async function commitShares(
  db: Database,
  shares: readonly Share[],
  context: CommitContext,
): Promise<{ passedOver: readonly Share[] }> {
  const { keys, wait } = context;
  const work = shares.map(toWork);
  let committed: ReadonlyMap<string, Committed>;
  try {
    const keysFirst = keys.firstFor > 0;
    if (keysFirst) keys.firstFor -= 1;
    committed = await transactAtOnce(db, (raw, finish) => commitWork(raw, work, { wait, keysFirst, finish }));
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION && keys.firstFor < KEYS_FIRST_BATCHES) {
      keys.firstFor = KEYS_FIRST_BATCHES;
      return commitShares(db, shares, context);
    }
    return survive(db, shares, context, error);
  }
  return { passedOver: answer(shares, committed, context.told) };
}

const toWork = ({ accountId, waiting }: Share): Work => ({
  accountId,
  commands: waiting.map((each) => each.prepared),
});

function answer(
  shares: readonly Share[],
  committed: ReadonlyMap<string, Committed>,
  told: Told,
): readonly Share[] {
  const passedOver: Share[] = [];
  for (const share of shares) {
    const own = committed.get(share.accountId);
    if (!own) {
      passedOver.push(share);
      continue;
    }
    share.waiting.forEach((each, index) => {
      each.resolve(own.outcomes[index] as Outcome<SpendingAnswer>);
    });
    told(share.accountId, own);
  }
  return passedOver;
}

/** What the database refused, it undid: each half is tried again, so that one command cannot fail its neighbours. */
async function survive(
  db: Database,
  shares: readonly Share[],
  context: CommitContext,
  error: unknown,
): Promise<{ passedOver: readonly Share[] }> {
  const halves = halve(shares);
  const isKnown = !databaseIsAway(error) && !(error instanceof DatabaseBusy);
  if (!halves || !isKnown) {
    for (const { waiting } of shares) for (const each of waiting) each.reject(error);
    return { passedOver: [] };
  }
  const [left, right] = halves;
  const first = await commitShares(db, left, context);
  const second = await commitShares(db, right, context);
  return { passedOver: [...first.passedOver, ...second.passedOver] };
}

function halve(shares: readonly Share[]): [Share[], Share[]] | null {
  const [first, ...others] = shares;
  if (!first) return null;
  if (others.length > 0) {
    const middle = (shares.length + 1) >> 1;
    return [shares.slice(0, middle), shares.slice(middle)];
  }
  const { accountId, waiting } = first;
  if (waiting.length < 2) return null;
  const middle = (waiting.length + 1) >> 1;
  return [
    [{ accountId, waiting: waiting.slice(0, middle) }],
    [{ accountId, waiting: waiting.slice(middle) }],
  ];
}
