import { type Credits, minCredits, NO_CREDITS, subtractCredits, sumCredits } from "../money/credits";
import { err, invariant, ok, type Result, unreachable } from "../result";
import { Draft, inOnePiece } from "./draft";
import { type LedgerLimits, mostOfCapture, USUAL_LIMITS } from "./limits";
import {
  decideRestore,
  decideRevoke,
  type RevocationAnswer,
  type RevocationRefusal,
  type Taken,
} from "./revoke";
import type { GrantKind, Hold, HoldEnd, LedgerState, Movement, Purpose, Share } from "./state";
import { NOTHING_YET } from "./state";

export type NewGrant = {
  readonly id: string;
  readonly kind: GrantKind;
  /** What it is given for: one grant per source, whatever arrives twice. */
  readonly source: string;
  readonly credits: Credits;
  readonly startsAt: Date;
  readonly expiresAt: Date;
};

/** What the assistant asks for. */
export type SpendingCommand =
  | { readonly kind: "spend"; readonly credits: Credits; readonly purpose: Purpose }
  /** Sets credits aside for at most `ttlMs` milliseconds. */
  | {
      readonly kind: "hold";
      readonly holdId: string;
      readonly credits: Credits;
      readonly ttlMs: number;
      readonly purpose: Purpose;
    }
  /** Takes what the work really cost, which may be nothing or more than was held, and ends the hold. */
  | { readonly kind: "capture"; readonly holdId: string; readonly credits: Credits }
  | { readonly kind: "release"; readonly holdId: string };

/** What this application itself asks for: billing, the schedule, an operator. */
export type InternalCommand =
  | { readonly kind: "grant"; readonly grant: NewGrant }
  /**
   * Moves what is left of grants past their expiry out of `available`, and writes down what came due: a cleanup,
   * spending never waits for it.
   */
  | { readonly kind: "expire" }
  | { readonly kind: "freeze"; readonly grantId: string }
  | { readonly kind: "unfreeze"; readonly grantId: string }
  /** Lets a grant that is not over live longer. There is no way to shorten one. */
  | { readonly kind: "extend"; readonly grantId: string; readonly expiresAt: Date }
  /** Revokes credits of one grant, wherever they are by now: what was spent of them becomes debt. */
  | { readonly kind: "revoke"; readonly grantId: string; readonly credits: Credits }
  /** Puts credits that were revoked back where they had been: see `decideRestore`. */
  | ({ readonly kind: "restore"; readonly grantId: string } & Taken)
  /** Takes spendable credits away, in spending order, all or nothing. */
  | { readonly kind: "adjust"; readonly credits: Credits };

export type Command = SpendingCommand | InternalCommand;

export type SpendingAnswer =
  | { readonly kind: "spent"; readonly credits: Credits; readonly from: readonly Share[] }
  | {
      readonly kind: "held";
      readonly holdId: string;
      readonly credits: Credits;
      readonly expiresAt: Date;
      readonly from: readonly Share[];
    }
  | {
      readonly kind: "captured";
      readonly holdId: string;
      readonly credits: Credits;
      readonly from: readonly Share[];
      /** Of the credits, those that nothing was left for. */
      readonly owed: Credits;
      /** What went back to its grants, or expired with them. */
      readonly returned: Credits;
    }
  | { readonly kind: "released"; readonly holdId: string; readonly returned: Credits };

export type InternalAnswer =
  | { readonly kind: "granted"; readonly grantId: string; readonly credits: Credits }
  | { readonly kind: "expired"; readonly credits: Credits; readonly from: readonly Share[] }
  | { readonly kind: "frozen"; readonly grantId: string }
  | { readonly kind: "unfrozen"; readonly grantId: string }
  | { readonly kind: "extended"; readonly grantId: string; readonly expiresAt: Date }
  | RevocationAnswer
  | { readonly kind: "adjusted"; readonly credits: Credits; readonly from: readonly Share[] };

export type Answer = SpendingAnswer | InternalAnswer;

export type Refusal =
  | { readonly code: "insufficient_credits"; readonly available: Credits; readonly owed: Credits }
  /** More than one command may move. */
  | { readonly code: "amount_too_large"; readonly most: Credits }
  /** More than a capture of this hold may take. The hold stays open. */
  | { readonly code: "capture_too_large"; readonly most: Credits }
  | { readonly code: "nothing_to_do" }
  | { readonly code: "hold_not_found" }
  | { readonly code: "hold_already_ended"; readonly how: HoldEnd }
  | RevocationRefusal
  | { readonly code: "grant_expired" };

