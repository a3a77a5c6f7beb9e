import type { ReactNode } from "react";
import { LinkButton } from "@/app/_components/button";
import { PagePanel } from "@/app/_components/page-title";
import { AskABuyer } from "../ask-a-buyer";
import { PLAN_CONTACT, PLANS, planPaymentPath } from "../paths";

/** What only some may do with a plan. */
export const CHANGE_OR_PAY = "change the plan or pay for it";

type Props = {
  readonly title: string;
  /** The public id of the payment that stands in the way. */
  readonly payment?: string;
  /** Whether we are to be written to. */
  readonly contact?: boolean;
  /** Why not, and what to do. */
  readonly children: ReactNode;
};

/** Stands where a page would be that cannot be shown to this account now. */
export function Refused({ title, payment, contact = false, children }: Props) {
  return (
    <PagePanel id="refused" title={title}>
      <p className="max-w-prose text-muted">{children}</p>
      <div className="mt-4 flex flex-wrap gap-2">
        {payment && (
          <LinkButton href={planPaymentPath(payment)} variant="primary">
            See the payment
          </LinkButton>
        )}
        {contact && (
          <LinkButton href={PLAN_CONTACT} variant="primary">
            Contact us
          </LinkButton>
        )}
        <LinkButton href={PLANS}>Back to Plans</LinkButton>
      </div>
    </PagePanel>
  );
}

/** The same for who may not change the plan. */
export const AskFirst = ({ title }: Pick<Props, "title">) => (
  <Refused title={title}>
    <AskABuyer what={CHANGE_OR_PAY} />
  </Refused>
);
