import { notFound } from "next/navigation";
import { LinkButton } from "@/app/_components/button";
import { buttonClass } from "@/app/_components/button-class";
import { CopyButton } from "@/app/_components/copy-button";
import { PageHeading } from "@/app/_components/page-heading";
import { PagePanel } from "@/app/_components/page-title";
import { Title } from "@/app/_components/title";
import { getInvoice, listNotes } from "@/lib/billing/documents/queries";
import { deps } from "@/lib/deps";
import { type DocumentWords, documentWords } from "@/lib/documents/words";
import { zonePlace } from "@/lib/wording/instants";
import { loadBilling } from "../../../load-billing";
import { DETAILS, orderInvoicePath, orderInvoicePdfPath, orderPath } from "../../../paths";
import { noInvoiceSentence } from "../no-invoice";

type Props = { readonly params: Promise<{ readonly orderId: string }> };

/** An order's invoice as a page to read and to print. */
export default async function InvoicePage({ params }: Props) {
  const { orderId } = await params;
  const { customer, mayManage } = await loadBilling(orderInvoicePath(orderId));
  const { db, seller } = deps();
  const found = await getInvoice({ db, seller }, { accountId: customer.accountId, id: orderId });
  if (!found.ok) {
    const { code } = found.error;
    if (code === "not_found") notFound();
    return (
      <PagePanel id="invoice" title="No invoice" className="max-w-2xl">
        <p className="mb-4 max-w-prose text-muted">{noInvoiceSentence(code)}</p>
        <LinkButton href={orderPath(orderId)}>See the order</LinkButton>
      </PagePanel>
    );
  }
  const words = documentWords(found.value);
  const notes = await listNotes(db, { accountId: customer.accountId, id: orderId });
  return (
    <>
      <Title>{`${words.title} ${words.number}`}</Title>
      <div className="flex flex-wrap gap-2 print:hidden">
        {/* A file, and no page of the framework's. */}
        <a href={orderInvoicePdfPath(orderId)} download className={buttonClass("primary")}>
          Download PDF
        </a>
        <LinkButton href={orderPath(orderId)}>See the order</LinkButton>
      </div>
      <Invoice words={words} />
      {notes.map((each) => (
        <Invoice
          key={each.name}
          words={documentWords(each)}
          notePdf={`${orderInvoicePdfPath(orderId)}?note=${encodeURIComponent(each.name)}`}
        />
      ))}
      <p className="text-muted text-sm print:hidden">
        An invoice stays as it was made. Its dates are the seller's, in{" "}
        {zonePlace(found.value.seller.timeZone)}.
        {mayManage && (
          <>
            {" "}
            What your future ones say is under{" "}
            <a href={DETAILS} className="underline">
              Billing details
            </a>
            .
          </>
        )}
      </p>
    </>
  );
}

type InvoiceProps = {
  readonly words: DocumentWords;
  /** Of a credit or debit note, which stands below its invoice: where its file is. */
  readonly notePdf?: string;
};

function Invoice({ words, notePdf }: InvoiceProps) {
  const { title, number, seller, buyer, paid } = words;
  const id = notePdf ? `note-${number}` : "invoice";
  const name = (
    <>
      {title} <span className="whitespace-nowrap">{number}</span>
    </>
  );
  return (
    <article
      aria-labelledby={`${id}-title`}
      data-own-zone
      className="max-w-3xl rounded-panel border border-line bg-panel p-5 sm:p-8 print:border-0 print:p-0"
    >
      <div className="flex flex-wrap justify-between gap-6">
        <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
          {notePdf ? (
            <h2 id={`${id}-title`} className="font-semibold text-2xl">
              {name}
            </h2>
          ) : (
            <PageHeading id={`${id}-title`} className="font-semibold text-2xl">
              {name}
            </PageHeading>
          )}
          <CopyButton text={number} of={`${title.toLowerCase()} number`} />
          {notePdf && (
            <a href={notePdf} download className="text-accent underline print:hidden">
              Download PDF
              <span className="sr-only">
                {" "}
                of {title.toLowerCase()} {number}
              </span>
            </a>
          )}
        </div>
        <Lines lines={seller} />
      </div>
      <div className="mt-8 grid gap-6 sm:grid-cols-2">
        <section aria-labelledby={`${id}-buyer`}>
          <h2 id={`${id}-buyer`} className="mb-1 text-muted text-sm">
            Billed to
          </h2>
          <Lines lines={buyer} />
        </section>
        <InvoiceFacts facts={words.facts} />
      </div>
      <InvoiceTable {...words} />
      <p className="mt-2">{paid}</p>
    </article>
  );
}

const InvoiceTable = ({ line, tax, total }: DocumentWords) => (
  <table className="mt-8 w-full">
    <thead className="sr-only">
      <tr>
        <th scope="col">What</th>
        <th scope="col">Amount</th>
      </tr>
    </thead>
    <tbody className="border-line border-y">
      <tr>
        <td className="py-3 pr-4">
          <span className="font-medium">{line.what}</span>
          {line.rate && <span className="block text-muted text-sm">{line.rate}</span>}
        </td>
        <td className="py-3 text-right align-top tabular-nums">{line.amount}</td>
      </tr>
      {tax && (
        <tr>
          <td colSpan={2} className="pb-3 text-muted text-sm">
            {tax}
          </td>
        </tr>
      )}
    </tbody>
    <tfoot>
      <tr className="font-semibold">
        <th scope="row" className="py-3 text-left">
          {total.label}
        </th>
        <td className="py-3 text-right tabular-nums">{total.value}</td>
      </tr>
    </tfoot>
  </table>
);

function InvoiceFacts({ facts }: Pick<DocumentWords, "facts">) {
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] content-start gap-x-4 gap-y-1">
      {facts.map(({ label, value }) => (
        <div key={label} className="contents">
          <dt className="text-muted">{label}</dt>
          <dd className="break-words">
            <bdi>{value}</bdi>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Lines({ lines }: { readonly lines: readonly string[] }) {
  return (
    <address className="not-italic [overflow-wrap:anywhere]">
      {lines.map((line, index) => (
        // Lines of an address may be the same; they never change their places.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <bdi key={index} className={index === 0 ? "block font-medium" : "block"}>
          {line}
        </bdi>
      ))}
    </address>
  );
}
