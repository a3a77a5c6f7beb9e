import { and, eq, gt, isNotNull, isNull, lt, or, sql } from "drizzle-orm";
import type { Database, Reader, Tx } from "../../db/client";
import { recoveryCodes, secondFactors, sessions, users } from "../../db/schema";
import { transact } from "../../db/transact";
import { newId } from "../ids";
import { mailPerson } from "../outbox/enqueue";
import type { MailFacts } from "../outbox/kinds";
import { err, ok, type Result } from "../result";
import type { Caller } from "./caller";
import { normalizeEmail } from "./email";
import { countAttempt, forgive, takeBack } from "./limits";
import { provePassword } from "./profile";
import { recordSecurityEvent, type SecurityEventDeps, type SecurityEventKind } from "./security-events";
import {
  hashRecoveryCode,
  newFactorSecret,
  newRecoveryCodes,
  openFactorSecret,
  sealFactorSecret,
  stepOfCode,
} from "./totp";

export type FactorDeps = SecurityEventDeps & {
  readonly authSecret: string;
  /** Milliseconds since 1970, as the person's phone has them: real time, whatever a rehearsal's clock says. */
  readonly clock?: () => number;
};

/** Whose factor it is, and from where they ask. */
export type FactorPerson = {
  readonly userId: string;
  readonly accountId: string;
  readonly caller: Caller;
  /** The id of this browser where the person signed in with it before; such a browser has a limit of its own. */
  readonly browser: string | null;
};

/** In 15 minutes; together with three codes that count, one guess in 200,000 succeeds within them. */
const ATTEMPTS = 5;
/** In all browsers that know the person together: whoever made many of them known has not so many times the guesses. */
const ATTEMPTS_IN_KNOWN = 30;
/** A factor that is being set up, and who proved who they are for it, do not wait longer. */
const SETTING_UP = sql`pg_catalog.now() - interval '15 minutes'`;
/** How fresh a session has to be for those who have no password to be asked for. */
const FRESH_MINUTES = 15;

export type FactorView =
  | { readonly state: "off" }
  /** Only in the session that is setting it up. */
  | { readonly state: "setting_up"; readonly secret: string }
  | { readonly state: "on"; readonly since: Date; readonly recoveryCodesLeft: number };

export async function findFactor(
  { db, authSecret }: Pick<FactorDeps, "db" | "authSecret">,
  { userId, sessionId }: { readonly userId: string; readonly sessionId: string },
): Promise<FactorView> {
  const [factor] = await db
    .select({
      sealedSecret: secondFactors.sealedSecret,
      since: secondFactors.confirmedAt,
      isHere: sql<boolean>`${secondFactors.sessionId} = ${sessionId} and ${secondFactors.createdAt} > ${SETTING_UP}`,
      left: sql<number>`(select count(*)::int from recovery_codes c where c.user_id = second_factors.user_id and c.used_at is null)`,
    })
    .from(secondFactors)
    .where(eq(secondFactors.userId, userId));
  if (factor?.since) return { state: "on", since: factor.since, recoveryCodesLeft: factor.left };
  const secret = factor?.isHere ? openFactorSecret(factor.sealedSecret, userId, authSecret) : null;
  return secret ? { state: "setting_up", secret } : { state: "off" };
}

/** Whether the person is asked for a code when they sign in. */
export async function hasFactor(db: Reader, userId: string): Promise<boolean> {
  const [found] = await db
    .select({ userId: secondFactors.userId })
    .from(secondFactors)
    .where(and(eq(secondFactors.userId, userId), isNotNull(secondFactors.confirmedAt)));
  return found !== undefined;
}

export type BeginRefusal =
  | { readonly code: "wrong_password" | "not_fresh" | "already_on" }
  | { readonly code: "too_many_attempts"; readonly retryAt: Date };

/**
 * Begins to set a factor up, with a new secret, for somebody who proves again who they are: by their password, or where
 * they have none by having signed in within the last 15 minutes. Counts for nothing until `confirmFactor`.
 */
export async function beginFactor(
  { db, authSecret }: FactorDeps,
  { userId, sessionId }: { readonly userId: string; readonly sessionId: string },
  password: string | null,
): Promise<Result<undefined, BeginRefusal>> {
  if (password !== null) {
    const proven = await provePassword({ db }, userId, password);
    if (!proven.ok) return proven;
  } else if (!(await isFresh(db, sessionId))) {
    return err({ code: "not_fresh" });
  }
  const begun = {
    sealedSecret: sealFactorSecret(newFactorSecret(), userId, authSecret),
    sessionId,
    createdAt: sql`pg_catalog.now()`,
  };
  const written = await db
    .insert(secondFactors)
    .values({ userId, ...begun })
    .onConflictDoUpdate({
      target: secondFactors.userId,
      set: begun,
      setWhere: isNull(secondFactors.confirmedAt),
    })
    .returning({ userId: secondFactors.userId });
  return written.length > 0 ? ok() : err({ code: "already_on" });
}

