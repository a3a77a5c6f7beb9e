import type { Database } from "../db/client";
import { countNodesAway } from "../db/nodes";
import { deps } from "./deps";
import { describeWork, type WorkHealth, type WorkProblem } from "./jobs/health";
import type { Logger } from "./log";
import { askReadiness, type Readiness } from "./readiness";
import type { Access, AccessState } from "./stripe/access/access";

export type Health = {
  readonly status: "ok" | "degraded";
  /** Of this process alone. */
  readonly process: Readiness;
  readonly problems: readonly (
    | WorkProblem
    | StripeProblem
    | "nodes_away"
    | Exclude<Readiness, "ready" | "draining">
  )[];
  /** Whether this process asks Stripe, and what its key was not allowed to do: of another one its own answer says it. */
  readonly stripe?: AccessState & { readonly of: "this process" };
  /** Of a sharded database: most accounts are served meanwhile. */
  readonly nodesAway?: number;
} & Partial<Omit<WorkHealth, "problems">>;

type StripeProblem = "payments_paused" | "stripe_key_lacks_rights";

/** What describing it takes; without `access` nothing is said of Stripe. */
type HealthDeps = { readonly db: Database; readonly log: Logger; readonly access?: Pick<Access, "state"> };

const NODES_MS = 2_000;

/**
 * How the installation does, for its operator: times and counts, no customer's data and no secret. What is wrong here
 * says nothing of whether a process can serve. Never rejects.
 */
export async function describeHealth({ db, log, access }: HealthDeps = deps()): Promise<Health> {
  const own = await askReadiness(db);
  if (own !== "ready" && own !== "draining") return { status: "degraded", process: own, problems: [own] };
  try {
    const { problems: ofWork, ...work } = await describeWork(db);
    const nodesAway = await countNodesAway(db, NODES_MS);
    const stripe = access && { of: "this process" as const, ...access.state() };
    const problems = [...ofWork, ...(nodesAway > 0 ? (["nodes_away"] as const) : []), ...problemsOf(stripe)];
    const status = problems.length === 0 ? "ok" : "degraded";
    return { status, process: own, problems, ...(stripe && { stripe }), nodesAway, ...work };
  } catch (error) {
    log.warn({ err: error }, "health could not be read");
    return { status: "degraded", process: own, problems: ["no_database"] };
  }
}

const problemsOf = (stripe: AccessState | undefined): StripeProblem[] => [
  ...(stripe && stripe.pausedFor !== null ? (["payments_paused"] as const) : []),
  ...(stripe && stripe.notAllowed.length > 0 ? (["stripe_key_lacks_rights"] as const) : []),
];
