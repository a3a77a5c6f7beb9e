import { Panel } from "@/app/_components/panel";
import { CreditFigures } from "@/app/settings/billing/credit-figures";
import { readGrantNames } from "@/app/settings/billing/grant-names";
import { CyclePanel } from "@/app/settings/billing/overview/cycle-panel";
import { stripOf } from "@/app/settings/billing/strip/rows";
import { StripSentences } from "@/app/settings/billing/strip/strip";
import { listApiKeys } from "@/lib/auth/api-keys";
import { requireOperator } from "@/lib/auth/operator";
import { seeAsCustomer } from "@/lib/billing/as-customer";
import { listOrders } from "@/lib/billing/orders/queries";
import { listInvoices } from "@/lib/billing/subscriptions/queries";
import { deps } from "@/lib/deps";
import { listAttentionOf, listPeople } from "@/lib/desk/account";
import type { ActKind } from "@/lib/desk/acts/kinds";
import { ActLinks } from "../../act-links";
import { accountPath } from "../../paths";
import { AccountHeading } from "../account-heading";
import { loadAccount } from "../load-account";
import { AccountFacts } from "./account-facts";
import { Attention } from "./attention";
import { Grants } from "./grants";
import { Keys } from "./keys";
import { LatestInvoices } from "./latest-invoices";
import { LatestOrders } from "./latest-orders";
import { People } from "./people";

/** What is done to an account, and to whom belongs to it. */
const ACTS = [
  "grant",
  "take",
  "extend",
  "freeze",
  "set_plan",
  "read_account",
  "end_sessions",
  "disable_person",
  "set_role",
] as const satisfies readonly ActKind[];

type Props = { readonly params: Promise<{ readonly id: string }> };

/** An account as its customer sees it, for an operator to read. */
export default async function AccountPage({ params }: Props) {
  const { id } = await params;
  const operator = await requireOperator(accountPath(id));
  const { account, where } = await loadAccount(operator, id);
  const { accountId } = account;
  const { db, openRunningCycle, buysInDispute = false } = deps();
  const [seen, people, attention, orders, invoices, keys] = await Promise.all([
    seeAsCustomer({ db, openRunningCycle, buysInDispute }, accountId),
    listPeople(db, accountId),
    listAttentionOf(db, accountId),
    listOrders(db, accountId, null, { most: 10 }),
    listInvoices(db, accountId, null, { most: 10 }),
    listApiKeys(db, { accountId, most: 10 }),
  ]);
  const names = await readGrantNames(db, accountId, seen.balance.grants, seen.account);
  const owners = people.flatMap(({ role, name }) => (role === "owner" ? [name] : []));
  const told = { account: seen.account, balance: seen.balance, mayManage: true, owners, where };
  return (
    <>
      <AccountHeading account={account} area="Account" />
      <div className="flex flex-col gap-4">
        {attention.items.length > 0 && <Attention {...attention} where={where} />}
        {stripOf(told) && (
          <Panel id="told" title="What its pages say first" description="As an owner reads it.">
            <StripSentences {...told} />
          </Panel>
        )}
        <Panel id="credits" title="Credits" description="As the customer sees them now.">
          <CreditFigures balance={seen.balance} where={where} />
        </Panel>
        <div className="grid gap-4 md:grid-cols-2">
          <CyclePanel account={seen.account} balance={seen.balance} where={where} />
          <AccountFacts account={account} seen={seen.account} where={where} />
        </div>
        <Grants id={account.id} grants={seen.balance.grants} names={names} where={where} />
        <LatestOrders page={orders} where={where} />
        <LatestInvoices account={account.id} page={invoices} where={where} />
        <People people={people} where={where} />
        <Keys page={keys} where={where} />
        <ActLinks account={account.id} kinds={seen.balance.owed > 0n ? [...ACTS, "write_off"] : ACTS} />
      </div>
    </>
  );
}
