import { waitingActs } from "../../../db/schema";
import { newId } from "../../ids";
import { err, ok, type Result } from "../../result";
import type { ActDeps, ActRefusal, Aftermath, Preview, Request, Scene } from "./act";
import { isLine } from "./read-fields";
import { type Done, previewAct } from "./run-act";
import { type Ran, runIfSame } from "./run-if-same";

export const MAX_REASON = 500;
/** What waits for a second operator is over after a day. */
const WAITS_MS = 86_400_000;

type Perform = {
  readonly request: Request;
  readonly operatorId: string;
  readonly reason: string;
  /** Of the preview that was looked at. */
  readonly basis: string;
};

export type Performed =
  | {
      readonly kind: "done";
      readonly actId: string;
      readonly lines: Preview["lines"];
      readonly aftermath: Aftermath;
    }
  /** A second operator has to agree: nothing has happened yet. */
  | { readonly kind: "waiting"; readonly waitingId: string };

/**
 * Does what was previewed, and writes down who did it and why, in one transaction. Where what it depends on has changed since,
 * nothing happens, and the refusal brings a new preview. Above the amounts of the settings it waits for a second operator.
 */
export async function performAct(
  deps: ActDeps,
  { request, operatorId, reason: typed, basis }: Perform,
): Promise<Result<Performed, ActRefusal>> {
  const reason = typed.trim();
  if (!isLine(reason, MAX_REASON)) return err({ code: "reason_missing" });
  const doer = { actId: newId(), operatorId, reason };
  const done = await runIfSame(deps, {
    ...{ request, doer, basis, approvedBy: null },
    instead: (scene, result) => storeWaiting(scene, request, result),
  });
  return finish(deps, { request, operatorId }, done);
}

async function storeWaiting(
  { tx, operatorId, reason, now }: Scene,
  { kind, accountId, fields, undoes }: Request,
  { basis, lines }: Done,
): Promise<string> {
  const id = newId();
  await tx.insert(waitingActs).values({
    id,
    kind,
    accountId,
    request: fields,
    basis,
    lines,
    reason,
    undoes: undoes ?? null,
    askedBy: operatorId,
    askedAt: now,
    expiresAt: new Date(now.getTime() + WAITS_MS),
  });
  return id;
}

/** After the commit: what has to be asked outside, and the new preview of what was refused as stale. */
export async function finish(
  deps: ActDeps,
  { request, operatorId }: Pick<Perform, "request" | "operatorId">,
  ran: Result<Ran, ActRefusal>,
): Promise<Result<Performed, ActRefusal>> {
  if (!ran.ok) {
    if (ran.error.code !== "stale_preview") return ran;
    const preview = await previewAct(deps, request, operatorId);
    return preview.ok ? err({ code: "stale_preview", preview: preview.value }) : preview;
  }
  if (ran.value.kind === "waiting") return ok(ran.value);
  const { actId, done } = ran.value;
  const after = await done.prepared.afterwards?.(deps);
  return ok({ kind: "done", actId, lines: done.lines, aftermath: after ?? { kind: "done" } });
}
