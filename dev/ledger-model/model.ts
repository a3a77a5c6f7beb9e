// Written from what the product promises, not from lib/ledger: plain numbers, nothing clever, and a clock that stops
// at every instant at which something begins or ends.

type Kind = "plan" | "promotional" | "adjustment" | "purchase";

export type ModelGrant = {
  readonly id: string;
  readonly kind: Kind;
  readonly credits: number;
  readonly startsMs: number;
  expiresMs: number;
  readonly createdMs: number;
  frozen: boolean;
  free: number;
  held: number;
  spent: number;
  expired: number;
  revoked: number;
  /** Of what was revoked, where it was then; what was put back is in none. */
  readonly takenFrom: { used: number; unused: number; expired: number };
};

type Part = { readonly grant: ModelGrant; credits: number };

export type ModelHold = {
  readonly id: string;
  /** What was set aside at first. */
  readonly credits: number;
  readonly expiresMs: number;
  status: "open" | "captured" | "released" | "expired";
  parts: Part[];
};

type Taken = readonly (readonly [grantId: string, credits: number])[];

export type ModelAnswer =
  | { readonly refused: string; readonly available?: number; readonly owed?: number; readonly most?: number }
  | {
      readonly from?: Taken;
      readonly owed?: number;
      readonly returned?: number;
      readonly debt?: number;
      readonly again?: number;
    };

const SPENDING_ORDER: readonly Kind[] = ["plan", "promotional", "adjustment", "purchase"];

/** Small, so that small histories meet them. */
export const MODEL_LIMITS = { mostPerCall: 20, captureTimesHold: 2, captureFloor: 5 };

/** One account's credits, kept the slow and obvious way. Credits are plain numbers, instants milliseconds. */
export class ModelAccount {
  readonly grants: ModelGrant[] = [];
  readonly holds: ModelHold[] = [];
  owed = 0;

  constructor(public nowMs: number) {}

  /** Lets time pass, instant by instant: nobody need look at an account for its credits to begin and to end. */
  passTo(ms: number): void {
    for (let next = this.nextInstant(); next !== null && next <= ms; next = this.nextInstant()) {
      this.nowMs = next;
      this.#comeDue();
    }
    this.nowMs = ms;
  }

  /** The next instant at which a grant begins or ends or an open hold ends. */
  nextInstant(): number | null {
    let next = Number.POSITIVE_INFINITY;
    for (const { startsMs, expiresMs } of this.grants) {
      if (startsMs > this.nowMs && startsMs < next) next = startsMs;
      if (expiresMs > this.nowMs && expiresMs < next) next = expiresMs;
    }
    for (const { status, expiresMs } of this.holds) {
      if (status === "open" && expiresMs > this.nowMs && expiresMs < next) next = expiresMs;
    }
    return next === Number.POSITIVE_INFINITY ? null : next;
  }

  available(): number {
    let sum = 0;
    for (const each of this.grants) if (this.isSpendable(each)) sum += each.free;
    return sum;
  }

  isSpendable(grant: ModelGrant): boolean {
    return grant.startsMs <= this.nowMs && this.nowMs < grant.expiresMs && !grant.frozen;
  }

