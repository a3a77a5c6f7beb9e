import { databaseAnswers } from "@/db/client";
import { countNodesAway } from "@/db/nodes";
import { deps } from "@/lib/deps";

export const dynamic = "force-dynamic";

const PATIENCE_MS = 2_000;

/**
 * For whoever decides whether this process gets traffic: it does while its database answers. In a sharded one whose node is
 * away most accounts are served, so that is told and changes nothing.
 */
export async function GET(): Promise<Response> {
  const { db } = deps();
  const healthy = await databaseAnswers(db, PATIENCE_MS);
  const nodesAway = healthy ? await countNodesAway(db, PATIENCE_MS) : 0;
  const status = nodesAway > 0 ? { status: "degraded", nodesAway } : { status: "ok" };
  return Response.json(healthy ? status : { status: "unavailable" }, {
    status: healthy ? 200 : 503,
    headers: { "cache-control": "no-store" },
  });
}
