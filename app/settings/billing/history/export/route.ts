import { deps } from "@/lib/deps";
import { exportRoute } from "../../export-route";
import { loadBilling } from "../../load-billing";
import { HISTORY } from "../../paths";
import { HISTORY_PROBLEMS, readHistoryQuery } from "../history-query";
import { historyCsv } from "./history-csv";
import { readHistory } from "./history-lines";

/** What the History page shows, all pages of it, as a file. */
export const { GET, HEAD } = exportRoute(async (query) => {
  const { customer, account } = await loadBilling(HISTORY);
  const { accountId, timeZone } = customer;
  const { now } = account;
  const { db, appUrl } = deps();
  const { filter, today, problems } = readHistoryQuery(query, { now, timeZone });
  if (problems.length > 0) return { problems: problems.map((each) => HISTORY_PROBLEMS[each]) };
  const { kind, from, to } = filter;
  const what = kind === "all" ? "" : `-${kind}`;
  const name = `history${what}${from ? `-from-${from}` : ""}-to-${to ?? today}`;
  return { accountId, name, csv: historyCsv(readHistory(db, accountId, filter), { now, appUrl }) };
});
