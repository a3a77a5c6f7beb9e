import { Credits } from "@/app/_components/amounts";
import { Notice } from "@/app/_components/notice";
import { PageLink } from "@/app/_components/page-link";
import { BUY_CREDIT } from "./paths";

type Props = {
  readonly balance: { readonly [Figure in "owed" | "frozen"]: bigint };
  /** Whether credits may be bought now. */
  readonly mayBuy: boolean;
  readonly locale: string;
};

/** What keeps credits from being spent, and what changes it. */
export function BalanceNotices({ balance, mayBuy, locale }: Props) {
  return (
    <>
      {balance.owed > 0n && (
        <Notice tone="danger">
          You owe <Credits value={balance.owed} locale={locale} /> credits: they were used but not paid for.
          Nothing can be spent until they are. The next credits you get pay them first: those of your next
          billing cycle
          {mayBuy && (
            <>
              , or{" "}
              <PageLink href={BUY_CREDIT} className="underline">
                credits you buy
              </PageLink>
            </>
          )}
          .
        </Notice>
      )}
      {balance.frozen > 0n && (
        <Notice tone="warning">
          <Credits value={balance.frozen} locale={locale} /> credits are frozen until your plan is paid.
        </Notice>
      )}
    </>
  );
}
