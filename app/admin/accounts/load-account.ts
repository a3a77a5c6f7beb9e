import { headers } from "next/headers";
import { notFound } from "next/navigation";
import { callerOf } from "@/lib/auth/caller";
import type { Customer } from "@/lib/auth/session";
import { deps } from "@/lib/deps";
import { type DeskAccount, findDeskAccount, recordAccountView } from "@/lib/desk/account";

export type LoadedAccount = {
  readonly account: DeskAccount;
  /** As the operator reads numbers and times. */
  readonly where: { readonly locale: string; readonly timeZone: string };
};

/** What every page about one account begins with, once it knows its operator: that they look, which is kept, and what it is. */
export async function loadAccount(operator: Customer, id: string): Promise<LoadedAccount> {
  const account = (await findDeskAccount(deps().db, id)) ?? notFound();
  await recordAccountView(deps(), operator, {
    accountId: account.accountId,
    caller: callerOf(await headers()),
  });
  return { account, where: { locale: operator.locale, timeZone: operator.timeZone } };
}
