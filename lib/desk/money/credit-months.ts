import type { MonthSum } from "../../ledger/month-sums";
import type { GrantKind } from "../../ledger/state";

/** What became of the credits of all accounts in a month (UTC), and what was unspent and owed at its end. */
export type CreditMonth = {
  /** `2026-11`. */
  readonly month: string;
  readonly granted: Readonly<Record<GrantKind, bigint>>;
  readonly grantedInAll: bigint;
  /** Spends and captures, paid for or not. */
  readonly used: bigint;
  readonly expired: bigint;
  /** Taken away, less what was put back; adjustments among it. */
  readonly revoked: bigint;
  /** At the month's end, what accounts had and could still come to use: available or held, frozen or not begun too. */
  readonly unspent: Readonly<Record<GrantKind, bigint>>;
  readonly unspentInAll: bigint;
  /** At the month's end, what accounts had used and not paid for. */
  readonly owed: bigint;
};

const NOTHING: Readonly<Record<GrantKind, bigint>> = {
  plan: 0n,
  purchase: 0n,
  promotional: 0n,
  adjustment: 0n,
};

/**
 * The months from the first in which anything moved to `until` (`2026-11`), or the last that did where that is later, oldest
 * first. Every month adds up: what was unspent less what was owed grows by what was granted, less what was used, expired and
 * was revoked.
 */
export function creditMonths(sums: readonly MonthSum[], until: string): readonly CreditMonth[] {
  const first = sums[0]?.month;
  if (first === undefined) return [];
  const last = sums.reduce((latest, { month }) => (month > latest ? month : latest), until);
  const months: CreditMonth[] = [];
  let before: Pick<CreditMonth, "unspent" | "owed"> = { unspent: NOTHING, owed: 0n };
  for (let month = first; month <= last; month = monthAfter(month)) {
    const moved = addUp(
      sums.filter((each) => each.month === month),
      before,
    );
    months.push({ month, ...moved });
    before = moved;
  }
  return months;
}

/** The `2026-12` of `2026-11`. */
export function monthAfter(month: string): string {
  const [year = 0, number = 0] = month.split("-").map(Number);
  const next = number === 12 ? [year + 1, 1] : [year, number + 1];
  return `${String(next[0]).padStart(4, "0")}-${String(next[1]).padStart(2, "0")}`;
}

function addUp(
  sums: readonly MonthSum[],
  before: Pick<CreditMonth, "unspent" | "owed">,
): Omit<CreditMonth, "month"> {
  const granted = { ...NOTHING };
  const unspent = { ...before.unspent };
  const left = { spent: 0n, expired: 0n, revoked: 0n };
  let { owed } = before;
  for (const { kind, from, to, credits } of sums) {
    for (const [bucket, amount] of [[from, -credits] as const, [to, credits] as const]) {
      if (bucket === "owed") owed -= amount;
      else if (bucket === "spent" || bucket === "expired" || bucket === "revoked") left[bucket] += amount;
      else if (kind !== "none" && bucket === "issued") granted[kind] -= amount;
      else if (kind !== "none") unspent[kind] += amount;
    }
  }
  return {
    granted,
    grantedInAll: inAll(granted),
    used: left.spent,
    expired: left.expired,
    revoked: left.revoked,
    unspent,
    unspentInAll: inAll(unspent),
    owed,
  };
}

const inAll = (of: Readonly<Record<GrantKind, bigint>>): bigint =>
  of.plan + of.purchase + of.promotional + of.adjustment;
