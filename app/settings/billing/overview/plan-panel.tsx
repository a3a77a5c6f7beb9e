import { Money } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import { Instant } from "@/app/_components/instant";
import { Fact, Facts, Panel } from "@/app/_components/panel";
import type { AccountView } from "@/lib/billing/account-view";
import type { PlanStanding } from "@/lib/billing/subscriptions/standing";
import { listedNext } from "@/lib/billing/subscriptions/view";
import { formatDollars } from "@/lib/money/format";
import { cardNameAndExpiry } from "@/lib/wording/cards";
import { offerName } from "@/lib/wording/plans";
import { AskABuyer } from "../ask-a-buyer";
import { CARDS, PLANS } from "../paths";
import { isUnknown } from "../plans/verb";
import { beforeWhat, planNow, subscriptionPriceInWords } from "../plans/words";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = { readonly account: AccountView; readonly mayManage: boolean; readonly where: Where };

/** What the account pays for, with what, and when next. */
export function PlanPanel({ account, mayManage, where }: Props) {
  const { plan, cards, subscription, openInvoice, standing } = account;
  const card = cards.find((each) => each.paysRenewals) ?? cards[0];
  return (
    <Panel id="plan-and-payment" title="Plan and payment">
      <Facts>
        <Fact label="Plan">
          <PlanAndPrice account={account} locale={where.locale} />
        </Fact>
        <Fact label="Payment method">{card ? cardNameAndExpiry(card) : "No card saved"}</Fact>
        {openInvoice && (
          <Fact label={account.olderInvoices.length > 0 ? "Newest open invoice" : "Open invoice"}>
            <strong className="font-semibold text-danger">
              <Money cents={openInvoice.dueCents} locale={where.locale} /> due
            </strong>
          </Fact>
        )}
        {subscription && standing?.kind !== "unpaid" && (
          <Fact label="Next invoice">
            <NextInvoice subscription={subscription} account={account} where={where} />
          </Fact>
        )}
      </Facts>
      <div className="mt-4 flex flex-wrap items-end gap-2">
        {mayManage ? (
          <>
            <LinkButton href={PLANS}>
              {plan.kind === "free" && !isUnknown(account) ? "Compare plans" : "Change plan"}
            </LinkButton>
            <LinkButton href={CARDS}>Manage cards</LinkButton>
          </>
        ) : (
          <p className="text-muted text-sm">
            <AskABuyer what="change these" />
          </p>
        )}
      </div>
    </Panel>
  );
}

function PlanAndPrice({ account, locale }: { readonly account: AccountView; readonly locale: string }) {
  if (isUnknown(account)) return <strong className="font-semibold">Being set up</strong>;
  const price = priceOf(account, locale);
  return (
    <>
      <strong className="font-semibold">{planNow(account).name}</strong>
      {price && `, ${price}`}
    </>
  );
}

function priceOf({ plan, subscription }: AccountView, locale: string): string | null {
  if (subscription) {
    const { interval, billedAs } = subscription;
    return subscriptionPriceInWords({ ...(billedAs ?? subscription), interval }, locale);
  }
  // Without a subscription a paid plan is by agreement, whatever it costs others.
  if (plan.kind !== "free" || plan.priceCents === null) return "by agreement";
  return `${formatDollars(plan.priceCents, locale)} a month`;
}

/** Further away than this a day alone could be of this year or of the next. */
const HALF_A_YEAR_MS = 183 * 86_400_000;

type NextProps = {
  readonly subscription: NonNullable<AccountView["subscription"]>;
  readonly account: Pick<AccountView, "now" | "plan" | "standing">;
  readonly where: Where;
};

const NO_NEXT_INVOICE: Partial<Record<PlanStanding["kind"], string>> = {
  trial_over: "None while your plan is paused",
  collection_paused: "None while payments are paused",
};

function NextInvoice({ subscription, account: { now, plan, standing }, where }: NextProps) {
  const { cancelAt, next, pendingChange, renewsAt, billedAs, raised } = subscription;
  const isNear = (at: Date) => at.getTime() - now.getTime() < HALF_A_YEAR_MS;
  const day = (at: Date) => <Instant value={at} variant={isNear(at) ? "day" : "date"} {...where} />;
  // Recorded, and not confirmed yet: the amount that stands until then is not what was chosen.
  if (pendingChange?.kind === "cancel") return <>None, set to end {day(renewsAt)}</>;
  if (cancelAt && !pendingChange) return <>None, ends {day(cancelAt)}</>;
  const none = standing && NO_NEXT_INVOICE[standing.kind];
  if (none) return none;
  if (pendingChange) {
    return (
      <>
        On {day(renewsAt)}
        {pendingChange.kind === "change" &&
          ` for ${offerName(pendingChange.plan.name, pendingChange.interval)}`}
      </>
    );
  }
  const cents = listedNext(subscription);
  const other = next?.plan ?? (billedAs && billedAs.plan.id !== plan.id ? plan : null);
  if (cents === null) return <>On {day(renewsAt)}</>;
  return (
    <>
      <Money cents={cents} locale={where.locale} /> on {day(renewsAt)}
      {other && ` for ${other.name}`}
      {raised && <>, and the difference since {day(raised.since)}</>}
      {beforeWhat(subscription, where.locale)}
    </>
  );
}
