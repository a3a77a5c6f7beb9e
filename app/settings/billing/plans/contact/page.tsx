import { LinkButton } from "@/app/_components/button";
import { Instant } from "@/app/_components/instant";
import { Notice } from "@/app/_components/notice";
import { PagePanel, TabTitle } from "@/app/_components/page-title";
import { Fact, Facts, Panel } from "@/app/_components/panel";
import type { Customer } from "@/lib/auth/session";
import { type ContactView, findContact } from "@/lib/contact/queries";
import { deps } from "@/lib/deps";
import { loadBilling } from "../../load-billing";
import { PLAN_CONTACT, PLANS, type Query } from "../../paths";
import { ContactForm } from "./contact-form";

type Props = { readonly searchParams: Query };

/** Asking for a Custom plan; afterwards what was sent, and what happens next. */
export default async function ContactPage({ searchParams }: Props) {
  const { customer } = await loadBilling(PLAN_CONTACT);
  const { sent } = await searchParams;
  const contact = await findContact(deps().db, customer.accountId, sent);
  return contact ? <Sent contact={contact} customer={customer} /> : <Ask customer={customer} />;
}

function Ask({ customer }: { readonly customer: Customer }) {
  return (
    <div className="max-w-2xl">
      <PagePanel
        id="contact"
        title="Ask for a Custom plan"
        description="Tell us how much you need and what for. Sending this changes nothing about your plan and charges nothing."
      >
        <ContactForm name={customer.name} email={customer.email} />
      </PagePanel>
    </div>
  );
}

function Sent({ contact, customer }: { readonly contact: ContactView; readonly customer: Customer }) {
  const { locale, timeZone } = customer;
  return (
    <div className="max-w-2xl space-y-4">
      <TabTitle title="Request sent" />
      <Notice tone="success" announce tabIndex={-1} autoFocus>
        We have your request. A person reads it and answers to{" "}
        <bdi className="break-all">{contact.email}</bdi>. Until you have agreed on something, your plan stays
        as it is and nothing is charged for this.
      </Notice>
      <Panel id="request" title="What you sent">
        <Facts>
          <Fact label="Sent">
            <Instant value={contact.createdAt} locale={locale} timeZone={timeZone} />
          </Fact>
          <Fact label="Name">
            <bdi>{contact.name}</bdi>
          </Fact>
          <Fact label="Company">{contact.company ? <bdi>{contact.company}</bdi> : "Not given"}</Fact>
        </Facts>
        <p dir="auto" className="mt-4 whitespace-pre-wrap break-words border-line border-t pt-4">
          {contact.message}
        </p>
        <LinkButton href={PLANS} variant="secondary" className="mt-5">
          Back to Plans
        </LinkButton>
      </Panel>
    </div>
  );
}
