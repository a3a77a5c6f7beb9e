import { type BalanceView, getBalance } from "../ledger/queries";
import { type AccountView, type AccountViewOptions, getAccountView } from "./account-view";
import type { BillingDeps } from "./deps";
import { tellFrozen } from "./returns/queries";

type Deps = Pick<BillingDeps, "db" | "openRunningCycle" | "buysInDispute">;

export type SeenByCustomer = { readonly account: AccountView; readonly balance: BalanceView };

/**
 * An account and its balance as its customer sees them, whoever asks: in the running cycle, which is opened first where the stored
 * one is over, and with what is frozen told apart by why. Two queries at once; three more only where something is frozen.
 */
export async function seeAsCustomer(
  { db, openRunningCycle, buysInDispute = false }: Deps,
  accountId: string,
  known: Pick<AccountViewOptions, "purchasesPaused"> = {},
): Promise<SeenByCustomer> {
  const read = () =>
    Promise.all([getAccountView(db, accountId, { ...known, buysInDispute }), getBalance(db, accountId)]);
  let [account, balance] = await read();
  if (balance.mustOpen) {
    await openRunningCycle(accountId);
    [account, balance] = await read();
  }
  return { account, balance: await tellFrozen(db, accountId, balance) };
}
