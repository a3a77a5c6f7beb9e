import { Money } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import { Instant } from "@/app/_components/instant";
import { Notice } from "@/app/_components/notice";
import { Panel } from "@/app/_components/panel";
import type { AccountView } from "@/lib/billing/account-view";
import { unreachable } from "@/lib/result";
import { PLANS } from "../paths";
import { FixPayment } from "../plans/fix-payment";

type Props = {
  readonly account: AccountView;
  /** Whether this person may pay for the account. */
  readonly mayManage: boolean;
  readonly where: { readonly locale: string; readonly timeZone: string };
};

/** Why there is no form, and what would bring it back. */
export function MayNotBuyNotice({ account, mayManage, where }: Props) {
  const { mayNotBuy, plan, period } = account;
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
        <Notice tone="warning">
          {NOT_ACTIVE[account.planStatus] ?? "Your plan is being set up."} Credits can be bought as soon as
          your {plan.name} plan is active.
        </Notice>
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

/** Why a plan is not active, in a sentence of its own. */
const NOT_ACTIVE: Partial<Record<AccountView["planStatus"], string>> = {
  trialing: "Your trial is running.",
  paused: "Your plan is paused: nothing is charged, and no new credits are added.",
  pending: "Your plan is being set up.",
};

/** What is owed, and the buttons that pay it. */
function PastDueNotice({ account, mayManage, where }: Props) {
  const { plan, openInvoice, cards } = account;
  return (
    <Panel
      id="past-due"
      title={
        <span className="text-danger">The last payment for your {plan.name} plan did not go through</span>
      }
      tone="danger"
    >
      <p className="mb-4 max-w-prose">
        {openInvoice && (
          <>
            <Money cents={openInvoice.dueCents} locale={where.locale} /> are still to be paid.{" "}
          </>
        )}
        Credits can be bought again once that is paid; nothing is charged here until then.
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
