import { sql } from "drizzle-orm";
import { err, ok, type Result } from "../../result";
import type { ActDeps, ActRefusal, Request, Scene } from "./act";
import { carryOut, type Doer, type Done, inScene, recordAct } from "./run-act";

export type Running = {
  readonly request: Request;
  readonly doer: Doer;
  readonly basis: string;
  readonly approvedBy: string | null;
};
export type Ran =
  | { readonly kind: "done"; readonly actId: string; readonly done: Done }
  | { readonly kind: "waiting"; readonly waitingId: string };

/**
 * Runs an act whose basis is still the one that was looked at. `instead` may put something in its place, which undoes the act
 * first; `also` is written beside it.
 */
export function runIfSame(
  deps: ActDeps,
  { request, doer, basis, approvedBy }: Running,
  instead: (scene: Scene, done: Done) => Promise<string | null>,
  also: (scene: Scene, done: Done) => Promise<Result<undefined, ActRefusal>> = async () => ok(),
): Promise<Result<Ran, ActRefusal>> {
  return inScene<Ran>(deps, request, doer, async (scene, prepared, now) => {
    if (now !== basis) return err(STALE);
    const savepoint = sql.raw("savepoint before_act");
    await scene.tx.execute(savepoint);
    const done = await carryOut(scene, prepared, { basis, limits: deps.approvals });
    if (!done.ok) return done;
    if (approvedBy === null && done.value.needsApproval) {
      await scene.tx.execute(sql.raw("rollback to savepoint before_act"));
      const waitingId = await instead(scene, done.value);
      if (waitingId) return ok({ kind: "waiting", waitingId });
    }
    await recordAct(scene.tx, request, doer, done.value, approvedBy);
    const written = await also(scene, done.value);
    return written.ok ? ok({ kind: "done", actId: doer.actId, done: done.value }) : written;
  });
}

/** Told outside of its transaction, where it is previewed anew. */
const STALE: ActRefusal = {
  code: "stale_preview",
  preview: { lines: [], basis: "", needsApproval: false },
};
