import { READ_BALANCE } from "@/lib/api/operations";
import { presentBalance } from "@/lib/api/present";
import { apiRoute, methodNotAllowed } from "@/lib/api/route";
import { readBalance } from "@/lib/billing/allowances/cycles/opener";
import { err, ok } from "@/lib/result";

export const GET = apiRoute(READ_BALANCE, async ({ subject: accountId, deps: { db, openRunningCycle } }) => {
  const balance = await readBalance({ db, openRunningCycle }, accountId);
  return balance ? ok({ body: presentBalance(accountId, balance) }) : err({ code: "account_not_found" });
});

export const { POST, PUT, PATCH, DELETE, OPTIONS } = methodNotAllowed("GET");
