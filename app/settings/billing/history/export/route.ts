import type { NextRequest } from "next/server";
import { requireCustomer } from "@/lib/auth/session";
import { openCycle } from "@/lib/billing/plans/open-cycle";
import { getAccountView } from "@/lib/billing/queries";
import { deps } from "@/lib/deps";
import { csvFile } from "../../csv-stream";
import { HISTORY } from "../../paths";
import { readHistoryQuery } from "../history-query";
import { historyCsv } from "./history-csv";
import { readHistory } from "./history-lines";

/** What the History page shows, all pages of it, as a file. */
export async function GET(request: NextRequest): Promise<Response> {
  const { accountId } = await requireCustomer(HISTORY);
  const { db } = deps();
  await openCycle(db, accountId);
  const { now } = await getAccountView(db, accountId);
  const { filter, today } = readHistoryQuery(Object.fromEntries(request.nextUrl.searchParams), now);
  const { kind, from, to } = filter;
  const what = kind === "all" ? "" : `-${kind}`;
  const name = `history${what}${from ? `-from-${from}` : ""}-to-${to ?? today}`;
  return csvFile(name, historyCsv(readHistory(db, accountId, filter), now));
}
