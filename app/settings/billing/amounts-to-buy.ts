import type { AccountView } from "@/lib/billing/account-view";
import { forecast } from "@/lib/billing/forecast";
import { getCatalog } from "@/lib/catalog/catalog";
import type { BalanceView } from "@/lib/ledger/queries";
import { type Cents, cents, NO_CREDITS } from "@/lib/money/credits";
import { centsToCover, dollarsToCover } from "@/lib/money/rate";

/** What somebody may have come to buy; null where nothing of that kind is wanted, or more than one order may be. */
export type AmountsToBuy = {
  /** Pays what is owed. */
  readonly debt: Cents | null;
  /** Lasts to the end of the cycle at the pace of the last days. */
  readonly rest: Cents | null;
};

export function amountsToBuy(
  { recentUse, period, now }: Pick<AccountView, "recentUse" | "period" | "now">,
  { grants, owed }: Pick<BalanceView, "grants" | "owed">,
): AmountsToBuy {
  const { creditsPerCent } = getCatalog();
  const missing = forecast({ recent: recentUse, grants }, period, now)?.missing ?? NO_CREDITS;
  return {
    debt: owed > 0n ? within(centsToCover(owed, creditsPerCent)) : null,
    rest: missing > 0n ? within(dollarsToCover(missing, creditsPerCent)) : null,
  };
}

function within(amount: Cents): Cents | null {
  const { minCents, maxCents } = getCatalog().purchase;
  if (amount > maxCents) return null;
  return amount < minCents ? cents(minCents) : amount;
}
