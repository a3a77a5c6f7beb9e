import { READ_BALANCE } from "@/lib/api/operations";
import { presentBalance } from "@/lib/api/present";
import { apiRoute, methodNotAllowed } from "@/lib/api/route";
import { openCycle } from "@/lib/billing/plans/open-cycle";
import { findBalance } from "@/lib/ledger/queries";
import { err, ok } from "@/lib/result";

export const GET = apiRoute(READ_BALANCE, async ({ subject: accountId, deps }) => {
  await openCycle(deps.db, accountId);
  const balance = await findBalance(deps.db, accountId);
  return balance ? ok({ body: presentBalance(accountId, balance) }) : err({ code: "account_not_found" });
});

export const { POST, PUT, PATCH, DELETE, OPTIONS } = methodNotAllowed("GET");
