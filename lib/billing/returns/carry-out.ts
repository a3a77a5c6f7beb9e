import { newId } from "../../ids";
import type { InternalAnswer, InternalCommand } from "../../ledger/decide";
import { type Credits, credits, NO_CREDITS, subtractCredits } from "../../money/credits";
import { invariant, unreachable } from "../../result";
import type { ReturnsDecision } from "./decide";
import {
  frozenByReturns,
  isOnlyWrittenDown,
  type Move,
  NOTHING,
  planMoves,
  type ReturnedGrant,
  type Reversal,
} from "./moves";

export type Scene = {
  /** Under which its commands' keys begin: `order:…`, `invoice:…`. */
  readonly of: string;
  /** Those that are taken from first come first. */
  readonly grants: readonly ReturnedGrant[];
  readonly before: readonly Reversal[];
  readonly decision: ReturnsDecision;
  readonly now: Date;
  /** Until when credits live that are given anew, at least. */
  readonly cycleEnd: Date;
};

/** Runs one command of the ledger under a key; a refusal is an error of the caller's. */
export type Run = (key: string, command: InternalCommand) => Promise<InternalAnswer>;

/**
 * Brings the credits of an order or an invoice to what was decided. Returns what was done, one command each: to be kept beside what was done
 * before, in the same transaction. The keys count on from there, so that nothing is done twice.
 */
export async function carryOut(scene: Scene, run: Run): Promise<readonly Reversal[]> {
  const { of, grants, before, decision, now } = scene;
  const done: Reversal[] = [];
  const keyOf = () => `${of}:reversal:${before.length + done.length + 1}`;
  const giving: Reversal[] = [];
  for (const move of planMoves(grants, before, decision, now)) {
    const grant = grants.find((each) => each.id === move.grantId);
    invariant(grant, "what is moved is its own");
    if (isOnlyWrittenDown(move, grant)) {
      done.push({ kind: move.kind, grantId: move.grantId, ...NOTHING });
      continue;
    }
    const answer = await run(keyOf(), commandOf(move));
    done.push({ kind: move.kind, grantId: move.grantId, ...partsOf(move, answer, [...before, ...done]) });
    giving.push(...givenAnew(move, answer, grant, now));
  }
  for (const { grantId, used, unused } of giving) {
    const grant = grants.find((each) => each.id === grantId);
    const expiresAt = grant && grant.expiresAt > scene.cycleEnd ? grant.expiresAt : scene.cycleEnd;
    const key = keyOf();
    const given = {
      id: newId(),
      kind: "adjustment",
      source: key,
      credits: credits(used + unused),
      startsAt: now,
      expiresAt,
    } as const;
    await run(key, { kind: "grant", grant: given });
    done.push({ kind: "give", grantId: given.id, used, unused, expired: NO_CREDITS });
    if (!decision.frozen || used > 0n) continue;
    await run(keyOf(), { kind: "freeze", grantId: given.id });
    done.push({ kind: "freeze", grantId: given.id, ...NOTHING });
  }
  return done;
}

function commandOf(move: Move): InternalCommand {
  switch (move.kind) {
    case "freeze":
    case "unfreeze":
    case "restore":
      return move;
    case "revoke":
    case "carry":
      return { kind: "revoke", grantId: move.grantId, credits: move.credits };
    default:
      return unreachable(move);
  }
}

/** Where the credits of a move were. Of a grant that ended while it was frozen nobody had a chance to use them: they had not expired. */
function partsOf(move: Move, answer: InternalAnswer, before: readonly Reversal[]) {
  if (move.kind === "freeze" || move.kind === "unfreeze") return NOTHING;
  if (move.kind === "restore") {
    const { used, unused, expired } = move;
    return { used, unused, expired };
  }
  invariant(answer.kind === "revoked", "a revocation is answered as one");
  const { debt: used, credits: all } = answer;
  const expired = frozenByReturns(before).has(move.grantId) ? NO_CREDITS : answer.expired;
  return { used, expired, unused: credits(all - used - expired) };
}

/** What a move leaves to be given in a grant of its own: apart what had been used, which is in place of what paid its debt. */
function givenAnew(move: Move, answer: InternalAnswer, grant: ReturnedGrant, now: Date): Reversal[] {
  const { kind, grantId } = move;
  const give = (used: Credits, unused: Credits): Reversal[] =>
    [
      { kind: "give" as const, grantId, used, unused: NO_CREDITS, expired: NO_CREDITS },
      { kind: "give" as const, grantId, used: NO_CREDITS, unused, expired: NO_CREDITS },
    ].filter((each) => each.used + each.unused > 0n);
  if (kind === "carry") return give(NO_CREDITS, move.credits);
  if (kind !== "restore") return [];
  invariant(answer.kind === "restored", "a restoration is answered as one");
  const late = grant.expiresAt <= now ? move.unused : NO_CREDITS;
  return give(subtractCredits(answer.again, late), late);
}
