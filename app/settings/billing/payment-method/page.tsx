import { ActionForm } from "@/app/_components/action-form";
import { LinkButton } from "@/app/_components/button";
import { Notice } from "@/app/_components/notice";
import { PagePanel } from "@/app/_components/page-title";
import { Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import { AskABuyer } from "../ask-a-buyer";
import { CardNotice } from "../card-notice";
import { loadBilling } from "../load-billing";
import { CARDS, DETAILS, OVERVIEW, type Query } from "../paths";
import { Strip } from "../strip/strip";
import { LEAVING } from "../working";
import { addCardAction, openPortalAction } from "./actions";
import { SavedCards } from "./saved-cards";
import { type ChangeFlag, changeFlagSentence } from "./sentences";

const FLAGS: readonly ChangeFlag[] = ["default", "removed", "replaced"];

/** The saved cards, what each pays for, and everything that can be done with them. */
export default async function CardsPage({ searchParams }: { readonly searchParams: Query }) {
  const [query, billing] = await Promise.all([searchParams, loadBilling(CARDS)]);
  const { account, mayManage } = billing;
  const done = FLAGS.find((each) => each === query.done);
  return (
    <>
      <CardNotice flag={query.card} />
      {done && (
        <Notice tone="success" announce>
          {changeFlagSentence(done)}
        </Notice>
      )}
      <Strip {...billing} only={["card"]} here={CARDS} />
      <PagePanel
        id="payment-methods"
        title="Payment methods"
        description="Cards are kept by our payment provider. We see the brand, the last four digits and the expiry date."
        actions={<LinkButton href={OVERVIEW}>Back to Overview</LinkButton>}
      >
        <SavedCards account={account} mayManage={mayManage} />
        {mayManage ? (
          <ActionForm action={addCardAction} className="mt-5">
            <input type="hidden" name="destination" value="payment-method" />
            <SubmitButton variant={account.cards.length === 0 ? "primary" : "secondary"} working={LEAVING}>
              Add a card
            </SubmitButton>
            <p className="mt-2 text-muted text-sm">
              Nothing is charged for adding one. The card you add is used from then on,
              {account.subscription
                ? " for credits and for your plan's renewals."
                : " until you choose another."}
            </p>
          </ActionForm>
        ) : (
          <p className="mt-5 text-muted text-sm">
            <AskABuyer what="add, choose and remove cards" />
          </p>
        )}
      </PagePanel>
      {mayManage && <BillingDetails />}
    </>
  );
}

function BillingDetails() {
  return (
    <Panel
      id="billing-details"
      title="Billing details"
      description="The name, address and tax ID on your invoices. Plan invoices go to the e-mail address kept at Stripe."
    >
      <div className="flex flex-wrap gap-2">
        <LinkButton href={DETAILS}>Billing details</LinkButton>
        <ActionForm action={openPortalAction}>
          <SubmitButton variant="secondary" working={LEAVING}>
            E-mail and invoices at Stripe
          </SubmitButton>
        </ActionForm>
      </div>
    </Panel>
  );
}
