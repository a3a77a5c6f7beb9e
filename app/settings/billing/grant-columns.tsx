import { Credits } from "@/app/_components/amounts";
import type { Column } from "@/app/_components/data-table";
import { monthName } from "@/app/_components/format-instant";
import { Instant } from "@/app/_components/instant";
import type { AccountView } from "@/lib/billing/queries";
import type { GrantView } from "@/lib/ledger/queries";
import { unreachable } from "@/lib/result";

type Where = { readonly locale: string; readonly timeZone: string };

/** The columns from which the tables of grants choose. */
export function grantColumns(account: AccountView, where: Where) {
  const amount = (key: string, header: string, of: (grant: GrantView) => bigint): Column<GrantView> => ({
    key,
    header,
    align: "end",
    cell: (grant) => <Credits value={of(grant)} locale={where.locale} />,
  });
  return {
    source: { key: "source", header: "Source", cell: (grant) => grantSource(grant, account, where) },
    added: {
      key: "added",
      header: "Added",
      cell: (grant) => <Instant value={grant.startsAt} variant="day" {...where} />,
    },
    expires: {
      key: "expires",
      header: "Expires",
      cell: (grant) => <Instant value={grant.expiresAt} variant="short" {...where} />,
    },
    used: amount("used", "Used", (grant) => grant.spent),
    held: amount("held", "Held", (grant) => grant.held),
    left: amount("left", "Left", (grant) => grant.remaining),
    of: amount("of", "Of", (grant) => grant.credits),
  } satisfies Record<string, Column<GrantView>>;
}

export function grantSource(
  grant: Pick<GrantView, "id" | "kind" | "startsAt">,
  account: AccountView,
  where: Where,
): string {
  const month = monthName(grant.startsAt, where);
  switch (grant.kind) {
    case "plan": {
      // A grant of an earlier cycle or plan does not say of which plan it was.
      const ofThisCycle = grant.startsAt.getTime() === account.period.start.getTime();
      return ofThisCycle ? `${account.plan.name} plan, ${month}` : `Plan credits, ${month}`;
    }
    case "purchase": {
      const reference = account.orderReferences.get(grant.id);
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