/** Whether who has no password proved lately who they are: in this session, or in the one it was made anew from. */
export async function isFresh(
  db: Database,
  sessionId: string,
  minutes: number = FRESH_MINUTES,
): Promise<boolean> {
  const since = sql`pg_catalog.now() - ${minutes} * interval '1 minute'`;
  const [fresh] = await db
    .select({ id: sessions.id })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.id, sessionId), gt(sessions.provenAt, since), isNull(users.passwordHash)));
  return fresh !== undefined;
}

export type CodeRefusal =
  | { readonly code: "wrong_code" }
  | { readonly code: "too_many_attempts"; readonly retryAt: Date };

export type Confirmed = {
  /** Shown this once: only their hashes are kept. */
  readonly recoveryCodes: readonly string[];
  /** Every session of before is over; this one has to be made anew with it. */
  readonly sessionVersion: number;
};

/** Turns the factor on that is being set up in this session, by a first code from it. */
export async function confirmFactor(
  deps: FactorDeps,
  person: FactorPerson & { readonly sessionId: string },
  code: string,
): Promise<Result<Confirmed, CodeRefusal | { readonly code: "not_begun" }>> {
  const { userId, sessionId } = person;
  const found = await findFactor(deps, { userId, sessionId });
  if (found.state !== "setting_up") return err({ code: "not_begun" });
  const counted = await count(deps.db, person);
  if (!counted.ok) return counted;
  const step = stepOfCode(found.secret, code.replace(/\s/g, ""), timeOf(deps));
  if (step === null) return reftakeCode(deps, person);
  const codes = newRecoveryCodes();
  const confirmed = await transact(deps.db, async (tx): Promise<Result<Confirmed, { code: "not_begun" }>> => {
    const turnedOn = await tx
      .update(secondFactors)
      .set({ confirmedAt: sql`now()`, lastStep: step })
      .where(
        and(
          eq(secondFactors.userId, userId),
          isNull(secondFactors.confirmedAt),
          eq(secondFactors.sessionId, sessionId),
        ),
      )
      .returning({ userId: secondFactors.userId });
    if (turnedOn.length === 0) return err({ code: "not_begun" });
    await keepCodes(tx, userId, codes);
    const [raised] = await tx
      .update(users)
      .set({ sessionVersion: sql`${users.sessionVersion} + 1` })
      .where(eq(users.id, userId))
      .returning({ sessionVersion: users.sessionVersion });
    if (!raised) return err({ code: "not_begun" });
    await mailChange(tx, userId, "on");
    return ok({ recoveryCodes: codes, ...raised });
  });
  if (!confirmed.ok) return confirmed;
  await counted.value.forgive();
  await record(deps, person, "factor_added");
  return confirmed;
}

export type CodeKind = "app" | "recovery";

/** Whether this is a code from the person's app, or one of their recovery codes. Counts once, and then never again. */
export async function proveFactor(
  deps: FactorDeps,
  person: FactorPerson,
  typed: string,
): Promise<Result<CodeKind, CodeRefusal>> {
  const counted = await count(deps.db, person);
  if (!counted.ok) return counted;
  const code = typed.replace(/\s/g, "");
  const kind = /^[0-9]{6}$/.test(code) ? "app" : "recovery";
  const isRight =
    kind === "app"
      ? await takeCode(deps, person.userId, code)
      : await takeRecoveryCode(deps.db, person.userId, code);
  if (!isRight) return reftakeCode(deps, person);
  await counted.value.forgive();
  if (kind === "recovery") await record(deps, person, "recovery_code_used");
  return ok(kind);
}

const timeOf = ({ clock = Date.now }: FactorDeps): number => clock();

async function takeCode(deps: FactorDeps, userId: string, code: string): Promise<boolean> {
  const { db, log, authSecret } = deps;
  const [factor] = await db
    .select({ sealedSecret: secondFactors.sealedSecret })
    .from(secondFactors)
    .where(and(eq(secondFactors.userId, userId), isNotNull(secondFactors.confirmedAt)));
  if (!factor) return false;
  const secret = openFactorSecret(factor.sealedSecret, userId, authSecret);
  if (!secret)
    log.warn({ userId }, "a second factor was sealed with another AUTH_SECRET: recovery codes still work");
  const step = secret && stepOfCode(secret, code, timeOf(deps));
  if (!step) return false;
  // In one statement: of thirty with the same code one gets it.
  const used = await db
    .update(secondFactors)
    .set({ lastStep: step })
    .where(
      and(
        eq(secondFactors.userId, userId),
        isNotNull(secondFactors.confirmedAt),
        eq(secondFactors.sealedSecret, factor.sealedSecret),
        or(isNull(secondFactors.lastStep), lt(secondFactors.lastStep, step)),
      ),
    )
    .returning({ userId: secondFactors.userId });
  return used.length > 0;
}

