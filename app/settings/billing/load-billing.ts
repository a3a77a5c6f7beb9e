import { cache } from "react";
import { type Customer, requireCustomer } from "@/lib/auth/session";
import type { AccountView } from "@/lib/billing/account-view";
import { seeAsCustomer } from "@/lib/billing/as-customer";
import { listOwnerNames } from "@/lib/colleagues/queries";
import { deps } from "@/lib/deps";
import type { BalanceView } from "@/lib/ledger/queries";
import { mayManageBilling } from "./roles";

export type Billing = {
  readonly customer: Customer;
  /** With its running cycle open. */
  readonly account: AccountView;
  readonly balance: BalanceView;
  /** Whether this person may spend the account's money and change its cards and plan. */
  readonly mayManage: boolean;
  /** Whom somebody asks who may not: names of the account's owners. Empty for who may. */
  readonly owners: readonly string[];
  readonly where: { readonly locale: string; readonly timeZone: string };
};

/** Whom members ask, looked up once per request. */
export const ownerNames = cache((accountId: string) => listOwnerNames(deps().db, accountId));

/**
 * What every page of billing begins with, once per request: who is signed in (or they are led to sign in and back to
 * `path`), and their account and balance in the running cycle, which is opened first where the stored one is over. Two
 * queries at once after the session's; a third beside them for who may not pay.
 */
export const loadBilling = cache(async (path: string): Promise<Billing> => {
  const customer = await requireCustomer(path);
  const { accountId, locale, timeZone, purchasesPaused } = customer;
  const { db, openRunningCycle, buysInDispute = false } = deps();
  const mayManage = mayManageBilling(customer);
  const [{ account, balance }, owners] = await Promise.all([
    seeAsCustomer({ db, openRunningCycle, buysInDispute }, accountId, { purchasesPaused }),
    mayManage ? [] : ownerNames(accountId),
  ]);
  return { customer, account, balance, mayManage, owners, where: { locale, timeZone } };
});
