import { type Raw, rawOf, type Tx } from "../../db/client";
import { balances } from "../../db/schema";
import type { Finish } from "../../db/transact";
import { NO_CREDITS } from "../money/credits";
import { invariant } from "../result";
import type { Balance, Change, Decided } from "./change";
import { type Answer, decideOn, type Refusal } from "./decide";
import { Draft } from "./draft";
import { type KnownKeys, lookUpKeys } from "./earlier-answers";
import { fingerprintOf, internalFingerprint, isSpending, type Keyed, keyMark } from "./keys";
import { type LedgerLimits, USUAL_LIMITS } from "./limits";
import { type Active, type Loaded, load } from "./load";
import { isSpendable, type LiveGrant } from "./state";
import type { Known, Prepared, Work } from "./work";
import { write } from "./write";
import { moveIfUnchanged, writeIfUnchanged } from "./write-remembered";

export type { Keyed } from "./keys";

export type Outcome<A extends Answer = Answer> =
  | {
      /** `replayed`: the key was used before with the same body; nothing happened now, this was the answer then. */
      readonly kind: "done" | "replayed";
      readonly answer: A;
      readonly at: Date;
      /** The number of the command's first entry; 0 when no credits moved. */
      readonly seq: bigint;
    }
  /** Nothing was written; the key may be tried again. */
  | {
      readonly kind: "refused";
      readonly refusal:
        | Refusal
        | { readonly code: "idempotency_key_reused" }
        | { readonly code: "account_not_found" };
    };

/** Not decided and not looked at: whoever opens the account has to be asked first. Nothing was written. */
export type Unopened = { readonly kind: "unopened" };
const UNOPENED: Unopened = { kind: "unopened" };

/**
 * Applies commands to one account in order, inside the caller's transaction, under the account's ledger lock. A
 * refusal touches nobody else in the list. The instant is the database's clock, read once after the lock was granted.
 */
export async function commit(
  tx: Tx,
  accountId: string,
  keyed: readonly Keyed[],
): Promise<readonly Outcome[]> {
  const done = await commitTogether(tx, [{ accountId, keyed }]);
  const own = done.get(accountId);
  invariant(own, `account ${accountId} has no books`);
  return own;
}

/** The same for several accounts, which are all locked first. One without books is missing from the answer. */
export async function commitTogether(
  tx: Tx,
  accounts: readonly { readonly accountId: string; readonly keyed: readonly Keyed[] }[],
): Promise<ReadonlyMap<string, readonly Outcome[]>> {
  if (accounts.length === 0) return new Map();
  const work = accounts.map(({ accountId, keyed }) => ({ accountId, commands: keyed.map(prepare) }));
  const done = await commitWork(rawOf(tx), work, {
    wait: true,
    keysFirst: true,
    limits: USUAL_LIMITS,
    asValues: accounts.length === 1,
    asksToOpen: false,
  });
  return new Map([...done].map(([id, { outcomes }]) => [id, outcomes as readonly Outcome[]]));
}

/** Opens the books of a new account; until then nothing can be given to it. For both instants see `start-cycle`. */
export async function openBooks(
  tx: Tx,
  accountId: string,
  cycle: { readonly opensAt: Date; readonly startsAt: Date },
): Promise<void> {
  await tx
    .insert(balances)
    .values({ accountId, lastSeq: 0n, opensAt: cycle.opensAt, cycleStart: cycle.startsAt });
}

/** Two commands with one id are the same command, or a key used twice. */
export const prepare = ({ key, command, cause, apiKey }: Keyed): Prepared =>
  isSpending(command)
    ? { key, command, apiKey, id: keyMark(key), fingerprint: String(fingerprintOf(command)) }
    : { key, command, cause, id: `internal:${key}`, fingerprint: internalFingerprint(command) };

export type CommitOptions = {
  /** False passes over accounts that somebody else has locked. */
  readonly wait: boolean;
  /** False trusts that keys are new and lets the unique key refuse (SQLSTATE 23505) what is not. */
  readonly keysFirst: boolean;
  readonly limits: LedgerLimits;
  /** True decides no spending command of an account whose `opens_at` has come, unless it says that it was opened. */
  readonly asksToOpen: boolean;
  /** True writes rows as a sharded database wants them; for the work of one account. Thousands of rows are faster without. */
  readonly asValues: boolean;
  /** Takes over the writes as soon as they are sent; by itself this waits for them. */
  readonly finish?: Finish;
};

