import { creditsCell, instantCell } from "@/app/_components/cells";
import type { Column } from "@/app/_components/data-table";
import type { PlainCell } from "@/app/_components/table";
import type { GrantView } from "@/lib/ledger/queries";
import { type Credits, subtractCredits } from "@/lib/money/credits";
import { unreachable } from "@/lib/result";
import { monthName } from "@/lib/wording/instants";
import type { GrantNames } from "./grant-names";

type Where = { readonly locale: string; readonly timeZone: string };

/** The columns from which the tables of grants choose. */
export function grantColumns(names: GrantNames, where: Where) {
  const amount = (key: string, header: string, of: (grant: GrantView) => bigint): Column<GrantView> => ({
    key,
    header,
    align: "end",
    cell: (grant) => creditsCell(of(grant), where),
  });
  return {
    source: { key: "source", header: "Source", cell: (grant) => grantSource(grant, names, where) },
    added: {
      key: "added",
      header: "Added",
      cell: (grant) => instantCell(grant.startsAt, "day", where),
    },
    expires: {
      key: "expires",
      header: "Expires",
      cell: (grant) => instantCell(grant.expiresAt, "short", where),
    },
    used: amount("used", "Used", usedOf),
    paidBack: amount("paid-back", "Paid back", (grant) => grant.paidBack),
    held: amount("held", "Held", (grant) => grant.held),
    left: {
      key: "left",
      header: "Left",
      align: "end",
      cell: (grant) => leftCell(grant, where),
    },
    granted: amount("granted", "Granted", (grant) => grant.credits),
  } satisfies Record<string, Column<GrantView>>;
}

const FROZEN = {
  frozenPlan: "frozen until paid",
  frozenAddOn: "frozen while disputed",
  frozenByUs: "frozen by us",
} as const;

/** What is left of a grant, and why it cannot be spent. */
export const leftCell = (
  { kind, remaining, frozen, frozenAs }: Pick<GrantView, "kind" | "remaining" | "frozen" | "frozenAs">,
  where: Where,
): PlainCell => ({
  ...creditsCell(remaining, where),
  // Where nobody was asked why, a plan's are not paid, and bought ones are disputed with a bank.
  ...(frozen &&
    remaining > 0n && { note: FROZEN[frozenAs ?? (kind === "plan" ? "frozenPlan" : "frozenAddOn")] }),
});

/** What was used of a grant, without what paid a debt. */
export const usedOf = ({ spent, paidBack }: Pick<GrantView, "spent" | "paidBack">): Credits =>
  subtractCredits(spent, paidBack);

/** `Starter plan, November`, `Add-on, order CR-7F3K-20`: where credits come from. */
export function grantSource(
  grant: Pick<GrantView, "id" | "kind" | "startsAt">,
  names: GrantNames,
  where: Where,
): string {
  const month = monthName(grant.startsAt, where);
  switch (grant.kind) {
    case "plan": {
      const plan = names.plans.get(grant.id)?.plan;
      return plan ? `${plan.name} plan, ${month}` : `Plan credits, ${month}`;
    }
    case "purchase": {
      const reference = names.orders.get(grant.id);
      return reference ? `Add-on, order ${reference}` : `Add-on, ${month}`;
    }
    case "promotional":
      return `Promotional credits, ${month}`;
    case "adjustment":
      return `Adjustment, ${month}`;
    default:
      return unreachable(grant.kind);
  }
}
