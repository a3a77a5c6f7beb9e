import { and, eq, gt, isNull, sql } from "drizzle-orm";
import type { Database } from "../../db/client";
import { sessions } from "../../db/schema";
import { err, ok, type Result } from "../result";
import type { Customer } from "./customer";
import {
  type CodeRefusal,
  type FactorDeps,
  type FactorPerson,
  hasFactor,
  isFresh,
  proveFactor,
} from "./factor";
import { hasPassword } from "./profile";
import { recordSecurityEvent } from "./security-events";
import { type SignInRefusal, signIn } from "./sign-in";

/** Real time, like all instants of sessions. */
const NOW = sql`pg_catalog.now()`;
/** Unused for so long, the desk asks again who it is; and in any case after the most. */
const IDLE_MINUTES = 15;
const MAX_MINUTES = 60;
/** How lately somebody without a password has to have come from their provider. */
const PROVIDER_MINUTES = 5;
/** That the desk was used is kept no finer than this. */
const USED_EVERY_S = 60;

const ago = (minutes: number) => sql`${NOW} - ${minutes} * interval '1 minute'`;

/** Whether the session may use the desk now; that it does is kept, so that only an unused desk closes. */
export async function keepDeskOpen(db: Database, sessionId: string): Promise<boolean> {
  const [open] = await db
    .select({
      isStale: sql<boolean>`${sessions.deskUsedAt} < ${NOW} - ${USED_EVERY_S} * interval '1 second'`,
    })
    .from(sessions)
    .where(
      and(
        eq(sessions.id, sessionId),
        isNull(sessions.endedAt),
        gt(sessions.steppedUpAt, ago(MAX_MINUTES)),
        gt(sessions.deskUsedAt, ago(IDLE_MINUTES)),
      ),
    );
  if (open?.isStale) await db.update(sessions).set({ deskUsedAt: NOW }).where(eq(sessions.id, sessionId));
  return open !== undefined;
}

/** How this operator proves again who they are. */
export type Proof = {
  /** False: by coming from their sign-in provider once more. */
  readonly byPassword: boolean;
  readonly withCode: boolean;
  /** Whether they came from their provider within the last minutes; null where that is not asked. */
  readonly isFresh: boolean | null;
};

export async function findProof(db: Database, { userId, sessionId }: Customer): Promise<Proof> {
  const byPassword = await hasPassword({ db }, userId);
  return {
    byPassword,
    withCode: await hasFactor(db, userId),
    isFresh: byPassword ? null : await isFresh(db, sessionId, PROVIDER_MINUTES),
  };
}

export type StepUpRefusal = SignInRefusal | CodeRefusal | { readonly code: "not_fresh" | "code_missing" };

/**
 * Opens the desk in this session for an operator who proves again who they are: by their password, through the same limits
 * as at sign-in, or where they have none by having just come from their provider; and by a code where a second factor is on.
 */
export async function stepUp(
  deps: FactorDeps,
  operator: Customer,
  given: Pick<FactorPerson, "caller" | "browser"> & {
    readonly password: string;
    readonly code: string;
  },
): Promise<Result<undefined, StepUpRefusal>> {
  const { userId, accountId, sessionId } = operator;
  const proven = await prove(deps, operator, given);
  const about = { userId, accountId, caller: given.caller };
  if (!proven.ok) {
    const details = { why: proven.error.code };
    await recordSecurityEvent(deps, { kind: "step_up_failed", ...about, details });
    return proven;
  }
  await deps.db
    .update(sessions)
    .set({ steppedUpAt: NOW, deskUsedAt: NOW })
    .where(and(eq(sessions.id, sessionId), eq(sessions.userId, userId), isNull(sessions.endedAt)));
  await recordSecurityEvent(deps, { kind: "stepped_up", ...about });
  return ok();
}

async function prove(
  deps: FactorDeps,
  { userId, accountId, email, sessionId }: Customer,
  { password, code, caller, browser }: Parameters<typeof stepUp>[2],
): Promise<Result<undefined, StepUpRefusal>> {
  const { db } = deps;
  if (await hasPassword({ db }, userId)) {
    const browserKnowing = (asked: string) => (asked === userId ? browser : null);
    const matched = await signIn(deps, { email, password, caller, browserKnowing });
    if (!matched.ok) return matched;
    if (matched.value.userId !== userId) return err({ code: "wrong_credentials" });
  } else if (!(await isFresh(db, sessionId, PROVIDER_MINUTES))) {
    return err({ code: "not_fresh" });
  }
  if (!(await hasFactor(db, userId))) return ok();
  if (code === "") return err({ code: "code_missing" });
  const proven = await proveFactor(deps, { userId, accountId, caller, browser }, code);
  return proven.ok ? ok() : proven;
}