  spend(credits: number): ModelAnswer {
    if (credits > MODEL_LIMITS.mostPerCall) return this.#tooMuch();
    if (this.available() < credits) return this.#tooLittle();
    return { from: named(this.#take(credits, "spent")) };
  }

  adjust(credits: number): ModelAnswer {
    if (this.available() < credits) return this.#tooLittle();
    const taken = this.#take(credits, "revoked");
    for (const part of taken) part.grant.takenFrom.unused += part.credits;
    return { from: named(taken) };
  }

  hold(id: string, credits: number, ttlMs: number): ModelAnswer {
    if (credits > MODEL_LIMITS.mostPerCall) return this.#tooMuch();
    if (this.available() < credits) return this.#tooLittle();
    const parts = this.#take(credits, "held");
    this.holds.push({ id, credits, expiresMs: this.nowMs + ttlMs, status: "open", parts });
    return { from: named(parts) };
  }

  capture(holdId: string, credits: number): ModelAnswer {
    const hold = this.#openHold(holdId);
    if ("refused" in hold) return hold;
    const { mostPerCall, captureTimesHold, captureFloor } = MODEL_LIMITS;
    // What was held may be captured, whatever the limits are.
    const perCall = hold.credits > mostPerCall ? hold.credits : mostPerCall;
    const ofHold =
      hold.credits * captureTimesHold > captureFloor ? hold.credits * captureTimesHold : captureFloor;
    if (ofHold <= perCall && credits > ofHold) return { refused: "capture_too_large", most: ofHold };
    if (credits > perCall) return { refused: "amount_too_large", most: perCall };
    let missing = credits;
    const taken: Part[] = [];
    for (const part of hold.parts) {
      const now = Math.min(part.credits, missing);
      part.grant.held -= now;
      part.grant.spent += now;
      part.credits -= now;
      missing -= now;
      taken.push({ grant: part.grant, credits: now });
    }
    const beyond = this.#take(Math.min(missing, this.available()), "spent");
    for (const part of beyond) missing -= part.credits;
    this.owed += missing;
    const returned = this.#endHold(hold, "captured");
    return { from: named([...taken, ...beyond]), owed: missing, returned };
  }

  release(holdId: string): ModelAnswer {
    const hold = this.#openHold(holdId);
    return "refused" in hold ? hold : { returned: this.#endHold(hold, "released") };
  }

  grant(given: Pick<ModelGrant, "id" | "kind" | "credits" | "startsMs" | "expiresMs">): ModelAnswer {
    const { id, kind, credits, startsMs, expiresMs } = given;
    const takenFrom = { used: 0, unused: 0, expired: 0 };
    const elsewhere = { held: 0, spent: 0, expired: 0, revoked: 0, takenFrom };
    const life = { startsMs, expiresMs, createdMs: this.nowMs, frozen: false };
    this.grants.push({ id, kind, credits, ...life, free: credits, ...elsewhere });
    this.#comeDue();
    return {};
  }

  setFrozen(grantId: string, frozen: boolean): ModelAnswer {
    const grant = this.#find(grantId);
    if (!grant) return { refused: "grant_not_found" };
    if (grant.frozen === frozen) return { refused: "nothing_to_do" };
    grant.frozen = frozen;
    this.#payDebt();
    return {};
  }

  /** Later, never earlier, and not once it is over. */
  extend(grantId: string, expiresMs: number): ModelAnswer {
    const grant = this.#find(grantId);
    if (!grant) return { refused: "grant_not_found" };
    if (expiresMs <= grant.expiresMs) return { refused: "nothing_to_do" };
    if (grant.expiresMs <= this.nowMs) return { refused: "grant_expired" };
    grant.expiresMs = expiresMs;
    return {};
  }

  /** Takes back what the customer misses least first; what had been used already is owed. */
  revoke(grantId: string, credits: number): ModelAnswer {
    const grant = this.#find(grantId);
    if (!grant) return { refused: "grant_not_found" };
    const most = grant.credits - grant.revoked;
    if (credits > most) return { refused: "more_than_granted", most };
    let missing = credits;
    for (const place of ["free", "expired"] as const) {
      const now = Math.min(grant[place], missing);
      grant[place] -= now;
      missing -= now;
      grant.takenFrom[place === "expired" ? "expired" : "unused"] += now;
    }
    const held = this.#takeFromHolds(grant, missing);
    missing -= held;
    grant.takenFrom.unused += held;
    grant.takenFrom.used += missing;
    grant.spent -= missing;
    grant.revoked += credits;
    this.owed += missing;
    this.#payDebt();
    return { debt: missing };
  }

  /** As if so much had never been revoked, as far as that can still be; what cannot is to be given again. */
  restore(grantId: string, back: ModelGrant["takenFrom"]): ModelAnswer {
    const grant = this.#find(grantId);
    if (!grant) return { refused: "grant_not_found" };
    if (back.used + back.unused + back.expired > grant.revoked)
      return { refused: "more_than_revoked", most: grant.revoked };
    const lives = this.nowMs < grant.expiresMs;
    const unowed = Math.min(back.used, this.owed);
    grant.spent += unowed;
    this.owed -= unowed;
    grant.expired += back.expired;
    if (lives) grant.free += back.unused;
    const again = back.used - unowed + (lives ? 0 : back.unused);
    grant.revoked -= back.used + back.unused + back.expired - again;
    for (const place of ["used", "unused", "expired"] as const) grant.takenFrom[place] -= back[place];
    this.#payDebt();
    return { again };
  }

  /** The youngest hold gives first. */
  #takeFromHolds(grant: ModelGrant, most: number): number {
    let taken = 0;
    for (const hold of this.holds.toReversed()) {
      if (hold.status !== "open") continue;
      for (const part of hold.parts) {
        if (part.grant !== grant) continue;
        const now = Math.min(part.credits, most - taken);
        part.credits -= now;
        grant.held -= now;
        taken += now;
      }
    }
    return taken;
  }

  #comeDue(): void {
    for (const hold of this.holds) {
      if (hold.status === "open" && hold.expiresMs <= this.nowMs) this.#giveBack(hold, "expired");
    }
    for (const grant of this.grants) {
      if (grant.expiresMs > this.nowMs) continue;
      grant.expired += grant.free;
      grant.free = 0;
    }
    this.#payDebt();
  }

  #payDebt(): void {
    const paying = this.#take(Math.min(this.owed, this.available()), "spent");
    for (const part of paying) this.owed -= part.credits;
  }

