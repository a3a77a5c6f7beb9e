import type { ReactNode } from "react";
import { ActionForm } from "@/app/_components/action-form";
import { Credits, Money } from "@/app/_components/amounts";
import { LinkButton } from "@/app/_components/button";
import { Instant } from "@/app/_components/instant";
import { OutsideSubmitButton } from "@/app/_components/outside-submit-button";
import { PageHeading } from "@/app/_components/page-heading";
import { Fact, Facts, Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import { Title } from "@/app/_components/title";
import type { PlanView } from "@/lib/billing/account-view";
import { isOfTheCard } from "@/lib/billing/cards/view";
import type { UpgradeOffer } from "@/lib/billing/subscriptions/upgrade";
import { cents } from "@/lib/money/credits";
import { offerName } from "@/lib/wording/plans";
import { CardChoice, type Choice, choiceOf, PayWith } from "../../card-choice";
import { PLANS, upgradeDestination } from "../../paths";
import { addCardAction } from "../../payment-method/actions";
import { LEAVING, PAYING, PAYING_LONG } from "../../working";
import { confirmUpgradeAction } from "../actions";

type Where = { readonly locale: string; readonly timeZone: string };
type Props = {
  readonly offer: UpgradeOffer;
  readonly view: PlanView;
  /** They have just come back from saving a card. */
  readonly justSaved: boolean;
  readonly where: Where;
};

const ADD_CARD = "add-card";

/** The review of an upgrade: everything it does is on this page, and one button does it. */
export function UpgradeForm(props: Props) {
  const { offer, view, justSaved } = props;
  const payable = view.cards.length > 0;
  const title = `Upgrade to ${offerName(offer.to.name, offer.interval)}`;
  const declined = view.cards.flatMap((each) =>
    each.declined && isOfTheCard(each.declined.code) ? [each.id] : [],
  );
  const choice = choiceOf(view.cards, declined, { justSaved });
  return (
    <div>
      {/* Forms cannot stand in forms: the button names its form from where it belongs. */}
      <ActionForm id={ADD_CARD} action={addCardAction}>
        <input type="hidden" name="destination" value={upgradeDestination(offer.to.id, offer.interval)} />
      </ActionForm>
      <Title>{title}</Title>
      <PageHeading className="w-fit font-semibold text-xl">{title}</PageHeading>
      <p className="mt-1 mb-4 max-w-prose text-muted">
        Nothing is charged until you confirm. The upgrade takes effect the moment it is paid.
      </p>
      <ActionForm action={confirmUpgradeAction}>
        <input type="hidden" name="requestId" value={crypto.randomUUID()} />
        <input type="hidden" name="plan" value={offer.to.id} />
        <input type="hidden" name="interval" value={offer.interval} />
        <input type="hidden" name="shownCents" value={offer.dueCents.toString()} />
        <input type="hidden" name="shownCredits" value={offer.credits.toString()} />
        <input type="hidden" name="shownAlsoDueCents" value={offer.alsoDueCents.toString()} />
        <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,1fr)_21.5rem]">
          <div className="grid gap-4">
            <WhatChanges {...props} />
            <Panel id="payment-method" title="Payment method">
              {payable ? (
                <CardChoice choice={choice} />
              ) : (
                <p className="text-muted">
                  No card is saved yet. Add one on our payment provider's page; you come back here, and
                  nothing is charged until you confirm.
                </p>
              )}
              <OutsideSubmitButton
                form={ADD_CARD}
                variant={payable ? "secondary" : "primary"}
                className="not-while-paying mt-4"
                working={LEAVING}
              >
                {payable ? "Add another card" : "Add a card"}
              </OutsideSubmitButton>
            </Panel>
          </div>
          <Summary {...props} choice={choice} />
        </div>
      </ActionForm>
    </div>
  );
}

