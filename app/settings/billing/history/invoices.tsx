import { Money } from "@/app/_components/amounts";
import { instantCell } from "@/app/_components/cells";
import { type Column, DataTable } from "@/app/_components/data-table";
import { Panel } from "@/app/_components/panel";
import type { PaidStatus } from "@/lib/billing/returns/decide";
import type { InvoicePage, InvoiceView } from "@/lib/billing/subscriptions/queries";
import { formatMinor } from "@/lib/money/format";
import { Badge, type BadgeTone } from "../badge";
import { DocumentLink } from "../document-link";
import { PageTurner, type Turns } from "../page-turner";
import { invoicePath, invoicePdfPath } from "../paths";
import { spanInWords } from "../words";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = { readonly page: InvoicePage; readonly turns: Turns; readonly where: Where };

/** What was billed for plans. */
export function Invoices({ page: { invoices }, turns, where }: Props) {
  return (
    <Panel id="invoices" title="Invoices" description="For your plan, newest first.">
      <DataTable
        caption="Invoices for your plan, newest first"
        columns={columns(where)}
        rows={invoices}
        rowKey={(invoice) => invoice.id}
        empty={emptyOf(turns)}
      />
      <PageTurner label="Pages of invoices" {...turns} />
    </Panel>
  );
}

function emptyOf({ newest, narrowed }: Turns): string {
  if (newest) return "There are no older invoices.";
  return narrowed ? "No invoices on these days." : "There are no invoices yet.";
}

const STATUS: Record<InvoiceView["status"], { readonly text: string; readonly tone: BadgeTone }> = {
  draft: { text: "Being prepared", tone: "soft" },
  open: { text: "Due", tone: "warn" },
  paid: { text: "Paid", tone: "good" },
  uncollectible: { text: "Not paid", tone: "danger" },
  void: { text: "Void", tone: "plain" },
};

const RETURNED: Record<PaidStatus, { readonly text: string; readonly tone: BadgeTone }> = {
  paid: STATUS.paid,
  partially_refunded: { text: "Partly refunded", tone: "plain" },
  refunded: { text: "Refunded", tone: "plain" },
  disputed: { text: "Disputed", tone: "warn" },
};

const lookOf = ({ status, returned }: InvoiceView) => (returned ? RETURNED[returned.status] : STATUS[status]);

function columns(where: Where): Column<InvoiceView>[] {
  return [
    {
      key: "number",
      header: "Invoice",
      cell: ({ number }) => number ?? <span className="text-muted">No number yet</span>,
    },
    {
      key: "date",
      header: "Date",
      cell: ({ createdAt }) => instantCell(createdAt, "date", where),
    },
    { key: "for", header: "For", cell: (invoice) => <For invoice={invoice} where={where} /> },
    {
      key: "status",
      header: "Status",
      cell: (invoice) => <Badge tone={lookOf(invoice).tone}>{lookOf(invoice).text}</Badge>,
    },
    {
      key: "amount",
      header: "Amount",
      align: "end",
      cell: ({ totalCents, currency }) =>
        currency === "usd" ? (
          <Money cents={totalCents} locale={where.locale} />
        ) : (
          formatMinor(totalCents, currency, where.locale)
        ),
    },
    { key: "documents", header: "Documents", align: "end", cell: (invoice) => <Documents {...invoice} /> },
  ];
}

function For({ invoice: { plan, period }, where }: { readonly invoice: InvoiceView; readonly where: Where }) {
  if (!plan) return <span className="text-muted">–</span>;
  return (
    <>
      {plan.name}
      {period && <span className="text-muted">, {spanInWords(period, where)}</span>}
    </>
  );
}

function Documents({ id, number, hasDocuments }: InvoiceView) {
  if (!hasDocuments) return <span className="text-muted">–</span>;
  const link = (href: string, name: string) => (
    <DocumentLink href={href} of={`invoice ${number}`} className="text-accent underline">
      {name}
    </DocumentLink>
  );
  return (
    <span className="inline-flex gap-3">
      {link(invoicePath(id), "Invoice")}
      {link(invoicePdfPath(id), "PDF")}
    </span>
  );
}
