import { csvStream } from "@/app/settings/billing/csv-stream";
import { exportRoute } from "@/app/settings/billing/export-route";
import { requireOperator } from "@/lib/auth/operator";
import { deps } from "@/lib/deps";
import { allLedgerLines, type LedgerLine } from "@/lib/desk/ledger";
import { toPublicId } from "@/lib/ids";
import { ledgerPath } from "../../../../paths";
import { loadAccount } from "../../../load-account";
import { readLedgerQuery } from "../ledger-query";

const COLUMNS = [
  "number",
  "at",
  "from",
  "to",
  "credits",
  "grant",
  "grant kind",
  "grant source",
  "hold",
  "category",
  "resource",
  "reference",
  "command",
  "command key",
  "actor",
  "actor name",
  "reason",
];

/** What the ledger's page shows, all pages of it, as a file; instants in UTC, like every file's. */
export const { GET, HEAD } = exportRoute(async (raw, path) => {
  const id = path.split("/").at(-3) ?? "";
  const operator = await requireOperator(ledgerPath(id));
  const { account, where } = await loadAccount(operator, id);
  const { filter, problem } = readLedgerQuery(raw, where.timeZone);
  if (problem) return { problems: [problem] };
  const { accountId } = account;
  const csv = csvStream(COLUMNS, allLedgerLines(deps().db, accountId, filter), toCells);
  return { accountId, name: `ledger-${account.id}`, csv };
});

const toCells = (line: LedgerLine): string[] => [
  line.seq.toString(),
  line.at.toISOString(),
  line.from,
  line.to,
  line.credits.toString(),
  line.grant ? toPublicId("grant", line.grant.id) : "",
  line.grant?.kind ?? "",
  line.grant?.source ?? "",
  line.holdId ? toPublicId("hold", line.holdId) : "",
  line.category ?? "",
  line.resource ?? "",
  line.reference ?? "",
  line.command?.kind ?? "",
  line.command?.key ?? "",
  line.actor?.kind ?? "",
  line.actor?.name ?? "",
  line.reason ?? "",
];