function Summary({ offer, where, choice }: Props & { readonly choice: Choice }) {
  return (
    <Panel id="summary" title="Summary">
      <Facts>
        <Fact label="Plan">
          {offer.from.name} →{" "}
          <strong className="font-semibold">{offerName(offer.to.name, offer.interval)}</strong>
        </Fact>
        <Fact label="New credits">
          <Credits value={offer.credits} locale={where.locale} />
        </Fact>
        <Fact label="New cycle">
          <Instant value={offer.period.start} variant="day" isAbout {...where} /> –{" "}
          <Instant value={offer.period.end} variant="date" isAbout {...where} />
        </Fact>
      </Facts>
      <Facts className="mt-3 border-line border-t pt-3">
        <Fact label="Price">
          {offer.quantity > 1 && `${offer.quantity} × `}
          <Money cents={cents(offer.priceCents / BigInt(offer.quantity))} locale={where.locale} />
        </Fact>
        {offer.creditedCents > 0n && (
          <Fact label="Credit for unused time">
            −<Money cents={offer.creditedCents} locale={where.locale} />
          </Fact>
        )}
      </Facts>
      <Facts className="mt-3 border-line border-t pt-3 font-semibold">
        <Fact label={<span className="text-ink">Charged now</span>}>
          <Money cents={offer.dueCents} locale={where.locale} />
        </Fact>
      </Facts>
      {offer.alsoDueCents > 0n && (
        <p className="mt-3 text-sm">
          The invoice for your current period, <Money cents={offer.alsoDueCents} locale={where.locale} />, is
          still being prepared and is charged as well, within the hour.
        </p>
      )}
      {choice.cards.length > 0 && (
        <>
          <SubmitButton size="large" className="mt-4 w-full" working={PAYING} later={PAYING_LONG} data-pays>
            <PayWith cents={offer.dueCents} locale={where.locale} choice={choice} />
          </SubmitButton>
          <p className="mt-3 text-center text-muted text-sm">Your card is charged once.</p>
        </>
      )}
      <LinkButton href={PLANS} variant="quiet" className="mt-2 w-full">
        Back to Plans
      </LinkButton>
    </Panel>
  );
}

/** Money, credits and dates, in the order in which people ask for them. */
function WhatChanges({ offer, where }: Props) {
  const { from, to, interval, keeps, addOns, period } = offer;
  return (
    <Panel id="what-changes" title="What changes">
      <ul className="space-y-3">
        <Change title="Now">
          <Money cents={offer.dueCents} locale={where.locale} /> is charged, and{" "}
          <Credits value={offer.credits} locale={where.locale} /> new credits are yours until{" "}
          <Instant value={offer.creditsUntil} {...where} />
          {interval === "year" && (
            <>
              , then <Credits value={offer.creditsPerMonth} locale={where.locale} /> every month
            </>
          )}
          .
        </Change>
        {offer.creditedCents > 0n && (
          <Change title="Credit for unused time">
            <Money cents={offer.creditedCents} locale={where.locale} /> of what you paid for {from.name} is
            for time you have not used, and is taken off the price. Credits you were given for that time
            already are taken off the first month's new ones; nothing is taken from your balance.
          </Change>
        )}
        {keeps && (
          <Change title="Plan credits you have">
            Your <Credits value={keeps.credits} locale={where.locale} /> unused credits keep their own expiry,{" "}
            <Instant value={keeps.until} {...where} /> at the latest, and are spent first.
          </Change>
        )}
        {addOns && (
          <Change title="Add-on credits you have">
            All <Credits value={addOns.credits} locale={where.locale} /> stay yours, now until{" "}
            <Instant value={addOns.until} {...where} />.
          </Change>
        )}
        <Change title="After that">
          {to.name} renews every {interval}, next on <Instant value={period.end} {...where} />, until you
          change or cancel it.
          {offer.creditedCents === 0n &&
            ` What is left of the time you paid for on ${from.name} is not refunded.`}
        </Change>
      </ul>
    </Panel>
  );
}

function Change({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <li className="grid gap-x-4 sm:grid-cols-[11rem_minmax(0,1fr)]">
      <span className="text-muted">{title}</span>
      <span className="min-w-0">{children}</span>
    </li>
  );
}
