import { Money } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import { Instant } from "@/app/_components/instant";
import { Notice } from "@/app/_components/notice";
import { Panel } from "@/app/_components/panel";
import type { AccountView } from "@/lib/billing/account-view";
import type { PlanStanding } from "@/lib/billing/subscriptions/standing";
import { unreachable } from "@/lib/result";
import { PLANS } from "../paths";
import { dueOf, dueTitle, isUnfinished } from "../plans/due";
import { FixPayment } from "../plans/fix-payment";
import { StandingNotice } from "../plans/standing-notice";
import { Unfinished } from "../plans/unfinished";

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
          You can look, but only an owner or billing member of your account can buy credits. Ask one of them.
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
  trialing: "Add-on credits can be bought from then on.",
  trial_over: "Add-on credits can be bought from then on.",
  unpaid: "Add-on credits can be bought from then on.",
  collection_paused: "Add-on credits can be bought once payments go on.",
  not_invoiced: "Add-on credits can be bought from then on.",
  unreadable: "Add-on credits can be bought as soon as that is done.",
  unknown: "Add-on credits can be bought from then on.",
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
          ? "Credits can be bought again once that is paid; nothing is charged here until then."
          : "Credits can be bought once it has; there is nothing for you to pay now."}
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
