import type { Bucket, LedgerState, Movement } from "../../lib/ledger/state";
import { holds } from "./guarantees";

type Account = Record<Exclude<Bucket, "owed">, number>;

/** An account's books, kept from nothing but the movements. */
export class Books {
  readonly #grants = new Map<string, Account>();
  readonly #holds = new Map<string, Map<string, number>>();
  #owed = 0;

  record(movements: readonly Movement[]): void {
    for (const each of movements) this.#recordOne(each);
  }

  #recordOne({ grantId, from, to, credits, holdId }: Movement): void {
    const amount = Number(credits);
    const told = () => `${amount} of ${grantId} from ${from} to ${to}`;
    holds("I1", amount > 0 && from !== to, told);
    holds("I1", (grantId === null) === (from === "owed"), told);
    holds("I1", grantId !== null || to === "spent", told);
    if (from === "owed") this.#owed += amount;
    if (to === "owed") this.#owed -= amount;
    if (grantId !== null) {
      const account = this.#accountOf(grantId);
      if (from !== "owed") account[from] -= amount;
      // What paid a debt was used: it counts as spent of its grant.
      account[to === "owed" ? "spent" : to] += amount;
    }
    if (holdId !== null && grantId !== null && (from === "held" || to === "held")) {
      this.#recordHold(holdId, grantId, to === "held" ? amount : -amount);
    }
    holds("I1", (from !== "held" && to !== "held") || holdId !== null, () => `${told()} names no hold`);
  }

  #recordHold(holdId: string, grantId: string, change: number): void {
    const shares = this.#holds.get(holdId) ?? new Map<string, number>();
    this.#holds.set(holdId, shares);
    const left = (shares.get(grantId) ?? 0) + change;
    holds("I12", left >= 0, () => `${holdId} gives more of ${grantId} than it has`);
    shares.set(grantId, left);
  }

  #accountOf(grantId: string): Account {
    const found = this.#grants.get(grantId);
    if (found) return found;
    const account = { issued: 0, available: 0, held: 0, spent: 0, expired: 0, revoked: 0 };
    this.#grants.set(grantId, account);
    return account;
  }

  /** Compares what is stored with what was moved. */
  check(state: LedgerState): void {
    holds("I2", Number(state.owed) === this.#owed, () => `owed ${state.owed}, by movements ${this.#owed}`);
    for (const grant of state.grants) {
      const moved = this.#accountOf(grant.id);
      const { remaining, held, spent, expired, revoked } = grant;
      const isSame =
        Number(remaining) === moved.available &&
        Number(held) === moved.held &&
        Number(spent) === moved.spent &&
        Number(expired) === moved.expired &&
        Number(revoked) === moved.revoked;
      const told = () => `${show({ id: grant.id, remaining, held, spent, expired, revoked })}`;
      holds("I2", isSame, () => `${told()}, by movements ${show(moved)}`);
      const parts = remaining + held + spent + expired + revoked;
      holds("I4", Number(parts) === -moved.issued, () => `${told()} of ${-moved.issued} granted`);
      const noPartIsNegative = remaining >= 0n && held >= 0n && spent >= 0n && expired >= 0n && revoked >= 0n;
      holds("I3", noPartIsNegative, told);
    }
    for (const hold of state.holds) this.#checkHold(hold);
  }

  #checkHold({ id, status, shares }: LedgerState["holds"][number]): void {
    const moved = this.#holds.get(id);
    if (status === "open") {
      for (const { grantId, credits } of shares) {
        const left = moved?.get(grantId);
        holds("I4", left === Number(credits), () => `${id} has ${credits} of ${grantId}, moved ${left}`);
      }
      return;
    }
    for (const [grantId, left] of moved ?? []) {
      holds("I12", left === 0, () => `${id} is ${status}, and ${left} of ${grantId} did not go back`);
    }
  }
}

const show = (value: object) =>
  JSON.stringify(value, (_, each) => (typeof each === "bigint" ? Number(each) : each));
