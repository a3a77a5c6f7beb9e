import { type Credits, credits, minCredits, NO_CREDITS, subtractCredits, sumCredits } from "../money/credits";
import { invariant } from "../result";
import {
  type Bucket,
  bySpendingOrder,
  type GrantParts,
  type Hold,
  type HoldEnd,
  isSpendable,
  type LedgerState,
  type LiveGrant,
  type Movement,
  type Purpose,
  type Share,
} from "./state";

type Changeable<T> = { -readonly [K in keyof T]: T[K] };
type Work = { readonly purpose?: Purpose; readonly holdId?: string };

/** The part of its grant that a bucket is. What pays a debt was used: it counts as spent. */
const PART: Record<Bucket, keyof GrantParts | null> = {
  issued: null,
  available: "remaining",
  held: "held",
  spent: "spent",
  expired: "expired",
  revoked: "revoked",
  owed: "spent",
};

/**
 * A working copy of an account's state at one instant, on which the commands of a batch are decided one after the
 * other. The state it was made from is left as it was; what came to differ from it is in `changed…`.
 */
export class Draft {
  readonly changedGrants = new Map<string, LiveGrant>();
  readonly changedHolds = new Map<string, Hold>();
  readonly #grants: LiveGrant[];
  readonly #holds: Map<string, Hold>;
  readonly cycleStart: Date;
  #owed: Credits;
  #movements: Movement[] = [];
  #hasSettled = false;

  constructor(
    state: LedgerState,
    readonly now: Date,
  ) {
    this.#grants = [...state.grants];
    this.#holds = new Map(state.holds.map((each) => [each.id, each]));
    this.#owed = state.owed;
    this.cycleStart = state.cycleStart;
  }

