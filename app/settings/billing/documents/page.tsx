import { notFound } from "next/navigation";
import { LinkButton } from "@/app/_components/button";
import { buttonClass } from "@/app/_components/button-class";
import { PagePanel } from "@/app/_components/page-title";
import { env } from "@/lib/env";
import { fromPublicId } from "@/lib/ids";
import { loadBilling } from "../load-billing";
import { DOCUMENTS, HISTORY, orderPath, type Query } from "../paths";
import { DOCUMENT_KINDS, documentPath, MISSING, missingSentence } from "./missing";

/** In place of a receipt or invoice that Stripe does not show: why, and what to do. */
export default async function MissingDocumentPage({ searchParams }: { readonly searchParams: Query }) {
  const query = await searchParams;
  await loadBilling(DOCUMENTS);
  const kind = DOCUMENT_KINDS.find((each) => each === query.document);
  const why = MISSING.find((each) => each === query.why);
  const id = typeof query.id === "string" && /^(ord|in)_\w{1,200}$/.test(query.id) ? query.id : null;
  if (!kind || !why || !id) notFound();
  const { title, text } = missingSentence(kind, why);
  const { SUPPORT_EMAIL } = env();
  const subject = encodeURIComponent(`${kind === "receipt" ? "Receipt for order" : "Invoice"} ${id}`);
  return (
    <PagePanel id="document" title={title} className="max-w-2xl">
      <p className="max-w-prose text-muted">{text}</p>
      <div className="mt-4 flex flex-wrap gap-2">
        {why !== "no_document" && (
          // Not a link of the framework's, which would ask for it at once.
          <a href={documentPath({ kind, id })} className={buttonClass("primary")}>
            Try again
          </a>
        )}
        {fromPublicId("order", id) && <LinkButton href={orderPath(id)}>See the order</LinkButton>}
        <LinkButton href={HISTORY}>History</LinkButton>
        {why === "no_document" && (
          <a href={`mailto:${SUPPORT_EMAIL}?subject=${subject}`} className={buttonClass("quiet")}>
            Write to us
          </a>
        )}
      </div>
    </PagePanel>
  );
}