export type Decision = {
  /** What had come due and happened first, whatever was asked. */
  readonly due: readonly Movement[];
  readonly movements: readonly Movement[];
  readonly state: LedgerState;
  readonly answer: Answer;
};

/** Credits set aside are never lost for longer than this, whatever becomes of the caller. */
export const MAX_HOLD_MS = 86_400_000;

/**
 * The rules of the ledger, as a pure function: what a command does to an account's credits at an instant, or why
 * it does nothing.
 */
export function decide(
  state: LedgerState,
  command: Command,
  now: Date,
  limits: LedgerLimits = USUAL_LIMITS,
): Result<Decision, Refusal> {
  const draft = new Draft(state, now);
  draft.settleDue();
  const due = draft.takeMovements();
  const answer = decideOn(draft, command, limits);
  return answer.ok
    ? ok({ due, movements: draft.takeMovements(), state: draft.state, answer: answer.value })
    : err(answer.error);
}

/** The state as it is at this instant, what came due by time alone included. */
export function settledAt(state: LedgerState, now: Date): LedgerState {
  const draft = new Draft(state, now);
  draft.settleDue();
  return draft.state;
}

/** Decides on a draft in which nothing is due. A refusal leaves it as it was. */
export function decideOn(
  draft: Draft,
  command: Command,
  limits: LedgerLimits = USUAL_LIMITS,
): Result<Answer, Refusal> {
  switch (command.kind) {
    case "spend":
      return decideSpend(draft, command, limits);
    case "hold":
      return decideHold(draft, command, limits);
    case "capture":
      return decideCapture(draft, command, limits);
    case "release":
      return decideRelease(draft, command.holdId);
    case "grant":
      return ok(decideGrant(draft, command.grant));
    case "expire":
      return decideExpire(draft);
    case "freeze":
    case "unfreeze":
      return decideFreeze(draft, command.grantId, command.kind === "freeze");
    case "extend":
      return decideExtend(draft, command.grantId, command.expiresAt);
    case "revoke":
      return decideRevoke(draft, command.grantId, command.credits);
    case "restore":
      return decideRestore(draft, command.grantId, command);
    case "adjust":
      return decideAdjust(draft, command.credits);
    default:
      return unreachable(command);
  }
}

function decideSpend(
  draft: Draft,
  { credits: wanted, purpose }: Extract<Command, { kind: "spend" }>,
  { mostPerCall }: LedgerLimits,
): Result<Answer, Refusal> {
  invariant(wanted > 0n, "a spend takes something");
  if (wanted > mostPerCall) return err({ code: "amount_too_large", most: mostPerCall });
  if (!draft.affords(wanted)) return insufficient(draft);
  return ok({ kind: "spent", credits: wanted, from: draft.takeAvailable(wanted, "spent", { purpose }) });
}

function decideHold(
  draft: Draft,
  { holdId, credits: wanted, ttlMs, purpose }: Extract<Command, { kind: "hold" }>,
  { mostPerCall }: LedgerLimits,
): Result<Answer, Refusal> {
  invariant(wanted > 0n, "a hold sets something aside");
  invariant(ttlMs > 0 && ttlMs <= MAX_HOLD_MS, "a hold lives for a moment to a day");
  if (wanted > mostPerCall) return err({ code: "amount_too_large", most: mostPerCall });
  if (!draft.affords(wanted)) return insufficient(draft);
  const from = draft.takeAvailable(wanted, "held", { holdId });
  const expiresAt = new Date(draft.now.getTime() + ttlMs);
  draft.addHold({
    id: holdId,
    credits: wanted,
    shares: from,
    purpose,
    placedAt: draft.now,
    expiresAt,
    status: "open",
    captured: NO_CREDITS,
    endedAt: null,
  });
  return ok({ kind: "held", holdId, credits: wanted, expiresAt, from });
}

/**
 * Takes from the hold first, whatever became of its grants since; then from the balance; what is not there is owed.
 * Usage comes before what is given back, so that the first line of every capture that took something is usage.
 */
