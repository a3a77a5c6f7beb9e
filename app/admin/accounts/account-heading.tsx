import { PageTitle } from "@/app/_components/page-title";
import type { DeskAccount } from "@/lib/desk/account";
import { accountPath, ledgerPath, timelinePath } from "../paths";
import { AccountTabs } from "./account-tabs";

/** What is at hand of one account, in words that tell its pages apart. */
export type AccountArea = "Account" | "Timeline" | "Ledger";

/** Whose pages these are, and the way between them. */
export function AccountHeading({
  account: { id, name },
  area,
}: {
  readonly account: DeskAccount;
  readonly area: AccountArea;
}) {
  return (
    <>
      <PageTitle title={`${area}, ${name}`}>
        <bdi className="[overflow-wrap:anywhere]">{name}</bdi>
      </PageTitle>
      <div className="mb-5">
        <AccountTabs account={accountPath(id)} timeline={timelinePath(id)} ledger={ledgerPath(id)} />
      </div>
    </>
  );
}
