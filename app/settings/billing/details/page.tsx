import { LinkButton } from "@/app/_components/button";
import { Notice } from "@/app/_components/notice";
import { PagePanel } from "@/app/_components/page-title";
import { Fact, Facts } from "@/app/_components/panel";
import { countWork } from "@/lib/auth/work-limits";
import { addressLines } from "@/lib/billing/details/address";
import { type BillingDetailsView, findBillingDetails } from "@/lib/billing/details/queries";
import { suggestBillingDetails } from "@/lib/billing/details/suggest";
import { taxIdLabel } from "@/lib/billing/details/tax-id-types";
import type { CustomerDetails } from "@/lib/billing/gateway";
import { deps } from "@/lib/deps";
import { AskABuyer } from "../ask-a-buyer";
import { loadBilling } from "../load-billing";
import { CARDS, DETAILS, type Query } from "../paths";
import { DetailsForm } from "./details-form";
import { SAVED, SAVED_LATER } from "./sentences";

/** Whom invoices are made out to. */
export default async function BillingDetailsPage({ searchParams }: { readonly searchParams: Query }) {
  const [query, { customer, mayManage }] = await Promise.all([searchParams, loadBilling(DETAILS)]);
  const { accountName, details } = await findBillingDetails(deps().db, customer.accountId);
  const suggested = details || !mayManage ? null : await suggest(customer);
  return (
    <>
      {details && (query.saved === "yes" || query.saved === "later") && (
        <Notice tone="success" announce>
          {details.told ? SAVED : SAVED_LATER}
        </Notice>
      )}
      {details?.refusedTaxId && (
        <Notice tone="warning">
          Our payment provider does not accept <bdi>{details.refusedTaxId}</bdi> as a tax ID, so invoices do
          not name it.
        </Notice>
      )}
      <PagePanel
        id="billing-details"
        title="Billing details"
        description="The name, address and tax ID on your invoices, for credits and for your plan."
        className="max-w-2xl"
        actions={mayManage && <LinkButton href={CARDS}>Manage cards</LinkButton>}
      >
        {mayManage ? (
          <DetailsForm details={details ?? suggested} name={accountName} />
        ) : (
          <Shown details={details} name={accountName} />
        )}
      </PagePanel>
    </>
  );
}

type Person = { readonly accountId: string; readonly userId: string };

/** Asked often, the form is empty. */
async function suggest({ accountId, userId }: Person): Promise<CustomerDetails | null> {
  if (!(await countWork(deps().db, userId, "document")).ok) return null;
  return suggestBillingDetails(deps(), accountId);
}

function Shown({ details, name }: { readonly details: BillingDetailsView | null; readonly name: string }) {
  return (
    <>
      <Facts>
        <Fact label="Name">
          <bdi>{details?.name ?? name}</bdi>
        </Fact>
        {details && <Fact label="Address">{addressLines(details).join(", ")}</Fact>}
        {details?.taxId && <Fact label={taxIdLabel(details.taxId.type)}>{details.taxId.value}</Fact>}
      </Facts>
      <p className="mt-5 text-muted text-sm">
        <AskABuyer what="change these" />
      </p>
    </>
  );
}
