import { Credits, Money } from "@/app/_components/amounts";
import type { AccountView } from "@/lib/billing/account-view";
import { listBundles } from "@/lib/catalog/bundles";
import { listPlans } from "@/lib/catalog/plans";

/** What can be bought, to look at: no form, nothing to press. */
export function OffersToSee({ account, locale }: { readonly account: AccountView; readonly locale: string }) {
  return (
    <>
      {account.mayNotBuy === "plan_required" && <PaidPlans locale={locale} />}
      <section aria-labelledby="offers-title" className="pt-2">
        <h2 id="offers-title" className="mb-2.5 font-semibold">
          Add-on credits
        </h2>
        <ul className="grid grid-cols-2 gap-3 lg:grid-cols-4">
          {listBundles().map(({ id, priceCents, credits }) => (
            <li key={id} className="rounded-panel border border-line bg-panel p-4">
              <Money
                cents={priceCents}
                locale={locale}
                short
                className="block font-semibold text-xl leading-7"
              />
              <span className="text-muted text-sm">
                <Credits value={credits} locale={locale} /> credits
              </span>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

function PaidPlans({ locale }: { readonly locale: string }) {
  return (
    <section aria-labelledby="paid-plans-title" className="pt-2">
      <h2 id="paid-plans-title" className="mb-2.5 font-semibold">
        What paid plans include
      </h2>
      <ul className="grid gap-3 sm:grid-cols-2">
        {listPlans().map(
          ({ id, name, mayBuyCredits, isRetired, priceCents, creditsPerCycle }) =>
            mayBuyCredits &&
            !isRetired &&
            priceCents !== null &&
            creditsPerCycle !== null && (
              <li key={id} className="rounded-panel border border-line bg-panel p-4">
                <h3 className="font-semibold">{name}</h3>
                <p>
                  <Money cents={priceCents} locale={locale} short /> a month
                </p>
                <p className="text-muted text-sm">
                  <Credits value={creditsPerCycle} locale={locale} /> credits every billing cycle, and add-on
                  credits whenever you need more
                </p>
              </li>
            ),
        )}
      </ul>
    </section>
  );
}
