import { exportRoute } from "@/app/settings/billing/export-route";
import { requireOperator } from "@/lib/auth/operator";
import { deps } from "@/lib/deps";
import { creditMonths } from "@/lib/desk/money/credit-months";
import { monthOf, readMonth, withinMonth } from "@/lib/desk/money/month";
import { readRevenue } from "@/lib/desk/money/revenue";
import { sumMonths } from "@/lib/ledger/month-sums";
import { databaseNow } from "@/lib/reconciliation/results";
import { MONEY, single } from "../../areas";

import { creditsCsv, daysCsv, soldCsv } from "./money-csv";

/** What the Money page shows, as files. */
export const { GET, HEAD } = exportRoute(async (query) => {
  await requireOperator(MONEY);
  const { db } = deps();
  const [file, asked] = [single(query, "file"), single(query, "month")];
  const running = monthOf(await databaseNow(db));
  if (file === "credits") {
    const months = creditMonths(await sumMonths(db), running);
    return { accountId: null, name: "credits-by-month", csv: creditsCsv(months) };
  }
  const month = readMonth(asked ?? running);
  if (!month) return { problems: ["A month looks like 2026-11."] };
  if (file !== "days" && file !== "sold") return { problems: ["There is no such file."] };
  const revenue = await readRevenue(db, withinMonth(month));
  const csv = file === "days" ? daysCsv(revenue) : soldCsv(revenue);
  return { accountId: null, name: `money-by-${file === "days" ? "day" : "plan-and-bundle"}-${month}`, csv };
});
