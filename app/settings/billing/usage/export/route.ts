import { requireCustomer } from "@/lib/auth/session";
import { openCycle } from "@/lib/billing/plans/open-cycle";
import { getAccountView } from "@/lib/billing/queries";
import { deps } from "@/lib/deps";
import { readUsage } from "@/lib/ledger/usage";
import { exportRoute } from "../../export-route";
import { USAGE } from "../../paths";
import { readUsageQuery, USAGE_PROBLEMS } from "../usage-query";
import { usageCsv } from "./usage-csv";

/** The spends the Usage page shows, all of them, as a file. */
export const { GET, HEAD } = exportRoute(async (query) => {
  const { accountId } = await requireCustomer(USAGE);
  const { db } = deps();
  await openCycle(db, accountId);
  const { filter, problems } = readUsageQuery(query, await getAccountView(db, accountId));
  if (problems.length > 0) return { problems: problems.map((each) => USAGE_PROBLEMS[each]) };
  const name = `usage-${filter.from}-to-${filter.to}`;
  return { accountId, name, csv: usageCsv(readUsage(db, accountId, filter)) };
});
