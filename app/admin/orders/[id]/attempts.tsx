import { instantCell, NOTHING } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Panel } from "@/app/_components/panel";
import type { DeskOrder } from "@/lib/desk/order";
import { cardName } from "@/lib/wording/cards";
import { DashboardLink } from "../../dashboard-link";

type Where = { readonly locale: string; readonly timeZone: string };
type Attempt = DeskOrder["attempts"][number];
type Props = { readonly attempts: readonly Attempt[]; readonly where: Where };

/** Every try to charge a card for the order. */
export const Attempts = ({ attempts, where }: Props) => (
  <Panel id="attempts" title="Attempts">
    <DataTable
      caption="Attempts to charge a card, oldest first"
      columns={columns(where)}
      rows={attempts}
      rowKey={({ number }) => String(number)}
      empty="No card was tried."
    />
  </Panel>
);

const columns = (where: Where): Column<Attempt>[] => [
  { key: "number", header: "No.", cell: ({ number }) => String(number) },
  { key: "begun", header: "Begun", cell: ({ createdAt }) => instantCell(createdAt, "short", where) },
  {
    key: "ended",
    header: "Ended",
    cell: ({ endedAt }) => (endedAt ? instantCell(endedAt, "short", where) : NOTHING),
  },
  {
    key: "card",
    header: "Card",
    cell: ({ cardBrand, cardLast4 }) => cardName({ brand: cardBrand, last4: cardLast4 }),
  },
  {
    key: "status",
    header: "Status",
    cell: ({ status, declineCode }) => ({ text: status.replaceAll("_", " "), note: declineCode }),
  },
  {
    key: "payment",
    header: "Payment",
    cell: ({ paymentIntentId }) =>
      paymentIntentId ? <DashboardLink kind="payments" id={paymentIntentId} /> : NOTHING,
  },
];