export type Committed = {
  /** In the order of the account's commands. */
  readonly outcomes: readonly (Outcome | Unopened)[];
  /** The number of the account's last entry, before and after. */
  readonly seqBefore: bigint;
  readonly seqAfter: bigint;
  /** What the next spend need know of the account, where that is simple and was written just now. */
  readonly active: Active | null;
};

/**
 * Applies commands to many accounts inside one transaction. Accounts that were passed over, or have no books, are
 * missing from the answer.
 */
export async function commitWork(
  raw: Raw,
  work: readonly Work[],
  options: CommitOptions,
): Promise<ReadonlyMap<string, Committed>> {
  const [loaded, known] = await Promise.all([
    load(raw, work, options),
    options.keysFirst ? lookUpKeys(raw, work) : (new Map() as KnownKeys),
  ]);
  const verdicts = loaded.map((each) => judge(each, options, known.get(each.work.accountId)));
  const refused = options.keysFirst ? [] : verdicts.filter((each) => each.refused.length > 0);
  const late = refused.length > 0 ? await lookUpKeys(raw, refused.map(refusedWork)) : null;
  const changes = verdicts.flatMap(({ change }) => (change ? [change] : []));
  const writes = changes.length > 0 ? write(raw, changes, options) : Promise.resolve();
  await (options.finish ? options.finish(writes) : writes);
  return new Map(
    verdicts.map((each) => {
      const { accountId } = each.loaded.work;
      const outcomes = late ? correct(each, late.get(accountId)) : each.outcomes;
      return [accountId, committed(each, outcomes)];
    }),
  );
}

/**
 * Applies spends to accounts as this process remembers them, inside one transaction of one round trip. Accounts that
 * are not as remembered are missing from the answer, and nothing happened to them.
 */
export async function commitRemembered(
  raw: Raw,
  remembered: readonly Loaded[],
  limits: LedgerLimits,
  finish: Finish,
): Promise<ReadonlyMap<string, Committed>> {
  // That the account is stable, and so need not be opened, the database compares.
  const verdicts = remembered.map((each) => judge(each, { limits, asksToOpen: false }));
  const writes = writeIfUnchanged(
    raw,
    verdicts.flatMap((each) => each.change ?? []),
  );
  await finish(writes);
  const instants = await writes;
  return new Map(
    verdicts.flatMap((each) => {
      const { accountId } = each.loaded.work;
      const at = instants.get(accountId);
      return at ? [[accountId, committed(each, each.outcomes.map(doneAt(at)))] as const] : [];
    }),
  );
}

/** As `commitRemembered`, of one account and as a sharded database wants it; one round trip more. */
export async function commitRememberedInShard(
  raw: Raw,
  remembered: Loaded,
  limits: LedgerLimits,
  finish: Finish,
): Promise<ReadonlyMap<string, Committed>> {
  const verdict = judge(remembered, { limits, asksToOpen: false });
  const moved = verdict.change && (await moveIfUnchanged(raw, verdict.change));
  if (!moved) return new Map();
  await finish(moved.insert());
  const { accountId } = remembered.work;
  return new Map([[accountId, committed(verdict, verdict.outcomes.map(doneAt(moved.at)))]]);
}

const doneAt =
  (at: Date) =>
  (outcome: Outcome | Unopened): Outcome | Unopened =>
    outcome.kind === "done" || outcome.kind === "replayed" ? { ...outcome, at } : outcome;

function committed({ loaded, change }: Verdict, outcomes: Committed["outcomes"]): Committed {
  const { lastSeq, activeGrantId, activeCredits, stableUntil } = change?.balance ?? {
    lastSeq: loaded.lastSeq,
    activeGrantId: null,
    activeCredits: NO_CREDITS,
    stableUntil: null,
  };
  const active =
    activeGrantId && stableUntil
      ? { lastSeq, grantId: activeGrantId, credits: activeCredits, stableUntil }
      : null;
  return { outcomes, seqBefore: loaded.lastSeq, seqAfter: lastSeq, active };
}

type Verdict = {
  readonly loaded: Loaded;
  readonly outcomes: Committed["outcomes"];
  /** What was refused without asking whether its key was used before. */
  readonly refused: readonly Prepared[];
  readonly change: Change | null;
};

