import type { ReactNode } from "react";
import { Credits, Money } from "@/app/_components/amounts";
import { buttonClass } from "@/app/_components/button-class";
import { Instant } from "@/app/_components/instant";
import { Fact, Facts, Panel } from "@/app/_components/panel";
import { SubmitButton } from "@/app/_components/submit-button";
import type { Customer } from "@/lib/auth/session";
import type { AccountView } from "@/lib/billing/account-view";
import { listBundles } from "@/lib/catalog/bundles";
import { getCatalog } from "@/lib/catalog/catalog";
import type { BalanceView } from "@/lib/ledger/queries";
import { type Cents, type Credits as CreditsAmount, cents, minCredits } from "@/lib/money/credits";
import { formatCents, formatCredits, formatDollars } from "@/lib/money/format";
import { notationOf } from "@/lib/money/notation";
import { type AmountLimits, parseAmount, writeAmount } from "@/lib/money/parse-amount";
import { creditsForCents } from "@/lib/money/rate";
import { cardName } from "@/lib/wording/cards";
import { numberFormat } from "@/lib/wording/formatters";
import { amountsToBuy } from "../amounts-to-buy";
import { buyPath } from "../paths";
import { amountSentence } from "../sentences";
import { placeOrderAction } from "./actions";
import {
  AmountForm,
  AmountInput,
  AmountProblem,
  BundleRadio,
  Failure,
  LiveFigure,
  type Offer,
  TypedCredits,
} from "./amount-form";

type Props = {
  readonly account: AccountView;
  readonly balance: BalanceView;
  readonly customer: Customer;
  /** What the address names as the amount to fill in. */
  readonly amount: unknown;
};

const AMOUNT = "amount";
const AMOUNT_HINT = "amount-hint";

/** The choice of an amount. Works without JavaScript, which adds only what it comes to while one chooses. */
export function BuyForm({ account, balance, customer, amount }: Props) {
  const { locale } = customer;
  const { creditsPerCent, purchase: limits } = getCatalog();
  const notation = notationOf(locale);
  const named = parseAmount(amount, limits);
  const first = named.ok ? writeAmount(named.cents, notation) : "";
  return (
    <AmountForm
      // An address that names another amount is another form: one that stays keeps what was typed.
      key={first}
      action={placeOrderAction}
      offers={listOffers(balance, locale)}
      first={first}
      creditsPerCent={creditsPerCent.toString()}
      limits={{ min: limits.minCents.toString(), max: limits.maxCents.toString() }}
      remaining={balance.remaining.toString()}
      owed={balance.owed.toString()}
      locale={locale}
      notation={notation}
      sentences={{
        not_an_amount: amountSentence("not_an_amount", limits, locale),
        too_many_decimals: amountSentence("too_many_decimals", limits, locale),
        too_small: amountSentence("too_small", limits, locale),
        too_large: amountSentence("too_large", limits, locale),
      }}
      className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_21.5rem]"
    >
      <input type="hidden" name="requestId" value={crypto.randomUUID()} />
      <div className="min-w-0">
        <Failure className="mb-4 rounded-control border border-danger-line bg-danger-soft px-3.5 py-2.5 text-danger text-sm" />
        <QuickSelect locale={locale} />
        <CustomAmount limits={limits} locale={locale}>
          <Suggestions {...{ account, balance, locale }} />
        </CustomAmount>
      </div>
      <Summary account={account} customer={customer} owes={balance.owed > 0n} />
    </AmountForm>
  );
}

function listOffers({ remaining, owed }: BalanceView, locale: string): Offer[] {
  const figure = (value: bigint) => ({
    exact: value.toString(),
    text: formatCredits(value as CreditsAmount, locale),
  });
  return listBundles().map(({ id, priceCents, credits }) => {
    const paysBack = minCredits(owed, credits);
    return {
      id,
      credits: figure(credits),
      paysBack: figure(paysBack),
      after: figure(remaining + credits - paysBack),
      total: { exact: priceCents.toString(), text: formatCents(priceCents, locale) },
    };
  });
}