  #take(credits: number, to: "spent" | "held" | "revoked"): Part[] {
    const parts: Part[] = [];
    let missing = credits;
    for (const grant of this.inOrder()) {
      const now = Math.min(grant.free, missing);
      if (now === 0) continue;
      grant.free -= now;
      grant[to] += now;
      missing -= now;
      parts.push({ grant, credits: now });
    }
    return parts;
  }

  /** What may be spent now, in the order in which it will be. */
  inOrder(): ModelGrant[] {
    return this.grants
      .filter((each) => this.isSpendable(each))
      .sort(
        (a, b) =>
          SPENDING_ORDER.indexOf(a.kind) - SPENDING_ORDER.indexOf(b.kind) ||
          a.expiresMs - b.expiresMs ||
          a.createdMs - b.createdMs ||
          this.grants.indexOf(a) - this.grants.indexOf(b),
      );
  }

  #endHold(hold: ModelHold, status: ModelHold["status"]): number {
    const returned = this.#giveBack(hold, status);
    this.#payDebt();
    return returned;
  }

  #giveBack(hold: ModelHold, status: ModelHold["status"]): number {
    let returned = 0;
    for (const { grant, credits } of hold.parts) {
      grant.held -= credits;
      grant[grant.expiresMs <= this.nowMs ? "expired" : "free"] += credits;
      returned += credits;
    }
    hold.parts = [];
    hold.status = status;
    return returned;
  }

  #openHold(id: string): ModelHold | { readonly refused: string } {
    const hold = this.holds.find((each) => each.id === id);
    if (!hold) return { refused: "hold_not_found" };
    return hold.status === "open" ? hold : { refused: `hold_already_ended: ${hold.status}` };
  }

  #find(grantId: string): ModelGrant | undefined {
    return this.grants.find((each) => each.id === grantId);
  }

  #tooMuch(): ModelAnswer {
    return { refused: "amount_too_large", most: MODEL_LIMITS.mostPerCall };
  }

  #tooLittle(): ModelAnswer {
    return { refused: "insufficient_credits", available: this.available(), owed: this.owed };
  }
}

/** From which grants, each once, in the order in which they were first taken from. */
function named(parts: readonly Part[]): Taken {
  const sums = new Map<string, number>();
  for (const { grant, credits } of parts) {
    if (credits > 0) sums.set(grant.id, (sums.get(grant.id) ?? 0) + credits);
  }
  return [...sums];
}