function decideCapture(
  draft: Draft,
  { holdId, credits: wanted }: Extract<Command, { kind: "capture" }>,
  limits: LedgerLimits,
): Result<Answer, Refusal> {
  const found = findOpenHold(draft, holdId);
  if (!found.ok) return found;
  const hold = found.value;
  const limit = mostOfCapture(hold.credits, limits);
  if (wanted > limit.most) return err(limit);
  const work = { holdId, purpose: hold.purpose };
  const from: Share[] = [];
  const rest: Share[] = [];
  let open: Credits = wanted;
  for (const { grantId, credits: set } of hold.shares) {
    const taken = minCredits(open, set);
    draft.move(grantId, "held", "spent", taken, work);
    if (taken > 0n) from.push({ grantId, credits: taken });
    if (taken < set) rest.push({ grantId, credits: subtractCredits(set, taken) });
    open = subtractCredits(open, taken);
  }
  from.push(...draft.takeAvailable(open, "spent", work));
  const owed = subtractCredits(wanted, sumCredits(from.map((each) => each.credits)));
  draft.owe(owed, work);
  for (const share of rest) draft.giveBack(share, holdId);
  draft.endHold(hold, "captured", wanted);
  draft.payDebt();
  const returned = sumCredits(rest.map((each) => each.credits));
  return ok({ kind: "captured", holdId, credits: wanted, from: inOnePiece(from), owed, returned });
}

function decideRelease(draft: Draft, holdId: string): Result<Answer, Refusal> {
  const found = findOpenHold(draft, holdId);
  if (!found.ok) return found;
  for (const share of found.value.shares) draft.giveBack(share, holdId);
  draft.endHold(found.value, "released");
  draft.payDebt();
  const returned = sumCredits(found.value.shares.map((each) => each.credits));
  return ok({ kind: "released", holdId, returned });
}

function findOpenHold(draft: Draft, holdId: string): Result<Hold, Refusal> {
  const hold = draft.findHold(holdId);
  if (!hold) return err({ code: "hold_not_found" });
  return hold.status === "open" ? ok(hold) : err({ code: "hold_already_ended", how: hold.status });
}

function decideGrant(draft: Draft, grant: NewGrant): Answer {
  invariant(grant.credits > 0n, "a grant gives something");
  invariant(grant.startsAt < grant.expiresAt, "a grant lives forward");
  const { id, kind, startsAt, expiresAt } = grant;
  const life = { startsAt, expiresAt, createdAt: draft.now, frozen: false, cycleFrom: draft.cycleStart };
  draft.addGrant({ id, kind, remaining: grant.credits, ...NOTHING_YET, ...life });
  draft.payDebt();
  return { kind: "granted", grantId: id, credits: grant.credits };
}

function decideExpire(draft: Draft): Result<Answer, Refusal> {
  const from = draft.grants
    .filter((each) => each.expiresAt <= draft.now && each.remaining > 0n)
    .map((each) => ({ grantId: each.id, credits: each.remaining }));
  if (from.length === 0 && !draft.hasSettled) return err({ code: "nothing_to_do" });
  for (const share of from) draft.move(share.grantId, "available", "expired", share.credits);
  return ok({ kind: "expired", credits: sumCredits(from.map((each) => each.credits)), from });
}

function decideFreeze(draft: Draft, grantId: string, frozen: boolean): Result<Answer, Refusal> {
  const grant = draft.findGrant(grantId);
  if (!grant) return err({ code: "grant_not_found" });
  if (grant.frozen === frozen) return err({ code: "nothing_to_do" });
  draft.setFrozen(grantId, frozen);
  draft.payDebt();
  return ok({ kind: frozen ? "frozen" : "unfrozen", grantId });
}

/** What is over stays over, swept or not: whoever looked after its expiry was told that it is gone. */
function decideExtend(draft: Draft, grantId: string, expiresAt: Date): Result<Answer, Refusal> {
  const grant = draft.findGrant(grantId);
  if (!grant) return err({ code: "grant_not_found" });
  if (expiresAt <= grant.expiresAt) return err({ code: "nothing_to_do" });
  if (grant.expiresAt <= draft.now) return err({ code: "grant_expired" });
  draft.extend(grantId, expiresAt);
  return ok({ kind: "extended", grantId, expiresAt });
}

function decideAdjust(draft: Draft, wanted: Credits): Result<Answer, Refusal> {
  invariant(wanted > 0n, "an adjustment takes something");
  if (!draft.affords(wanted)) return insufficient(draft);
  return ok({ kind: "adjusted", credits: wanted, from: draft.takeAvailable(wanted, "revoked") });
}

const insufficient = (draft: Draft): Result<never, Refusal> =>
  err({ code: "insufficient_credits", available: draft.available(), owed: draft.owed });
