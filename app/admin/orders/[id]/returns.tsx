import { Money } from "@/app/_components/amounts";
import { creditsCell, instantCell, NOTHING } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Panel } from "@/app/_components/panel";
import type { DeskOrder } from "@/lib/desk/order";
import { formatMinor } from "@/lib/money/format";
import { DashboardLink } from "../../dashboard-link";

type Where = { readonly locale: string; readonly timeZone: string };
type Refund = DeskOrder["refunds"][number];
type Dispute = DeskOrder["disputes"][number];
type Reversal = DeskOrder["reversals"][number];

/** What became of the order's money after it was paid, and what that did to its credits. Nothing, of most. */
export function Returns({ found, where }: { readonly found: DeskOrder; readonly where: Where }) {
  const { refunds, disputes, reversals } = found;
  return (
    <>
      {refunds.length > 0 && (
        <Panel id="refunds" title="Refunds">
          <DataTable
            caption="Refunds of the order, oldest first"
            columns={refundColumns(where)}
            rows={refunds}
            rowKey={({ id }) => id}
          />
        </Panel>
      )}
      {disputes.length > 0 && (
        <Panel id="disputes" title="Disputes">
          <DataTable
            caption="Disputes about the order, oldest first"
            columns={disputeColumns(where)}
            rows={disputes}
            rowKey={({ id }) => id}
          />
        </Panel>
      )}
      {reversals.length > 0 && (
        <Panel id="reversals" title="What they did to the credits">
          <DataTable
            caption="What refunds and disputes did to the order's credits, oldest first"
            columns={reversalColumns(where)}
            rows={reversals}
            rowKey={({ number }) => String(number)}
          />
        </Panel>
      )}
    </>
  );
}

const words = (code: string | null): string => code?.replaceAll("_", " ") ?? "unreadable";

const refundColumns = (where: Where): Column<Refund>[] => [
  { key: "at", header: "Begun", cell: ({ createdAt }) => instantCell(createdAt, "short", where) },
  {
    key: "amount",
    header: "Amount",
    align: "end",
    cell: ({ amountCents }) => <Money cents={amountCents} locale={where.locale} />,
  },
  {
    key: "status",
    header: "Status",
    cell: ({ status, failureCode, unreadable }) => ({ text: words(status), note: failureCode ?? unreadable }),
  },
  {
    key: "by",
    header: "Asked for by",
    cell: ({ requestedAs, why }) => ({ text: requestedAs ?? "somebody at Stripe", note: why }),
  },
  {
    key: "stripe",
    header: "At Stripe",
    cell: ({ refundId }) => (refundId ? <code className="text-sm">{refundId}</code> : NOTHING),
  },
];

const disputeColumns = (where: Where): Column<Dispute>[] => [
  { key: "at", header: "Begun", cell: ({ createdAt }) => instantCell(createdAt, "short", where) },
  {
    key: "amount",
    header: "Amount",
    align: "end",
    // In whatever currency the payer's bank counts.
    cell: ({ amountCents, currency }) => formatMinor(amountCents, currency, where.locale),
  },
  {
    key: "status",
    header: "Status",
    cell: ({ status, reason }) => ({ text: words(status), note: words(reason) }),
  },
  {
    key: "due",
    header: "Evidence due",
    cell: ({ evidenceDueAt }) => (evidenceDueAt ? instantCell(evidenceDueAt, "short", where) : NOTHING),
  },
  { key: "stripe", header: "At Stripe", cell: ({ id }) => <DashboardLink kind="disputes" id={id} /> },
];

const reversalColumns = (where: Where): Column<Reversal>[] => [
  { key: "number", header: "No.", cell: ({ number }) => String(number) },
  { key: "at", header: "When", cell: ({ at }) => instantCell(at, "short", where) },
  { key: "kind", header: "Step", cell: ({ kind }) => kind },
  { key: "used", header: "Used", align: "end", cell: ({ used }) => creditsCell(used, where) },
  { key: "unused", header: "Unused", align: "end", cell: ({ unused }) => creditsCell(unused, where) },
  { key: "expired", header: "Expired", align: "end", cell: ({ expired }) => creditsCell(expired, where) },
];
