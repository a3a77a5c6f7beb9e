import type { Database } from "../db/client";
import { countNodesAway } from "../db/nodes";
import { deps } from "./deps";
import { describeWork, type WorkHealth, type WorkProblem } from "./jobs/health";
import type { Logger } from "./log";
import { askReadiness, type Readiness } from "./readiness";

export type Health = {
  readonly status: "ok" | "degraded";
  /** Of this process alone. */
  readonly process: Readiness;
  readonly problems: readonly (WorkProblem | "nodes_away" | Exclude<Readiness, "ready" | "draining">)[];
  /** Of a sharded database: most accounts are served meanwhile. */
  readonly nodesAway?: number;
} & Partial<Omit<WorkHealth, "problems">>;

const NODES_MS = 2_000;

/**
 * How the installation does, for its operator: times and counts, no customer's data and no secret. What is wrong here
 * says nothing of whether a process can serve. Never rejects.
 */
export async function describeHealth({ db, log }: { db: Database; log: Logger } = deps()): Promise<Health> {
  const own = await askReadiness(db);
  if (own !== "ready" && own !== "draining") return { status: "degraded", process: own, problems: [own] };
  try {
    const { problems: ofWork, ...work } = await describeWork(db);
    const nodesAway = await countNodesAway(db, NODES_MS);
    const problems = [...ofWork, ...(nodesAway > 0 ? (["nodes_away"] as const) : [])];
    return { status: problems.length === 0 ? "ok" : "degraded", process: own, problems, nodesAway, ...work };
  } catch (error) {
    log.warn({ err: error }, "health could not be read");
    return { status: "degraded", process: own, problems: ["no_database"] };
  }
}