function QuickSelect({ locale }: { readonly locale: string }) {
  return (
    <fieldset>
      <legend className="mb-2.5">
        <h2 className="font-semibold">Quick Select</h2>
      </legend>
      <div className="grid grid-cols-2 gap-3 xl:grid-cols-4">
        {listBundles().map(({ id, priceCents, credits }) => (
          <label
            key={id}
            htmlFor={`bundle-${id}`}
            className="relative flex cursor-pointer flex-col rounded-panel border border-line bg-panel p-4 pr-9 ring-soft-line transition-colors hover:border-line-strong has-checked:border-soft-line has-checked:bg-soft has-checked:ring-1 has-focus-visible:outline-2 has-focus-visible:outline-soft-line has-focus-visible:outline-offset-2"
          >
            <BundleRadio
              id={`bundle-${id}`}
              value={id}
              className="absolute top-4 right-4 size-4 accent-primary outline-none"
            />
            <Money cents={priceCents} locale={locale} short className="font-semibold text-xl leading-7" />{" "}
            <span className="text-muted text-sm">
              <Credits value={credits} locale={locale} short /> credits
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function CustomAmount({
  limits: { minCents, maxCents },
  locale,
  children,
}: {
  readonly limits: AmountLimits;
  readonly locale: string;
  readonly children: ReactNode;
}) {
  const plain = numberFormat(locale, { maximumFractionDigits: 2 });
  const inDollars = (amount: Cents) => plain.format(Number(amount) / 100);
  return (
    <>
      <h2 className="mt-8 mb-2.5 font-semibold">
        <label htmlFor={AMOUNT}>Custom Amount</label>
      </h2>
      <div className="flex min-h-11 items-center gap-2 rounded-control border border-line-strong bg-panel px-3 has-focus-visible:outline-2 has-focus-visible:outline-soft-line has-focus-visible:outline-offset-2 has-[[aria-invalid]]:border-danger">
        <span aria-hidden="true" className="text-muted">
          $
        </span>
        <AmountInput
          id={AMOUNT}
          hintId={AMOUNT_HINT}
          inputMode="decimal"
          autoComplete="off"
          maxLength={64}
          placeholder={`Any amount from ${inDollars(minCents)} to ${inDollars(maxCents)}`}
          className="min-w-0 flex-1 bg-transparent py-2 text-base outline-none placeholder:text-muted"
        />
        <output htmlFor={AMOUNT} className="shrink-0 text-muted text-sm tabular-nums">
          <TypedCredits>
            <span className="max-sm:sr-only">
              {formatCredits(creditsForCents(cents(100n), getCatalog().creditsPerCent), locale)} credits per
              dollar
            </span>
          </TypedCredits>
        </output>
      </div>
      <AmountProblem className="mt-1.5 text-danger text-sm" />
      <p id={AMOUNT_HINT} className="mt-1.5 text-muted text-sm">
        From {formatCents(minCents, locale)} to {formatCents(maxCents, locale)}, like{" "}
        {writeAmount(1_250n, notationOf(locale))}.
        <span className="hidden noscript:inline"> A typed amount counts instead of the chosen bundle.</span>
      </p>
      {children}
    </>
  );
}

function Summary({
  account,
  customer,
  owes,
}: Pick<Props, "account" | "customer"> & { readonly owes: boolean }) {
  const [card] = account.cards;
  const { locale, timeZone } = customer;
  return (
    <Panel id="summary" title="Summary" className="lg:mt-0.5">
      <div className="noscript:hidden">
        <Facts className="tabular-nums">
          <Fact label="Add-on credits">
            <LiveFigure of="credits" />
          </Fact>
          {owes && (
            <Fact label="Pays back what you owe">
              <LiveFigure of="paysBack" />
            </Fact>
          )}
          <Fact label="Balance after">
            <LiveFigure of="after" />
          </Fact>
        </Facts>
      </div>
      <p className="mb-1.5 hidden text-muted text-sm noscript:block">
        The next step shows the credits, the price and your balance afterwards.
      </p>
      <Facts className="mt-1.5">
        <Fact label="Credits expire">
          <Instant value={account.period.end} variant="date" locale={locale} timeZone={timeZone} />
        </Fact>
        <Fact label="Payment method">{card ? cardName(card) : "Added at the next step"}</Fact>
      </Facts>
      <div className="noscript:hidden">
        <Facts className="mt-3 border-line border-t pt-3 font-semibold tabular-nums">
          <Fact label={<span className="text-ink">Total</span>}>
            <LiveFigure of="total" />
          </Fact>
        </Facts>
      </div>
      <SubmitButton size="large" className="mt-4 w-full">
        Proceed to Payment
      </SubmitButton>
      <p className="mt-3 text-center text-muted text-sm">You confirm before your card is charged.</p>
    </Panel>
  );
}

/** Amounts that somebody may have come for: each fills the field in, and is changed there like any other. */
function Suggestions({
  account,
  balance,
  locale,
}: Pick<Props, "account" | "balance"> & { readonly locale: string }) {
  const { debt, rest } = amountsToBuy(account, balance);
  const all = [
    { label: "Clear what you owe", price: debt },
    { label: "Cover the rest of this cycle at your pace", price: rest },
  ].flatMap(({ label, price }) => (price === null ? [] : [{ label, price }]));
  if (all.length === 0) return null;
  return (
    <ul className="mt-3 flex flex-wrap gap-2">
      {all.map(({ label, price }) => (
        <li key={label}>
          <a href={buyPath(price)} className={buttonClass("secondary")}>
            {label}: {formatDollars(price, locale)}
          </a>
        </li>
      ))}
    </ul>
  );
}
