import { LinkButton } from "@/app/_components/button";
import { buttonClass } from "@/app/_components/button-class";
import { Instant } from "@/app/_components/instant";
import { Notice } from "@/app/_components/notice";
import { Panel } from "@/app/_components/panel";
import type { AccountView } from "@/lib/billing/queries";
import { env } from "@/lib/env";
import { unreachable } from "@/lib/result";
import { OVERVIEW } from "../paths";

type Props = {
  readonly account: AccountView;
  readonly where: { readonly locale: string; readonly timeZone: string };
};

/** Why there is no form, and what would bring it back. */
export function MayNotBuyNotice({ account, where }: Props) {
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
      return (
        <Notice tone="danger" className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <p className="max-w-prose">
            The last payment for your {plan.name} plan did not go through. Credits can be bought again once it
            is paid; nothing is charged here until then. Check your card, or write to{" "}
            <a className="underline" href={`mailto:${env().SUPPORT_EMAIL}`}>
              {env().SUPPORT_EMAIL}
            </a>
            .
          </p>
          <LinkButton href={OVERVIEW}>See your card</LinkButton>
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

function UpgradePrompt({ planName }: { readonly planName: string | null }) {
  const { SUPPORT_EMAIL, PRODUCT_NAME } = env();
  const subject = encodeURIComponent(`Upgrade my ${PRODUCT_NAME} plan`);
  return (
    <Panel id="upgrade" title="Buying credits is for paid plans">
      <p className="max-w-prose text-muted">
        {planName ? `You are on the ${planName} plan.` : "Your plan has ended."} On a paid plan you can add
        credits at any time. Upgrading on this page is not possible yet; write to us and we upgrade your
        account.
      </p>
      <a
        href={`mailto:${SUPPORT_EMAIL}?subject=${subject}`}
        className={buttonClass("primary", "large", "mt-4")}
      >
        Upgrade
      </a>
    </Panel>
  );
}
