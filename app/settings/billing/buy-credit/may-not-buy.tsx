import { Money } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import { Instant } from "@/app/_components/instant";
import { Notice } from "@/app/_components/notice";
import { Panel } from "@/app/_components/panel";
import type { AccountView } from "@/lib/billing/account-view";
import type { PlanStanding } from "@/lib/billing/subscriptions/standing";
import { unreachable } from "@/lib/result";
import { AskABuyer } from "../ask-a-buyer";
import { PLANS } from "../paths";
import { dueOf, dueTitle, isUnfinished } from "../plans/due";
import { FixPayment } from "../plans/fix-payment";
import { StandingNotice } from "../plans/standing-notice";
import { Unfinished } from "../plans/unfinished";
import { PAYMENT_DISPUTED } from "../sentences";

type Props = {
  readonly account: AccountView;
  /** Whether this person may pay for the account. */
  readonly mayManage: boolean;
  readonly where: { readonly locale: string; readonly timeZone: string };
};

/** Why there is no form, and what would bring it back. */
export function MayNotBuyNotice({ account, mayManage, where }: Props) {
  const { mayNotBuy, plan, period } = account;
  if (mayNotBuy !== null && isUnfinished(account))
    return <Unfinished view={account} mayManage={mayManage} where={where} />;
  switch (mayNotBuy) {
    case null:
      return (
        <Notice>
          <AskABuyer what="buy credits" />
        </Notice>
      );
    case "plan_required":
      return <UpgradePrompt planName={account.planStatus === "canceled" ? null : plan.name} />;
    case "past_due":
      return <PastDueNotice account={account} mayManage={mayManage} where={where} />;
    case "plan_not_active":
      return (
        <StandingNotice view={account} mayManage={mayManage} where={where} destination="buy-credit">
          {WHEN[account.standing?.kind ?? "unknown"]}
        </StandingNotice>
      );
    case "purchases_paused":
      return <Notice tone="warning">{account.purchasesPaused}</Notice>;
    case "payment_disputed":
      return <Notice tone="warning">{PAYMENT_DISPUTED}</Notice>;
    case "cycle_ended":
      return (
        <Notice tone="warning">
          Your billing cycle ended on <Instant value={period.end} {...where} /> and the next one is being
          opened. Please reload this page in a few minutes to buy credits for it.
        </Notice>
      );
    default:
      return unreachable(mayNotBuy);
  }
}

/** From when on credits can be bought again. */
const WHEN: Record<PlanStanding["kind"], string> = {
  trialing: "You can buy add-on credits from then on.",
  trial_over: "You can buy add-on credits from then on.",
  unpaid: "You can buy add-on credits from then on.",
  collection_paused: "You can buy add-on credits once payments resume.",
  not_invoiced: "You can buy add-on credits from then on.",
  unreadable: "You can buy add-on credits as soon as that is done.",
  unknown: "You can buy add-on credits from then on.",
};

/** What is owed, and the buttons that pay it. */
function PastDueNotice({ account, mayManage, where }: Props) {
  const { openInvoice, cards } = account;
  const due = dueOf(account) ?? "failed";
  return (
    <Panel id="past-due" title={<span className="text-danger">{dueTitle(due, account)}</span>} tone="danger">
      <p className="mb-4 max-w-prose">
        {openInvoice && (
          <>
            <Money cents={openInvoice.dueCents} locale={where.locale} /> is due.{" "}
          </>
        )}
        {openInvoice
          ? "You can buy credits again once it is paid; nothing is charged here until then."
          : "You can buy credits once it has; there is nothing for you to pay now."}
      </p>
      {openInvoice && mayManage && <FixPayment invoice={openInvoice} cards={cards} locale={where.locale} />}
      <LinkButton href={PLANS} variant="quiet" className="-ml-3.5 mt-2">
        See what happened under Plans
      </LinkButton>
    </Panel>
  );
}

function UpgradePrompt({ planName }: { readonly planName: string | null }) {
  return (
    <Panel id="upgrade" title="Buying credits is for paid plans">
      <p className="max-w-prose text-muted">
        {planName ? `You are on the ${planName} plan.` : "Your plan has ended."} On a paid plan you can add
        credits at any time, and get more of them every month.
      </p>
      <LinkButton href={PLANS} variant="primary" size="large" className="mt-4">
        Upgrade
      </LinkButton>
    </Panel>
  );
}