async function takeRecoveryCode(db: Database, userId: string, code: string): Promise<boolean> {
  const used = await db
    .update(recoveryCodes)
    .set({ usedAt: sql`now()` })
    .where(
      and(
        eq(recoveryCodes.userId, userId),
        eq(recoveryCodes.codeHash, hashRecoveryCode(code)),
        isNull(recoveryCodes.usedAt),
      ),
    )
    .returning({ userId: recoveryCodes.userId });
  return used.length > 0;
}

/** Ten new recovery codes instead of all there were, for who has a code of the app or one of the old ones. */
export async function replaceRecoveryCodes(
  deps: FactorDeps,
  person: FactorPerson,
  typed: string,
): Promise<Result<readonly string[], CodeRefusal>> {
  const proven = await proveFactor(deps, person, typed);
  if (!proven.ok) return proven;
  const codes = newRecoveryCodes();
  await transact(deps.db, async (tx) => {
    await keepCodes(tx, person.userId, codes);
    await mailChange(tx, person.userId, "new_codes");
    return ok();
  });
  await record(deps, person, "recovery_codes_made");
  return ok(codes);
}

/** Turns the factor off, for who has a code of the app or a recovery code. */
export async function removeFactor(
  deps: FactorDeps,
  person: FactorPerson,
  typed: string,
): Promise<Result<undefined, CodeRefusal>> {
  const proven = await proveFactor(deps, person, typed);
  if (!proven.ok) return proven;
  await forget(deps.db, person.userId);
  await record(deps, person, "factor_removed");
  return ok();
}

/** For somebody who lost app and codes, by whoever runs the product. False when there is nothing to take away. */
export async function resetFactor(deps: SecurityEventDeps, email: string): Promise<boolean> {
  const [user] = await deps.db
    .select({ id: users.id })
    .from(users)
    .where(eq(users.email, normalizeEmail(email) ?? ""));
  if (!user || !(await forget(deps.db, user.id))) return false;
  await recordSecurityEvent(deps, { kind: "factor_removed", userId: user.id, details: { by: "command" } });
  return true;
}

function forget(db: Database, userId: string): Promise<boolean> {
  return transact(db, async (tx): Promise<Result<boolean, never>> => {
    await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
    const gone = await tx
      .delete(secondFactors)
      .where(eq(secondFactors.userId, userId))
      .returning({ confirmedAt: secondFactors.confirmedAt });
    const wasOn = gone.some(({ confirmedAt }) => confirmedAt !== null);
    if (wasOn) await mailChange(tx, userId, "off");
    return ok(wasOn);
  }).then((forgotten) => forgotten.ok && forgotten.value);
}

/** In the transaction that changes it, which happens once. */
const mailChange = (tx: Tx, userId: string, to: MailFacts<"second_factor_changed">["to"]) =>
  mailPerson(tx, userId, { kind: "second_factor_changed", effect: `factor:${newId()}`, facts: { to } });

async function keepCodes(tx: Tx, userId: string, codes: readonly string[]): Promise<void> {
  // The factor's row first: two people who make new codes at once take turns.
  await tx
    .select({ userId: secondFactors.userId })
    .from(secondFactors)
    .where(eq(secondFactors.userId, userId))
    .for("update");
  await tx.delete(recoveryCodes).where(eq(recoveryCodes.userId, userId));
  await tx.insert(recoveryCodes).values(codes.map((code) => ({ userId, codeHash: hashRecoveryCode(code) })));
}

/**
 * Counts one attempt of the person's. Whoever gets here has the right password or is signed in, so that nobody else can
 * use the limit up; and a browser the person signed in with before has one of its own.
 */
async function count(db: Database, { userId, browser }: FactorPerson) {
  const subject = browser ? `factor:${browser}:${userId}` : `factor:${userId}`;
  const counted = await countAttempt(db, [{ subject, most: ATTEMPTS }]);
  if (counted.blockedUntil) return err({ code: "too_many_attempts", retryAt: counted.blockedUntil } as const);
  const clear = () => forgive(db, counted, { cleared: subject });
  if (!browser) return ok({ forgive: clear });
  const everywhere = `factor-known:${userId}`;
  const ofAll = await countAttempt(db, [{ subject: everywhere, most: ATTEMPTS_IN_KNOWN }]);
  if (ofAll.blockedUntil) return err({ code: "too_many_attempts", retryAt: ofAll.blockedUntil } as const);
  return ok({
    async forgive() {
      await clear();
      await takeBack(db, ofAll, everywhere);
    },
  });
}

async function reftakeCode(deps: FactorDeps, person: FactorPerson): Promise<Result<never, CodeRefusal>> {
  await record(deps, person, "factor_failed");
  return err({ code: "wrong_code" });
}

const record = (deps: FactorDeps, { userId, accountId, caller }: FactorPerson, kind: SecurityEventKind) =>
  recordSecurityEvent(deps, { kind, userId, accountId, caller });
