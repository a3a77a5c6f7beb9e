import type { NextRequest } from "next/server";
import { requireCustomer } from "@/lib/auth/session";
import { openCycle } from "@/lib/billing/plans/open-cycle";
import { getAccountView } from "@/lib/billing/queries";
import { deps } from "@/lib/deps";
import { readUsage } from "@/lib/ledger/usage";
import { csvFile } from "../../csv-stream";
import { USAGE } from "../../paths";
import { readUsageQuery } from "../usage-query";
import { usageCsv } from "./usage-csv";

/** The spends the Usage page shows, all of them, as a file. */
export async function GET(request: NextRequest): Promise<Response> {
  const { accountId } = await requireCustomer(USAGE);
  const { db } = deps();
  await openCycle(db, accountId);
  const account = await getAccountView(db, accountId);
  const { filter } = readUsageQuery(Object.fromEntries(request.nextUrl.searchParams), account);
  return csvFile(`usage-${filter.from}-to-${filter.to}`, usageCsv(readUsage(db, accountId, filter)));
}
