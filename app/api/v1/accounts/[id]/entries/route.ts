import { LIST_ENTRIES } from "@/lib/api/operations";
import { presentEntries } from "@/lib/api/present";
import { apiRoute, methodNotAllowed } from "@/lib/api/route";
import { listEntries } from "@/lib/ledger/entries";
import { err, ok } from "@/lib/result";

export const GET = apiRoute(LIST_ENTRIES, async ({ subject: accountId, query, deps }) => {
  const cursor = query.cursor === undefined ? null : BigInt(query.cursor);
  const page = await listEntries(deps.db, accountId, cursor, query.limit);
  return page ? ok({ body: presentEntries(accountId, page) }) : err({ code: "account_not_found" });
});

export const { POST, PUT, PATCH, DELETE, OPTIONS } = methodNotAllowed("GET");
