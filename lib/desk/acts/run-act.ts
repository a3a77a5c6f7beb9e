import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Tx } from "../../../db/client";
import type { ActLine } from "../../../db/schema";
import { transact } from "../../../db/transact";
import { lockAccounts } from "../../billing/account";
import { acrossCycles, type CheckOpen } from "../../billing/allowances/cycles/across";
import { newId } from "../../ids";
import { lockBooks } from "../../ledger/lock-books";
import { err, ok, type Result } from "../../result";
import type {
  Act,
  ActDeps,
  ActRefusal,
  ApprovalLimits,
  Fields,
  Measured,
  Prepared,
  Preview,
  Request,
  Scene,
} from "./act";
import { ACTS } from "./acts";
import { checkCounter } from "./counter";
import type { ActKind } from "./kinds";
import { lockDesk } from "./lock-desk";
import { needsApproval, type Weight, weightOf } from "./weigh";

/** Who does it, and why; or who looks at what it would do. */
export type Doer = Pick<Scene, "actId" | "operatorId" | "reason" | "isPreview">;

/** An act that was prepared, its measures taken before and after. */
export type Done = {
  readonly prepared: Prepared;
  readonly lines: readonly ActLine[];
  readonly basis: string;
  /** What was asked for, and what it came to. */
  readonly facts: Fields;
  readonly weighs: Weight;
  readonly needsApproval: boolean;
  readonly now: Date;
};

/**
 * Runs an act in one transaction, under the account's lock, in the running cycle. `go` sees it prepared, decides what becomes
 * of it, and may write beside it; an error it returns undoes everything.
 */
export function inScene<T>(
  deps: ActDeps,
  request: Request,
  doer: Doer,
  go: (scene: Scene, prepared: Prepared, basis: string) => Promise<Result<T, ActRefusal>>,
): Promise<Result<T, ActRefusal>> {
  const act = ACTS[request.kind];
  const run = (checkOpen: CheckOpen) =>
    transact(deps.db, async (tx): Promise<Result<T, ActRefusal>> => {
      const scene = await openScene(tx, act, request, { ...doer, checkOpen });
      if (!scene.ok) return scene;
      const countered = await checkCounter(tx, act, request);
      if (!countered.ok) return countered;
      const prepared = await act.prepare(scene.value);
      if (!prepared.ok) return prepared;
      return go(scene.value, prepared.value, basisOf(request, prepared.value));
    });
  return request.accountId === null ? run(() => {}) : acrossCycles(deps, request.accountId, run);
}

async function openScene(
  tx: Tx,
  act: Act,
  { accountId, fields }: Request,
  { checkOpen, ...doer }: Doer & { readonly checkOpen: CheckOpen },
): Promise<Result<Scene, ActRefusal>> {
  const missing = act.fields.find((each) => fields[each] === undefined);
  if (missing) return err({ code: "bad_field", field: missing });
  const own = Object.fromEntries(act.fields.map((each) => [each, fields[each] as string]));
  const [clock] = await tx.execute<{ now: string }>(sql`select now() as now`);
  const base = { ...doer, tx, fields: own, begunAt: new Date(clock?.now ?? 0) };
  if (act.of === "nobody" || (act.of === "either" && accountId === null))
    return ok({ ...base, account: null, now: await lockDesk(tx) });
  if (accountId === null) return err({ code: "account_missing" });
  const [locked] = await lockAccounts(tx, [accountId]);
  if (!locked) return err({ code: "account_not_found" });
  checkOpen(locked);
  // What an act reads of the credits is still so when it moves them.
  await lockBooks(tx, accountId);
  return ok({ ...base, ...locked });
}

/** Runs what was prepared, and measures what it does. */
export async function carryOut(
  scene: Scene,
  prepared: Prepared,
  { basis, limits }: { readonly basis: string; readonly limits: ApprovalLimits },
): Promise<Result<Done, ActRefusal>> {
  const before = await prepared.measure();
  const ran = await prepared.run();
  if (!ran.ok) return ran;
  const after = await prepared.measure();
  return ok({
    prepared,
    basis,
    lines: linesOf(before, after),
    facts: { ...scene.fields, ...ran.value },
    weighs: weightOf(prepared),
    needsApproval: await needsApproval(scene, prepared, limits),
    now: scene.now,
  });
}

function linesOf(before: readonly Measured[], after: readonly Measured[]): readonly ActLine[] {
  const names = [...new Set([...before, ...after].map((each) => each.name))];
  const valueIn = (all: readonly Measured[], name: string) =>
    all.find((each) => each.name === name)?.value ?? "";
  return names.map((name) => ({
    name,
    unit: [...after, ...before].find((each) => each.name === name)?.unit ?? "text",
    before: valueIn(before, name),
    after: valueIn(after, name),
  }));
}

/** What was asked for is part of it, so that the basis of one request serves no other. */
function basisOf({ kind, accountId, fields, undoes }: Request, { basis }: Prepared): string {
  const asked = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  const all = JSON.stringify([kind, accountId, undoes ?? null, asked, basis]);
  return createHash("sha256").update(all).digest("base64url").slice(0, 22);
}

/** Whether a preview of such an act asks somebody outside, who is asked a limited number of times. */
export const asksBeforehand = (kind: ActKind): boolean => ACTS[kind].askBeforehand !== undefined;

/**
 * What an act of this operator's would do at this moment, in numbers: it is done and undone. Where somebody outside has to play along,
 * they are asked whether they would.
 */
export async function previewAct(
  deps: ActDeps,
  request: Request,
  operatorId: string,
): Promise<Result<Preview, ActRefusal>> {
  const doer = { actId: newId(), operatorId, reason: "previewed", isPreview: true };
  let seen: Preview | null = null;
  let prepared: Prepared | null = null;
  const gone = await inScene(deps, request, doer, async (scene, toDo, basis) => {
    const done = await carryOut(scene, toDo, { basis, limits: deps.approvals });
    if (!done.ok) return done;
    const { lines, needsApproval: needs } = done.value;
    prepared = toDo;
    seen = { lines, basis, needsApproval: needs };
    // An error, so that nothing of it stays.
    return err({ code: "stale_preview", preview: seen });
  });
  if (!seen || !prepared) return gone as Result<never, ActRefusal>;
  const asked = await ACTS[request.kind].askBeforehand?.(deps, request, prepared);
  return asked && !asked.ok ? asked : ok(seen);
}