/** Decides an account's commands in order. */
function judge(
  loaded: Loaded,
  { limits, asksToOpen }: Pick<CommitOptions, "limits" | "asksToOpen">,
  before?: ReadonlyMap<string, Known>,
): Verdict {
  const known = new Map(before);
  const mustOpen = asksToOpen && loaded.opensAt !== null && loaded.opensAt <= loaded.now;
  const draft = new Draft(loaded.state, loaded.now);
  draft.settleDue();
  const due = draft.takeMovements();
  const decided: Decided[] = [];
  const refused: Prepared[] = [];
  let seq = loaded.lastSeq + BigInt(due.length);
  const outcomes = loaded.work.commands.map((prepared): Outcome | Unopened => {
    const earlier = known.get(prepared.id);
    if (earlier) return repeat(earlier, prepared);
    if (mustOpen && !prepared.wasOpened) return UNOPENED;
    const decision = decideOn(draft, prepared.command, limits);
    if (!decision.ok) {
      refused.push(prepared);
      return { kind: "refused", refusal: decision.error };
    }
    const movements = draft.takeMovements();
    decided.push({ prepared, answer: decision.value, movements });
    const done = { answer: decision.value, at: loaded.now, seq: movements.length > 0 ? seq + 1n : 0n };
    seq += BigInt(movements.length);
    known.set(prepared.id, { fingerprint: prepared.fingerprint, done: () => done });
    return { kind: "done", ...done };
  });
  const change = decided.length > 0 ? changeOf(loaded, draft, { due, decided, lastSeq: seq }) : null;
  return { loaded, outcomes, refused, change };
}

const repeat = (earlier: Known, { command, fingerprint }: Prepared): Outcome =>
  earlier.fingerprint === fingerprint
    ? { kind: "replayed", ...earlier.done(command) }
    : { kind: "refused", refusal: { code: "idempotency_key_reused" } };

const refusedWork = ({ loaded, refused }: Verdict): Work => ({
  accountId: loaded.work.accountId,
  commands: refused,
});

/** What was refused for the state of the account may have been done before, and then that is the answer. */
function correct(verdict: Verdict, known: ReadonlyMap<string, Known> | undefined): Committed["outcomes"] {
  const refused = new Set(verdict.refused);
  return verdict.outcomes.map((outcome, index) => {
    const prepared = verdict.loaded.work.commands[index] as Prepared;
    const earlier = refused.has(prepared) ? known?.get(prepared.id) : undefined;
    return earlier ? repeat(earlier, prepared) : outcome;
  });
}

type Judged = { readonly due: Change["due"]; readonly decided: readonly Decided[]; readonly lastSeq: bigint };

function changeOf(loaded: Loaded, draft: Draft, { due, decided, lastSeq }: Judged): Change {
  const rest = { loaded, due, decided };
  if (loaded.isFastPath) {
    const [grant] = draft.grants;
    const { activeGrantId, stableUntil } = loaded;
    const activeCredits = grant?.remaining ?? NO_CREDITS;
    const balance = { lastSeq, owed: NO_CREDITS, activeGrantId, activeCredits, stableUntil };
    return { ...rest, grants: [], holds: [], balance };
  }
  return {
    ...rest,
    grants: changedGrants(loaded, draft),
    holds: [...draft.changedHolds.values()],
    balance: { lastSeq, owed: draft.owed, ...nextActive(loaded, draft) },
  };
}

/** The row of the grant that was active is behind: it is brought up to date whatever happened to it now. */
function changedGrants({ activeGrantId }: Loaded, draft: Draft): readonly LiveGrant[] {
  const changed = new Map(draft.changedGrants);
  const active = activeGrantId === null ? undefined : draft.findGrant(activeGrantId);
  if (active) changed.set(active.id, active);
  return [...changed.values()];
}

/** The first grant to spend from, and for how long nothing comes before it or ends it by time alone. */
function nextActive(
  { now, stableUntil, nextDue, opensAt }: Loaded,
  draft: Draft,
): Pick<Balance, "activeGrantId" | "activeCredits" | "stableUntil"> {
  const active =
    draft.owed > 0n ? undefined : draft.grants.find((each) => each.remaining > 0n && isSpendable(each, now));
  const instants = [
    stableUntil,
    nextDue,
    opensAt,
    active?.expiresAt ?? null,
    ...draft.grants.filter((each) => each.startsAt > now).map((each) => each.startsAt),
    ...[...draft.holds].filter((each) => each.status === "open").map((each) => each.expiresAt),
  ];
  const first = instants.reduce((a, b) => (a === null || (b !== null && b < a) ? b : a), null);
  return {
    activeGrantId: active?.id ?? null,
    activeCredits: active?.remaining ?? NO_CREDITS,
    stableUntil: first,
  };
}
