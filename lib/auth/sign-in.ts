import { asc, eq } from "drizzle-orm";
import type { Database } from "../../db/client";
import { memberships, users } from "../../db/schema";
import { err, ok, type Result } from "../result";
import type { Caller } from "./caller";
import { normalizeEmail } from "./email";
import { type Counted, countAttempt, forgive, takeBack, takeTurn } from "./limits";
import { MAX_PASSWORD_LENGTH, passwordMatches } from "./passwords";
import { perDatabase } from "./per-database";
import { recordSecurityEvent, type SecurityEventDeps } from "./security-events";
import type { SessionSubject } from "./session-token";
import { createSlowLane, type LaneLimits } from "./slow-lane";

/** In 15 minutes, after which tries from browsers the person never signed in with are let through one at a time. */
export const ATTEMPTS_PER_PERSON = 10;
/** In 15 minutes, of all people together, after which the address is refused. */
export const ATTEMPTS_PER_ADDRESS = 50;
/** In 15 minutes, of one browser the person signed in with before; after that it is like any other. */
export const ATTEMPTS_PER_BROWSER = 10;

/** After each failure beyond the tenth the next turn comes so much later, and never later than the most. */
export type Pace = { readonly stepMs: number; readonly mostMs: number };

type Rules = {
  readonly pace: Pace;
  readonly laneOf: (db: Database) => ReturnType<typeof createSlowLane>;
};

/** Shorter than the minute after which proxies give up, and longer than the longest delay. */
const LANE: LaneLimits = { patienceMs: 45_000, mostPerPerson: 10, mostInAll: 200 };

export const GUESSING_PACE: Pace = { stepMs: 2_000, mostMs: 30_000 };

const RULES: Rules = {
  pace: GUESSING_PACE,
  laneOf: perDatabase("slow-lane", (db) =>
    createSlowLane((person, delayMs) => takeTurn(db, person, delayMs), LANE),
  ),
};

export type SignInRefusal =
  | { readonly code: "wrong_credentials" }
  /** The right password of somebody who was taken out of every account. */
  | { readonly code: "no_account" }
  /** Too many failures came from this address, whoever they were for. */
  | { readonly code: "address_refused"; readonly retryAt: Date }
  /** So many guess at this person's password that there was no turn for this try. Nothing was checked. */
  | { readonly code: "crowded" };

export type SignInAttempt = {
  readonly email: string;
  readonly password: string;
  readonly caller: Caller;
  /** The id of this browser where that person signed in with it before; else null. */
  readonly browserKnowing: (userId: string) => string | null;
};

type Deps = SecurityEventDeps;
type Person = Awaited<ReturnType<typeof findByEmail>>;

/**
 * Checks an e-mail and a password; the answer is who a session may begin for. Guessing is slow and locks nobody out:
 * after 10 failures for a person, browsers they never signed in with wait their turn; after 50 from one address that
 * address is refused; a browser they signed in with has a limit of its own. Answer and cost are the same whether the
 * account exists, has no password, is disabled, or the password is wrong.
 */
export async function signIn(
  deps: Deps,
  given: SignInAttempt,
  rules: Rules = RULES,
): Promise<Result<SessionSubject, SignInRefusal>> {
  const email = normalizeEmail(given.email);
  if (!email || given.password.length > MAX_PASSWORD_LENGTH) return err({ code: "wrong_credentials" });

  const found = await findByEmail(deps.db, email);
  const admitted = await admit(deps, { ...given, email }, found, rules);
  if (!admitted.ok) return admitted;

  const matches = await passwordMatches(found?.passwordHash ?? null, given.password);
  if (!matches || !found || found.disabledAt) {
    await record(deps, "sign_in_failed", given, found);
    return err({ code: "wrong_credentials" });
  }
  await admitted.value.forgive();
  if (!found.accountId) return err({ code: "no_account" });
  return ok({ userId: found.userId, accountId: found.accountId, sessionVersion: found.sessionVersion });
}

type Admitted = {
  /** After a success: takes back what was counted before it. */
  forgive(): Promise<void>;
};

async function admit(
  deps: Deps,
  given: SignInAttempt,
  found: Person,
  { pace, laneOf }: Rules,
): Promise<Result<Admitted, SignInRefusal>> {
  const { db } = deps;
  const browser = found && given.browserKnowing(found.userId);
  if (browser) {
    const subject = `browser:${browser}:${found.userId}`;
    const counted = await countAttempt(db, [{ subject, most: ATTEMPTS_PER_BROWSER }]);
    if (!counted.blockedUntil) return ok({ forgive: () => forgive(db, counted, { cleared: subject }) });
  }
  const byAddress = `address:${given.caller.address}`;
  const ofAddress = await countAttempt(db, [{ subject: byAddress, most: ATTEMPTS_PER_ADDRESS }]);
  if (ofAddress.blockedUntil) {
    await record(deps, "address_refused", given, null);
    return err({ code: "address_refused", retryAt: ofAddress.blockedUntil });
  }
  const byPerson = `email:${given.email}`;
  const ofPerson = await countAttempt(db, [{ subject: byPerson, most: ATTEMPTS_PER_PERSON }]);
  if (ofPerson.blockedUntil) {
    await record(deps, "sign_in_slowed", given, found);
    const turn = await laneOf(db)(byPerson, given.caller.address, delayOf(ofPerson, pace));
    if (turn === "busy") return err({ code: "crowded" });
  }
  return ok({
    async forgive() {
      await forgive(db, ofPerson, { cleared: byPerson });
      await takeBack(db, ofAddress, byAddress);
    },
  });
}

const delayOf = ({ attempts }: Counted, { stepMs, mostMs }: Pace): number =>
  Math.min(stepMs * Math.max(1, attempts - ATTEMPTS_PER_PERSON), mostMs);

function record(
  deps: Deps,
  kind: "sign_in_failed" | "sign_in_slowed" | "address_refused",
  { caller }: SignInAttempt,
  found: Person,
): Promise<void> {
  const { userId = null, accountId = null } = found ?? {};
  return recordSecurityEvent(deps, { kind, userId, accountId, caller });
}

async function findByEmail(db: Database, email: string) {
  const [found] = await db
    .select({
      userId: users.id,
      accountId: memberships.accountId,
      passwordHash: users.passwordHash,
      sessionVersion: users.sessionVersion,
      disabledAt: users.disabledAt,
    })
    .from(users)
    .leftJoin(memberships, eq(memberships.userId, users.id))
    .where(eq(users.email, email))
    .orderBy(asc(memberships.createdAt), asc(memberships.accountId))
    .limit(1);
  return found ?? null;
}
