import { Money } from "@/app/_components/amounts";
import { creditsCell, instantCell } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Panel } from "@/app/_components/panel";
import type { RefundListItem, RefundPage } from "@/lib/billing/orders/returns/queries";
import { Badge, type BadgeTone } from "../badge";
import { DocumentLink } from "../document-link";
import { PageTurner, type Turns } from "../page-turner";
import { orderPath, receiptPath } from "../paths";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = { readonly page: RefundPage; readonly turns: Turns; readonly where: Where };

/** What went back of orders, each refund by itself. */
export function Refunds({ page: { refunds }, turns, where }: Props) {
  return (
    <Panel
      id="refunds"
      title="Refunds"
      description="Of orders, newest first, and the credits each has taken back."
    >
      <DataTable
        caption="Refunds of your orders, newest first"
        columns={columns(where)}
        rows={refunds}
        rowKey={(refund) => refund.id}
        empty={emptyOf(turns)}
      />
      <PageTurner label="Pages of refunds" {...turns} />
    </Panel>
  );
}

function emptyOf({ newest, narrowed }: Turns): string {
  if (newest) return "There are no older refunds.";
  return narrowed ? "No refunds on these days." : "No order was refunded yet.";
}

type Look = { readonly text: string; readonly tone: BadgeTone };

const BADGES: Record<NonNullable<RefundListItem["status"]>, Look> = {
  requested: { text: "Being confirmed", tone: "soft" },
  pending: { text: "On its way", tone: "soft" },
  requires_action: { text: "On its way", tone: "soft" },
  succeeded: { text: "Refunded", tone: "plain" },
  failed: { text: "Failed", tone: "danger" },
  canceled: { text: "Canceled", tone: "plain" },
};
const UNKNOWN: Look = { text: "Being looked at", tone: "warn" };

function columns(where: Where): Column<RefundListItem>[] {
  return [
    {
      key: "order",
      header: "Order",
      cell: ({ orderId, reference }) => ({ text: reference, href: orderPath(orderId) }),
      className: "whitespace-nowrap",
    },
    {
      key: "asked",
      header: "Date",
      cell: ({ createdAt }) => instantCell(createdAt, "date", where),
    },
    {
      key: "status",
      header: "Status",
      cell: ({ status }) => {
        const { text, tone } = status ? BADGES[status] : UNKNOWN;
        return <Badge tone={tone}>{text}</Badge>;
      },
    },
    {
      key: "credits",
      header: "Credits taken back",
      align: "end",
      cell: ({ takenCredits }) => creditsCell(takenCredits, where),
    },
    {
      key: "amount",
      header: "Amount",
      align: "end",
      cell: ({ amountCents }) => <Money cents={amountCents} locale={where.locale} />,
    },
    {
      key: "documents",
      header: "Documents",
      align: "end",
      cell: ({ orderId, reference }) => (
        <DocumentLink
          href={receiptPath(orderId)}
          of={`the refund of order ${reference}`}
          className="text-accent underline"
        >
          Receipt
        </DocumentLink>
      ),
    },
  ];
}
