import { deps } from "@/lib/deps";
import { readUsage } from "@/lib/ledger/usage-spends";
import { exportRoute } from "../../export-route";
import { loadBilling } from "../../load-billing";
import { USAGE } from "../../paths";
import { readUsageQuery, USAGE_PROBLEMS } from "../usage-query";
import { usageCsv } from "./usage-csv";

/** The spends the Usage page shows, all of them, as a file. */
export const { GET, HEAD } = exportRoute(async (query) => {
  const { customer, account } = await loadBilling(USAGE);
  const { accountId, timeZone } = customer;
  const { db } = deps();
  const { filter, problems } = readUsageQuery(query, { ...account, timeZone });
  if (problems.length > 0) return { problems: problems.map((each) => USAGE_PROBLEMS[each]) };
  const name = `usage-${filter.from}-to-${filter.to}`;
  return { accountId, name, csv: usageCsv(readUsage(db, accountId, filter)) };
});
