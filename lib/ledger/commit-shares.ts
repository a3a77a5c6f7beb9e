import type { Database, Raw } from "../../db/client";
import { databaseIsAway } from "../../db/pool";
import type { Sharding } from "../../db/sharding";
import { DatabaseBusy, type Finish, sqlState, transactAtOnce } from "../../db/transact";
import { NO_CREDITS } from "../money/credits";
import {
  type Committed,
  commitRemembered,
  commitRememberedInShard,
  commitWork,
  type Outcome,
  type Unopened,
} from "./commit";
import type { SpendingAnswer } from "./decide";
import type { LedgerLimits } from "./limits";
import { fastPathOf, type Loaded } from "./load";
import type { Memory } from "./memory";
import type { Prepared, Work } from "./work";

/** After a repeated key, so many batches look keys up first: whoever repeats one will repeat another. */
const KEYS_FIRST_BATCHES = 64;
const UNIQUE_VIOLATION = "23505";
const OUT_OF_RANGE = "22003";
/** What is to be expected of the quick way: a repeated key, and a lock that somebody else holds. */
const ORDINARY = new Set([UNIQUE_VIOLATION, "55P03"]);

/** A caller's command, and how it is answered. */
export type Waiting = {
  readonly prepared: Prepared;
  readonly resolve: (outcome: Outcome<SpendingAnswer> | Unopened) => void;
  readonly reject: (error: unknown) => void;
};
/** What waits for one account. */
export type Share = { readonly accountId: string; readonly waiting: readonly Waiting[] };

type OnCommitted = (accountId: string, committed: Committed) => void;
export type Common = {
  readonly onCommitted: OnCommitted;
  readonly memory: Memory;
  readonly limits: LedgerLimits;
  readonly sharding: Sharding;
  readonly onTrouble: (error: unknown) => void;
  readonly asksToOpen: boolean;
};

/** What the batches of a process have in common, and what is of this one. */
export type CommitContext = Common & {
  readonly wait: boolean;
  readonly keys: { firstFor: number };
};

const toAccount = ({ accountId }: Share) => accountId;

type Answered = { readonly passedOver: readonly Share[] };

/** Gives every waiting caller its answer, but for the accounts it passed over. Never rejects. */
export async function commitShares(
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
    const loaded = active && fastPathOf(toWork(share), active, { limits });
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
  const remembered = known.map((each) => each.loaded);
  let committed: ReadonlyMap<string, Committed>;
  try {
    committed = await transactAtOnce(db, (raw, finish) =>
      commitAsRemembered(raw, remembered, finish, context),
    );
  } catch (error) {
    if (sqlState(error) === UNIQUE_VIOLATION) context.keys.firstFor = KEYS_FIRST_BATCHES;
    else context.memory.forget(shares.map(toAccount));
    // What the database refused, it undid. Whether it did is not known where it is away.
    if (!isKnown(error)) return rejectAll(shares, error);
    if (!ORDINARY.has(sqlState(error) ?? "")) {
      context.onTrouble(error);
      context.sharding.doubt();
    }
    return commitLoaded(db, shares, context);
  }
  const { passedOver } = answer(shares, committed, context);
  if (passedOver.length === 0) return { passedOver };
  context.memory.forget(passedOver.map(toAccount));
  return commitLoaded(db, passedOver, context);
}

function commitAsRemembered(
  raw: Raw,
  remembered: readonly Loaded[],
  finish: Finish,
  { sharding, limits }: CommitContext,
): Promise<ReadonlyMap<string, Committed>> {
  const [only] = remembered;
  return sharding.known && remembered.length === 1 && only
    ? commitRememberedInShard(raw, only, limits, finish)
    : commitRemembered(raw, remembered, limits, finish);
}

async function commitLoaded(
  db: Database,
  shares: readonly Share[],
  context: CommitContext,
): Promise<Answered> {
  const { keys, wait, limits, sharding, asksToOpen } = context;
  const asValues = sharding.known === true;
  const work = shares.map(toWork);
  const keysFirst = keys.firstFor > 0;
  if (keysFirst) keys.firstFor -= 1;
  let committed: ReadonlyMap<string, Committed>;
  try {
    committed = await transactAtOnce(db, (raw, finish) =>
      commitWork(raw, work, { wait, keysFirst, limits, finish, asValues, asksToOpen }),
    );
  } catch (error) {
    // Once: where looking first did not help, what collides is no repeated key.
    if (sqlState(error) === UNIQUE_VIOLATION && !keysFirst) {
      keys.firstFor = KEYS_FIRST_BATCHES;
      return commitLoaded(db, shares, context);
    }
    return bisectFailedBatch(db, shares, context, error);
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
  { memory, onCommitted }: CommitContext,
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
      each.resolve(own.outcomes[index] as Outcome<SpendingAnswer> | Unopened);
    });
    onCommitted(share.accountId, own);
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

export function refuseAll(shares: readonly Share[], outcome: Outcome<SpendingAnswer>): Answered {
  for (const { waiting } of shares) for (const each of waiting) each.resolve(outcome);
  return { passedOver: [] };
}

/** What the database refused, it undid: each half is tried again, so that one command cannot fail its neighbours. */
async function bisectFailedBatch(
  db: Database,
  shares: readonly Share[],
  context: CommitContext,
  error: unknown,
): Promise<Answered> {
  if (isKnown(error)) context.sharding.doubt();
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
