import { databaseAnswers } from "@/db/client";
import { deps } from "@/lib/deps";

export const dynamic = "force-dynamic";

const PATIENCE_MS = 2_000;

/** For whoever decides whether this process gets traffic: it does while its database answers. */
export async function GET(): Promise<Response> {
  const healthy = await databaseAnswers(deps().db, PATIENCE_MS);
  return Response.json(
    { status: healthy ? "ok" : "unavailable" },
    { status: healthy ? 200 : 503, headers: { "cache-control": "no-store" } },
  );
}
