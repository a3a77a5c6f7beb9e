import { randomBytes } from "node:crypto";
import { unstable_rethrow } from "next/navigation";
import type { NextRequest } from "next/server";
import { databaseIsAway } from "@/db/pool";
import { DatabaseBusy } from "@/db/transact";
import { deps } from "@/lib/deps";
import { begun } from "./csv-stream";
import { type RawQuery, rawQueryOf } from "./paths";

type Csv = {
  /** Null: it is of all accounts. */
  readonly accountId: string | null;
  /** Without its ending. */
  readonly name: string;
  readonly csv: ReadableStream<Uint8Array>;
};

/** What is wrong with the address, as sentences. */
type Refused = { readonly problems: readonly string[] };

type ExportRoute = (request: NextRequest) => Promise<Response>;

const AWAY = "We cannot reach our records right now. Please download the file again in a moment.";

/**
 * A route that answers with a CSV file, or says why not: 400 to an address that asks for what is none, 503 while the
 * database is busy or away, 500 to a fault of ours. HEAD is answered without reading a row.
 */
export function exportRoute(find: (query: RawQuery, path: string) => Promise<Csv | Refused>): {
  readonly GET: ExportRoute;
  readonly HEAD: ExportRoute;
} {
  const answer = async (request: NextRequest, write: (found: Csv) => Promise<BodyInit | null>) => {
    try {
      const found = await find(rawQueryOf(request.nextUrl.searchParams), request.nextUrl.pathname);
      if ("problems" in found) return sentence(400, found.problems.join(" "));
      return new Response(await write(found), { headers: headersOf(found) });
    } catch (error) {
      unstable_rethrow(error); // To sign-in.
      if (error instanceof DatabaseBusy || databaseIsAway(error)) return sentence(503, AWAY);
      const reference = randomBytes(6).toString("hex");
      deps().log.error({ err: error, reference }, "a file could not be made");
      return sentence(500, `This file could not be made. Please tell us this reference: ${reference}`);
    }
  };
  return {
    GET: (request) => answer(request, ({ csv, name, accountId }) => begun(csv, tellBroken(name, accountId))),
    HEAD: (request) => answer(request, async () => null),
  };
}

const tellBroken = (file: string, accountId: string | null) => (error: unknown) =>
  deps().log.error({ err: error, file, accountId }, "a file was broken off: its reading failed");

const headersOf = ({ name }: Csv): HeadersInit => ({
  "Content-Type": "text/csv; charset=utf-8",
  "Content-Disposition": `attachment; filename="${name}.csv"`,
  "Cache-Control": "no-store",
});

const sentence = (status: number, text: string): Response =>
  new Response(`${text}\n`, {
    status,
    headers: {
      "Content-Type": "text/plain; charset=utf-8",
      "Cache-Control": "no-store",
      ...(status === 503 && { "Retry-After": "5" }),
    },
  });
