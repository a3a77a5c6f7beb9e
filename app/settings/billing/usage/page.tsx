import type { Metadata } from "next";
import { DataTable } from "@/app/_components/data-table";
import { zoneName } from "@/app/_components/format-instant";
import { Panel } from "@/app/_components/panel";
import { requireCustomer } from "@/lib/auth/session";
import { getAccountView } from "@/lib/billing/queries";
import { deps } from "@/lib/deps";
import { getBalance } from "@/lib/ledger/queries";
import { CreditFigures } from "../credit-figures";
import { grantColumns } from "../grant-columns";
import { USAGE } from "../paths";

export const metadata: Metadata = { title: "Usage" };

export default async function UsagePage() {
  const customer = await requireCustomer(USAGE);
  const [account, balance] = await Promise.all([
    getAccountView(deps().db, customer.accountId),
    getBalance(deps().db, customer.accountId),
  ]);
  const where = { locale: customer.locale, timeZone: customer.timeZone };
  const { source, used, held, left, of, expires } = grantColumns(account, where);
  return (
    <>
      <Panel id="balance" title="Balance">
        <CreditFigures balance={balance} locale={where.locale} />
      </Panel>
      <Panel
        id="used-by-source"
        title="Used by source"
        description={`Plan credits are spent first. Times in ${zoneName(where, account.now)}.`}
      >
        <DataTable
          caption="Credits used, by where they come from"
          columns={[source, expires, used, ...(balance.held > 0n ? [held] : []), left, of]}
          rows={balance.grants}
          rowKey={(grant) => grant.id}
          empty="You have no credits at the moment."
        />
      </Panel>
    </>
  );
}
