import { sql } from "drizzle-orm";
import { tellNothing } from "../../../db/transact";
import { err, ok, type Result } from "../../result";
import { recordAct } from "../record-act";
import type { ActDeps, ActRefusal, Request, Scene } from "./act";
import { carryOut, type Doer, type Done, inScene } from "./run-act";

export type Running = { readonly request: Request; readonly doer: Doer; readonly basis: string } & (
  | {
      readonly approvedBy: null;
      /** Where a second operator has to agree, the act is undone and this stored in its place. Returns its id. */
      readonly instead: (scene: Scene, done: Done) => Promise<string>;
      readonly also?: undefined;
    }
  | {
      readonly approvedBy: string;
      readonly instead?: undefined;
      /** Written beside the act. */
      readonly also: (scene: Scene) => Promise<Result<undefined, ActRefusal>>;
    }
);
export type Ran =
  | { readonly kind: "done"; readonly actId: string; readonly done: Done }
  | { readonly kind: "waiting"; readonly waitingId: string };

/** Runs an act whose basis is still the one that was looked at, and writes it down. */
export function runIfSame(
  deps: ActDeps,
  { request, doer, basis, approvedBy, instead, also }: Running,
): Promise<Result<Ran, ActRefusal>> {
  return inScene<Ran>(deps, request, doer, async (scene, prepared, now) => {
    if (now !== basis) return err(STALE);
    const savepoint = sql.raw("savepoint before_act");
    await scene.tx.execute(savepoint);
    const done = await carryOut(scene, prepared, { basis, limits: deps.approvals });
    if (!done.ok) return done;
    if (approvedBy === null && done.value.needsApproval) {
      await scene.tx.execute(sql.raw("rollback to savepoint before_act"));
      tellNothing(scene.tx);
      return ok({ kind: "waiting", waitingId: await instead(scene, done.value) });
    }
    await recordAct(scene.tx, { ...rowOf(request, doer, done.value), approvedBy });
    const written = also ? await also(scene) : ok();
    return written.ok ? ok({ kind: "done", actId: doer.actId, done: done.value }) : written;
  });
}

const rowOf = (
  { kind, accountId, undoes = null }: Request,
  { actId: id, operatorId, reason }: Doer,
  { prepared: { subject }, lines, facts: request, weighs, now: at }: Done,
) => ({
  ...{ id, at, operatorId, kind, accountId, subject, reason, request, lines, undoes },
  ...{ weighsCredits: weighs.credits, weighsCents: weighs.cents },
});

/** Told outside of its transaction, where it is previewed anew. */
const STALE: ActRefusal = {
  code: "stale_preview",
  preview: { lines: [], basis: "", needsApproval: false },
};
