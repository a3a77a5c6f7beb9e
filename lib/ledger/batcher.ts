import type { Database } from "../../db/client";
import { databaseIsAway } from "../../db/pool";
import { DatabaseBusy, sqlState, transactAtOnce } from "../../db/transact";
import { NO_CREDITS } from "../money/credits";
import { type Committed, commitRemembered, commitWork, type Outcome, prepare } from "./commit";
import type { SpendingAnswer, SpendingCommand } from "./decide";
import type { Keyed } from "./keys";
import { type LedgerLimits, USUAL_LIMITS } from "./limits";
import { type Active, activeAlone, type Loaded, type Prepared, type Work } from "./load";

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
  readonly limits?: LedgerLimits;
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
const OUT_OF_RANGE = "22003";

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
  const { limits = USUAL_LIMITS } = options;
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
  const memory = createMemory();
  const common = { told, memory, limits };
  const solo = createSolo(db, common);
  const lanes = Array.from({ length: laneCount }, () => createLane(db, { ...common, solo }));

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

type Memory = {
  recall(accountId: string): Active | null;
  remember(accountId: string, active: Active | null): void;
  /** They were not as remembered: another process is busy with them. */
  forget(shares: readonly Share[]): void;
};

const MOST_REMEMBERED = 100_000;
/** So many times an account that another process changed is read instead of recalled. */
const READS_AFTER_CHANGE = 16;

/** What this process knows of the accounts it committed last. Never more than a guess: the database compares. */
function createMemory(): Memory {
  const active = new Map<string, Active>();
  const shared = new Map<string, number>();
  return {
    recall: (accountId) => active.get(accountId) ?? null,
    remember(accountId, now) {
      const reads = shared.get(accountId) ?? 0;
      if (reads > 1) shared.set(accountId, reads - 1);
      else shared.delete(accountId);
      if (!now || reads > 1) {
        active.delete(accountId);
        return;
      }
      active.set(accountId, now);
      const [oldest] = active.keys();
      if (active.size > MOST_REMEMBERED && oldest) active.delete(oldest);
    },
    forget(shares) {
      for (const { accountId } of shares) {
        active.delete(accountId);
        if (shared.size < MOST_REMEMBERED) shared.set(accountId, READS_AFTER_CHANGE);
      }
    },
  };
}

type Told = (accountId: string, committed: Committed) => void;
type Lane = { add(accountId: string, waiting: Waiting): void };

type Common = { readonly told: Told; readonly memory: Memory; readonly limits: LedgerLimits };

