import { ActionForm } from "@/app/_components/action-form";
import { Money } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import { Instant } from "@/app/_components/instant";
import { Fact, Facts, Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import type { AccountView } from "@/lib/billing/account-view";
import { chargedNext } from "@/lib/billing/subscriptions/view";
import { formatDollars } from "@/lib/money/format";
import { CARDS, PLANS } from "../paths";
import { addCardAction } from "../payment-method/actions";
import { priceInWords } from "../plans/words";
import { cardNameAndExpiry } from "../words";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = { readonly account: AccountView; readonly mayManage: boolean; readonly where: Where };

/** What the account pays for, with what, and when next. */
export function PlanPanel({ account, mayManage, where }: Props) {
  const { plan, cards, subscription, openInvoice } = account;
  const card = cards.find((each) => each.paysRenewals) ?? cards[0];
  return (
    <Panel id="plan-and-payment" title="Plan and payment">
      <Facts>
        <Fact label="Plan">
          <strong className="font-semibold">{plan.name}</strong>, {priceOf(account, where.locale)}
        </Fact>
        <Fact label="Payment method">{card ? cardNameAndExpiry(card) : "No card saved"}</Fact>
        {openInvoice && (
          <Fact label="Open invoice">
            <strong className="font-semibold text-danger">
              <Money cents={openInvoice.dueCents} locale={where.locale} /> to be paid
            </strong>
          </Fact>
        )}
        {subscription && (
          <Fact label="Next invoice">
            <NextInvoice subscription={subscription} now={account.now} where={where} />
          </Fact>
        )}
      </Facts>
      <div className="mt-4 flex flex-wrap items-end gap-2">
        {mayManage ? (
          <>
            <LinkButton href={PLANS}>{plan.kind === "free" ? "Compare plans" : "Change plan"}</LinkButton>
            <ActionForm action={addCardAction}>
              <input type="hidden" name="destination" value="overview" />
              <SubmitButton variant="secondary">{card ? "Update card" : "Add card"}</SubmitButton>
            </ActionForm>
            <LinkButton href={CARDS} variant="quiet">
              Payment methods
            </LinkButton>
          </>
        ) : (
          <p className="text-muted text-sm">An owner or billing member of your account can change these.</p>
        )}
      </div>
    </Panel>
  );
}

function priceOf({ plan, subscription }: AccountView, locale: string): string {
  if (subscription) return priceInWords(subscription.priceCents, subscription.interval, locale);
  // Without a subscription a paid plan is by agreement, whatever it costs others.
  if (plan.kind !== "free" || plan.priceCents === null) return "by agreement";
  return `${formatDollars(plan.priceCents, locale)} a month`;
}

/** Further away than this a day alone could be of this year or of the next. */
const HALF_A_YEAR_MS = 183 * 86_400_000;

type NextProps = {
  readonly subscription: NonNullable<AccountView["subscription"]>;
  readonly now: Date;
  readonly where: Where;
};

function NextInvoice({ subscription, now, where }: NextProps) {
  const { cancelAt, next, renewsAt } = subscription;
  const isNear = (at: Date) => at.getTime() - now.getTime() < HALF_A_YEAR_MS;
  const day = (at: Date) => <Instant value={at} variant={isNear(at) ? "day" : "date"} {...where} />;
  if (cancelAt) return <>None, ends {day(cancelAt)}</>;
  const charged = chargedNext(subscription);
  if (charged === null) return <>On {day(renewsAt)}</>;
  return (
    <>
      <Money cents={charged} locale={where.locale} /> on {day(renewsAt)}
      {next && ` for ${next.plan.name}`}
    </>
  );
}
