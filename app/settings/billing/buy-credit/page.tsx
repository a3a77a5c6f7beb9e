import type { Metadata } from "next";
import type { ReactNode } from "react";
import { Instant } from "@/app/_components/instant";
import { Notice } from "@/app/_components/notice";
import { type Customer, requireCustomer } from "@/lib/auth/session";
import { type AccountView, getAccountView } from "@/lib/billing/queries";
import { BUNDLES, FEATURED_BUNDLE } from "@/lib/catalog/bundles";
import { deps } from "@/lib/deps";
import { type BalanceView, getBalance } from "@/lib/ledger/queries";
import { type Cents, type Credits, cents } from "@/lib/money/credits";
import { formatCents, formatCredits, formatCreditsShort, formatDollars } from "@/lib/money/format";
import type { AmountLimits } from "@/lib/money/parse-amount";
import { CREDITS_PER_DOLLAR, dollarsToCover } from "@/lib/money/rate";
import { CardNotice } from "../card-notice";
import { forecastPace } from "../pace";
import { BUY_CREDIT, type Query } from "../paths";
import { mayManageBilling } from "../roles";
import { cardName, timeInWords } from "../words";
import { placeOrderAction } from "./actions";
import { AmountForm, type Offer } from "./amount-form";
import { MayNotBuyNotice } from "./may-not-buy";
import { OffersToSee } from "./offers-to-see";

export const metadata: Metadata = { title: "Buy Credit" };

export default async function BuyCreditPage({ searchParams }: { readonly searchParams: Query }) {
  const [query, customer] = await Promise.all([searchParams, requireCustomer(BUY_CREDIT)]);
  const [account, balance] = await Promise.all([
    getAccountView(deps().db, customer.accountId),
    getBalance(deps().db, customer.accountId),
  ]);
  const mayBuy = account.mayNotBuy === null && mayManageBilling(customer);
  return (
    <>
      <CardNotice flag={query.card} />
      {account.mayNotBuy === null && <ExpiryNotice account={account} customer={customer} />}
      {mayBuy ? (
        <Form account={account} balance={balance} customer={customer} limits={deps().limits} />
      ) : (
        <>
          <MayNotBuyNotice
            account={account}
            where={{ locale: customer.locale, timeZone: customer.timeZone }}
          />
          <OffersToSee account={account} locale={customer.locale} />
        </>
      )}
    </>
  );
}

function ExpiryNotice({ account, customer }: { readonly account: AccountView; readonly customer: Customer }) {
  const { period, now } = account;
  return (
    <Notice tone="warning">
      Add-on credits expire with your billing cycle, in{" "}
      <strong className="font-semibold">{timeInWords(period.end.getTime() - now.getTime())}</strong> (
      <Instant value={period.end} locale={customer.locale} timeZone={customer.timeZone} />
      ). Unused credits do not carry forward.
    </Notice>
  );
}

type FormProps = {
  readonly account: AccountView;
  readonly balance: BalanceView;
  readonly customer: Customer;
  readonly limits: AmountLimits;
};

function Form({ account, balance, customer, limits }: FormProps) {
  const { locale, timeZone } = customer;
  const [card] = account.cards;
  const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const inDollars = (amount: Cents) => plain.format(Number(amount) / 100);
  return (
    <AmountForm
      action={placeOrderAction}
      requestId={crypto.randomUUID()}
      offers={listOffers(balance.remaining, locale)}
      featured={FEATURED_BUNDLE}
      limits={{ min: limits.minCents.toString(), max: limits.maxCents.toString() }}
      remaining={balance.remaining.toString()}
      locale={locale}
      placeholder={`Any amount from ${inDollars(limits.minCents)} to ${inDollars(limits.maxCents)}`}
      rate={`${formatCredits(CREDITS_PER_DOLLAR as Credits, locale)} credits per dollar`}
      hint={`From ${formatCents(limits.minCents, locale)} to ${formatCents(limits.maxCents, locale)}. Digits with up to two decimals, like 12 or 12.50; no commas.`}
      pace={paceHint(account, balance, limits, locale)}
      expires={<Instant value={account.period.end} variant="date" locale={locale} timeZone={timeZone} />}
      card={card ? cardName(card) : "Added at the next step"}
    />
  );
}

function listOffers(remaining: Credits, locale: string): Offer[] {
  const figure = (value: bigint) => ({
    exact: value.toString(),
    text: formatCredits(value as Credits, locale),
  });
  return BUNDLES.map(({ id, priceCents, credits }) => ({
    id,
    price: formatDollars(priceCents, locale),
    short: formatCreditsShort(credits, locale),
    credits: figure(credits),
    after: figure(remaining + credits),
    total: formatCents(priceCents, locale),
  }));
}

function paceHint(
  account: AccountView,
  balance: BalanceView,
  limits: AmountLimits,
  locale: string,
): ReactNode {
  const pace = forecastPace(balance, account.period, account.now);
  if (!pace || pace.missing === 0n) return null;
  const enough = dollarsToCover(pace.missing);
  const price = cents(enough < limits.minCents ? limits.minCents : enough);
  if (price > limits.maxCents) return null;
  return (
    <>
      At your pace, <strong className="font-semibold text-ink">{formatDollars(price, locale)}</strong> covers
      the rest of this cycle.
    </>
  );
}