function createLane(db: Database, { solo, ...common }: Common & { readonly solo: Solo }): Lane {
  const queue = new Map<string, Waiting[]>();
  const keys = { firstFor: 0 };
  let running = false;

  const run = async () => {
    while (queue.size > 0) {
      const batch = takeBatch(queue);
      const answered = await commitShares(db, batch, { wait: false, keys, ...common });
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
function createSolo(db: Database, common: Common): Solo {
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

const NO_ACCOUNT = { kind: "refused", refusal: { code: "account_not_found" } } as const;

type CommitContext = Common & { readonly wait: boolean; readonly keys: { firstFor: number } };

type Answered = { readonly passedOver: readonly Share[] };

/** Gives every waiting caller its answer, but for the accounts it passed over. Never rejects. */
async function commitShares(
  db: Database,
  shares: readonly Share[],
  context: CommitContext,
): Promise<Answered> {
  const { known, others } = context.keys.firstFor > 0 ? allUnknown(shares) : split(shares, context);
  const answered = await Promise.all([
    known.length > 0 ? commitKnown(db, known, context) : null,
    others.length > 0 ? commitLoaded(db, others, context) : null,
  ]);
  return { passedOver: answered.flatMap((each) => each?.passedOver ?? []) };
}

type Recalled = { readonly share: Share; readonly loaded: Loaded };

const allUnknown = (shares: readonly Share[]) => ({ known: [] as Recalled[], others: shares });

/** Those accounts first of which enough is remembered to decide what they are asked for. */
function split(shares: readonly Share[], { memory, limits }: CommitContext) {
  const known: Recalled[] = [];
  const others: Share[] = [];
  for (const share of shares) {
    const active = memory.recall(share.accountId);
    const loaded = active && activeAlone(toWork(share), active, { limits });
    if (loaded) known.push({ share, loaded });
    else others.push(share);
  }
  return { known, others };
}

/** One round trip, where what is remembered is still so; where it is not, the account is read again. */
async function commitKnown(
  db: Database,
  known: readonly Recalled[],
  context: CommitContext,
): Promise<Answered> {
  const shares = known.map((each) => each.share);
  let committed: ReadonlyMap<string, Committed>;
  try {
    committed = await transactAtOnce(db, (raw, finish) =>
      commitRemembered(
        raw,
        known.map((each) => each.loaded),
        context.limits,
        finish,
      ),
    );
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION) context.keys.firstFor = KEYS_FIRST_BATCHES;
    else context.memory.forget(shares);
    // What the database refused, it undid. Whether it did is not known where it is away.
    return isKnown(error) ? commitLoaded(db, shares, context) : rejectAll(shares, error);
  }
  const { passedOver } = answer(shares, committed, context);
  if (passedOver.length === 0) return { passedOver };
  context.memory.forget(passedOver);
  return commitLoaded(db, passedOver, context);
}

async function commitLoaded(
  db: Database,
  shares: readonly Share[],
  context: CommitContext,
): Promise<Answered> {
  const { keys, wait, limits } = context;
  const work = shares.map(toWork);
  const keysFirst = keys.firstFor > 0;
  if (keysFirst) keys.firstFor -= 1;
  let committed: ReadonlyMap<string, Committed>;
  try {
    committed = await transactAtOnce(db, (raw, finish) =>
      commitWork(raw, work, { wait, keysFirst, limits, finish }),
    );
  } catch (error) {
    // Once: where looking first did not help, what collides is no repeated key.
    if (sqlState(error) === UNIQUE_VIOLATION && !keysFirst) {
      keys.firstFor = KEYS_FIRST_BATCHES;
      return commitLoaded(db, shares, context);
    }
    return survive(db, shares, context, error);
  }
  return answer(shares, committed, context);
}

const toWork = ({ accountId, waiting }: Share): Work => ({
  accountId,
  commands: waiting.map((each) => each.prepared),
});

function answer(
  shares: readonly Share[],
  committed: ReadonlyMap<string, Committed>,
  { memory, told }: CommitContext,
): Answered {
  const passedOver: Share[] = [];
  for (const share of shares) {
    const own = committed.get(share.accountId);
    if (!own) {
      passedOver.push(share);
      continue;
    }
    memory.remember(share.accountId, own.active);
    share.waiting.forEach((each, index) => {
      each.resolve(own.outcomes[index] as Outcome<SpendingAnswer>);
    });
    told(share.accountId, own);
  }
  return { passedOver };
}

const isKnown = (error: unknown): boolean => !databaseIsAway(error) && !(error instanceof DatabaseBusy);

function rejectAll(shares: readonly Share[], error: unknown): Answered {
  for (const { waiting } of shares) for (const each of waiting) each.reject(error);
  return { passedOver: [] };
}

/** A number of the account has grown too large for its column: the database undid the write, and always will. */
const NOTHING_FITS = {
  kind: "refused",
  refusal: { code: "amount_too_large", most: NO_CREDITS },
} as const;

function refuseAll(shares: readonly Share[], outcome: Outcome<SpendingAnswer>): Answered {
  for (const { waiting } of shares) for (const each of waiting) each.resolve(outcome);
  return { passedOver: [] };
}

/** What the database refused, it undid: each half is tried again, so that one command cannot fail its neighbours. */
async function survive(
  db: Database,
  shares: readonly Share[],
  context: CommitContext,
  error: unknown,
): Promise<Answered> {
  const halves = halve(shares);
  if (!halves && sqlState(error) === OUT_OF_RANGE) return refuseAll(shares, NOTHING_FITS);
  if (!halves || !isKnown(error)) return rejectAll(shares, error);
  const [left, right] = halves;
  const first = await commitLoaded(db, left, context);
  const second = await commitLoaded(db, right, context);
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