  get state(): LedgerState {
    const { cycleStart } = this;
    return { grants: [...this.#grants], holds: [...this.#holds.values()], owed: this.#owed, cycleStart };
  }

  get owed(): Credits {
    return this.#owed;
  }

  /** Whether anything had come due. */
  get hasSettled(): boolean {
    return this.#hasSettled;
  }

  get grants(): readonly LiveGrant[] {
    return this.#grants;
  }

  get holds(): Iterable<Hold> {
    return this.#holds.values();
  }

  /** What was moved since this was asked last. */
  takeMovements(): readonly Movement[] {
    const moved = this.#movements;
    this.#movements = [];
    return moved;
  }

  findGrant(id: string): LiveGrant | undefined {
    return this.#grants.find((each) => each.id === id);
  }

  findHold(id: string): Hold | undefined {
    return this.#holds.get(id);
  }

  available(): Credits {
    let sum = 0n;
    for (const each of this.#grants) if (isSpendable(each, this.now)) sum += each.remaining;
    return credits(sum);
  }

  /** Whether so much can be spent: looks no further than it must. */
  affords(wanted: Credits): boolean {
    let sum = 0n;
    for (const each of this.#grants) {
      if (isSpendable(each, this.now)) sum += each.remaining;
      if (sum >= wanted) return true;
    }
    return false;
  }

  addGrant(grant: LiveGrant): void {
    this.#insert(grant);
    this.changedGrants.set(grant.id, grant);
    this.#movements.push(movement(grant.id, "issued", "available", grant.remaining));
    if (this.#owed > 0n) this.#expireRemains();
  }

  move(grantId: string, from: Bucket, to: Bucket, amount: Credits, work?: Work): void {
    if (amount === 0n) return;
    const grant = this.#change(grantId);
    const [source, target] = [PART[from], PART[to]];
    if (source) grant[source] = subtractCredits(grant[source], amount);
    if (target) grant[target] = credits(grant[target] + amount);
    count(grant, from, to, amount);
    if (to === "owed") this.#owed = subtractCredits(this.#owed, amount);
    this.#movements.push(movement(grantId, from, to, amount, work));
  }

  /** Credits used that no grant has. */
  owe(amount: Credits, work?: Work): void {
    if (amount === 0n) return;
    this.#owed = credits(this.#owed + amount);
    this.#movements.push(movement(null, "owed", "spent", amount, work));
    this.#expireRemains();
  }

  /** Moves up to so many spendable credits in spending order. Returns from which grants. */
  takeAvailable(wanted: Credits, to: Bucket, work?: Work, at: Date = this.now): readonly Share[] {
    const shares: Share[] = [];
    let open: Credits = wanted;
    for (const grant of this.#grants) {
      if (open === 0n) break;
      if (grant.remaining === 0n || !isSpendable(grant, at)) continue;
      const taken = minCredits(open, grant.remaining);
      this.move(grant.id, "available", to, taken, work);
      shares.push({ grantId: grant.id, credits: taken });
      open = subtractCredits(open, taken);
    }
    return shares;
  }

  /** Gives held credits back to the grant they came from; if that is past its expiry they expire with it. */
  giveBack({ grantId, credits: amount }: Share, holdId: string, at: Date = this.now): void {
    const grant = this.findGrant(grantId);
    invariant(grant, "a hold's grant is loaded with it");
    this.move(grantId, "held", grant.expiresAt <= at ? "expired" : "available", amount, { holdId });
  }

  setFrozen(grantId: string, frozen: boolean): void {
    this.#change(grantId).frozen = frozen;
    if (!frozen) this.#expireRemains();
  }

  /** Whoever expires later is spent later: it may have to make way for others. */
  extend(grantId: string, expiresAt: Date): void {
    const grant = this.#change(grantId);
    grant.expiresAt = expiresAt;
    this.#grants.splice(this.#grants.indexOf(grant), 1);
    this.#insert(grant);
  }

  addHold(hold: Hold): void {
    this.#holds.set(hold.id, hold);
    this.changedHolds.set(hold.id, hold);
  }

  setShares(hold: Hold, shares: readonly Share[]): void {
    this.addHold({ ...hold, shares });
  }

  endHold(hold: Hold, status: HoldEnd, captured: Credits = NO_CREDITS): void {
    this.addHold({ ...hold, status, captured, endedAt: this.now });
  }

  /**
   * What has come due by time alone, as if somebody had looked at every instant: holds past their expiry give back,
   * and a debt is paid as soon as there is something to pay it with, even if that is over by now.
   */
  settleDue(): void {
    const due = [...this.#holds.values()]
      .filter((each) => each.status === "open" && each.expiresAt <= this.now)
      .sort((a, b) => a.expiresAt.getTime() - b.expiresAt.getTime() || (a.id < b.id ? -1 : 1));
    const { owed } = this;
    for (const at of owed > 0n ? this.#instantsUnderDebt(due) : [this.now]) {
      for (const hold of due) {
        if (this.findHold(hold.id) === hold && hold.expiresAt <= at) this.#expireHold(hold, at);
      }
      this.payDebt(at);
    }
    if (due.length > 0 || this.owed < owed) this.#hasSettled = true;
  }

  payDebt(at: Date = this.now): void {
    if (this.#owed > 0n) this.takeAvailable(this.#owed, "owed", undefined, at);
  }

  #expireHold(hold: Hold, at: Date): void {
    for (const share of hold.shares) this.giveBack(share, hold.id, at);
    this.endHold(hold, "expired");
  }

  /** When something may have come in that pays, in order: a hold gave back, or a grant that was there began. */
  #instantsUnderDebt(due: readonly Hold[]): readonly Date[] {
    const begun = this.#grants.filter((each) => each.remaining > 0n && each.startsAt <= this.now);
    const instants = [...due.map((each) => each.expiresAt), ...begun.map((each) => each.startsAt)];
    return instants.sort((a, b) => a.getTime() - b.getTime());
  }

  /**
   * What is past its expiry when a debt begins, or when it is given or unfrozen under one, was never there to pay it.
   * So whatever remains under a debt has yet to begin or is frozen.
   */
  #expireRemains(): void {
    for (const { id, expiresAt, remaining } of this.#grants) {
      if (expiresAt <= this.now) this.move(id, "available", "expired", remaining);
    }
  }

  #insert(grant: LiveGrant): void {
    const place = this.#grants.findIndex((each) => bySpendingOrder(grant, each) < 0);
    this.#grants.splice(place < 0 ? this.#grants.length : place, 0, grant);
  }

  #change(grantId: string): Changeable<LiveGrant> {
    const changed = this.changedGrants.get(grantId);
    if (changed) return changed;
    const place = this.#grants.findIndex((each) => each.id === grantId);
    const grant = this.#grants[place];
    invariant(grant, `grant ${grantId} is not in the state`);
    const copy = { ...grant };
    this.#grants[place] = copy;
    this.changedGrants.set(grantId, copy);
    return copy;
  }
}

/**
 * What a movement adds to the figures of the running cycle. What was left when a grant ended at the cycle's start, or before,
 * was lost by the cycle before, whenever that is written down; what running work held of it was not. Revoked of what expired is first what expired in earlier cycles;
 * what is revoked of credits that had been used stays used, and is owed.
 */
function count(grant: Changeable<LiveGrant>, from: Bucket, to: Bucket, amount: Credits): void {
  const endedBefore = grant.cycleFrom !== null && grant.expiresAt <= grant.cycleFrom;
  const counts = from === "held" || !endedBefore;
  // What is restored of credits that had been used ends their debt, and pays none.
  const pays = to === "owed" && from !== "revoked";
  if (pays) grant.paidBack = credits(grant.paidBack + amount);
  if (pays && counts) grant.cyclePaidBack = credits(grant.cyclePaidBack + amount);
  if (to === "spent" && counts) grant.cycleUsed = credits(grant.cycleUsed + amount);
  if (to === "expired" && counts) grant.cycleExpired = credits(grant.cycleExpired + amount);
  if (from === "expired") grant.cycleExpired = minCredits(grant.cycleExpired, grant.expired);
}

const movement = (
  grantId: string | null,
  from: Bucket,
  to: Bucket,
  amount: Credits,
  work?: Work,
): Movement => ({
  grantId,
  from,
  to,
  credits: amount,
  holdId: work?.holdId ?? null,
  purpose: to === "spent" ? (work?.purpose ?? null) : null,
});

/** A capture beyond its hold may take twice from one grant. */
export function inOnePiece(shares: readonly Share[]): readonly Share[] {
  const sums = new Map<string, Credits>();
  for (const { grantId, credits } of shares) {
    sums.set(grantId, sumCredits([sums.get(grantId) ?? NO_CREDITS, credits]));
  }
  return [...sums].map(([grantId, credits]) => ({ grantId, credits }));
}
