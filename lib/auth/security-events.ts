import type { Database } from "../../db/client";
import { securityEvents } from "../../db/schema";
import { newId } from "../ids";
import { UNKNOWN_ADDRESS } from "./address";
import type { Caller } from "./caller";
import { createFloodGate, type Excess, type FloodLimits } from "./event-flood";
import { perDatabase } from "./per-database";

/**
 * Everything that is written down of the doors. `anybody`: can be caused without being let in, and so in a flood; `operator`:
 * is never added up, so that nobody looks at accounts in a hurry and leaves no trace of which.
 */
const KINDS = {
  signed_in: { by: "person" },
  sign_in_failed: { by: "anybody" },
  /** A right or wrong password from an unknown browser had to wait its turn. */
  sign_in_slowed: { by: "anybody" },
  address_refused: { by: "anybody" },
  /** Somebody came through a provider who may not open an account (SIGN_UP). */
  sign_up_refused: { by: "anybody" },
  account_opened: { by: "person" },
  invitation_made: { by: "person" },
  invitation_revoked: { by: "person" },
  signed_out: { by: "person" },
  session_revoked: { by: "person" },
  new_browser: { by: "person" },
  password_changed: { by: "person" },
  /** Somebody asked for a link to a new password, for an e-mail that may be nobody's. */
  password_reset_asked: { by: "anybody" },
  /** Set by whoever had the mailed link. */
  password_reset: { by: "person" },
  email_change_asked: { by: "person" },
  email_changed: { by: "person" },
  email_change_undone: { by: "person" },
  /** A mailed link that was used, had expired, or never was one. */
  link_refused: { by: "anybody" },
  factor_added: { by: "person" },
  factor_removed: { by: "person" },
  factor_failed: { by: "anybody" },
  recovery_code_used: { by: "person" },
  recovery_codes_made: { by: "person" },
  /** An operator proved again who they are, for the desk; or did not. */
  stepped_up: { by: "person" },
  step_up_failed: { by: "person" },
  /** An operator looked at an account: once an hour. */
  account_viewed: { by: "operator" },
  /** An operator kept somebody out, or let them in again. */
  person_disabled: { by: "operator" },
  person_enabled: { by: "operator" },
  role_changed: { by: "person" },
  member_joined: { by: "person" },
  member_removed: { by: "person" },
  api_key_created: { by: "person" },
  api_key_revoked: { by: "person" },
  /** The right key, after its end. */
  api_key_expired: { by: "anybody" },
  origin_refused: { by: "anybody" },
  webhook_forged: { by: "anybody" },
} as const satisfies Record<string, { by: "person" | "anybody" | "operator" }>;

export type SecurityEventKind = keyof typeof KINDS;
export const SECURITY_EVENT_KINDS = Object.keys(KINDS) as SecurityEventKind[];

export type SecurityEvent = {
  readonly kind: SecurityEventKind;
  readonly userId?: string | null;
  readonly accountId?: string | null;
  /** Where the request came from (`callerOf`); left out where there was none. */
  readonly caller?: Caller | null;
  /** A few short words or numbers; never a password, code, key, token or what somebody typed. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
};

export type SecurityEventDeps = {
  readonly db: Database;
  readonly log: Record<"info" | "warn" | "error", (facts: object, message: string) => void>;
};

/** Rows a minute and process at most: 41 of each kind, however many come from however many addresses. */
export const FLOOD_LIMITS: FloodLimits = { perCauser: 5, perKind: 20, minuteMs: 60_000 };
/** Of what people do who are let in: far more than a person does, from however many people. */
export const PERSON_LIMITS: FloodLimits = { perCauser: 30, perKind: 5_000, minuteMs: 60_000 };

/**
 * Stores what happened and writes one log line, `security: <kind>`. A flood is counted rather than listed: by address
 * where anybody can cause it, else by person; what an operator's command does is always listed. Never rejects: what it
 * reports has happened whether or not it could be written down.
 */
export async function recordSecurityEvent(deps: SecurityEventDeps, event: SecurityEvent): Promise<void> {
  const address = event.caller?.address ?? null;
  if (isListed(deps, event, address)) await write(deps, event, address, 1);
}

function isListed(deps: SecurityEventDeps, { kind, userId }: SecurityEvent, address: string | null): boolean {
  if (KINDS[kind].by === "anybody") {
    const tell = ({ causer, times }: Excess) => void write(deps, { kind }, causer, times);
    return gateOfAnybody(deps.db).admits(kind, address ?? UNKNOWN_ADDRESS, tell);
  }
  if (!userId || KINDS[kind].by === "operator") return true;
  const tell = ({ causer, times }: Excess) => void write(deps, { kind, userId: causer }, null, times);
  return gateOfPeople(deps.db).admits(kind, userId, tell);
}

const gateOfAnybody = perDatabase("event-gate", () => createFloodGate(FLOOD_LIMITS));
const gateOfPeople = perDatabase("event-gate-of-people", () => createFloodGate(PERSON_LIMITS));

async function write(
  { db, log }: SecurityEventDeps,
  { kind, userId, accountId, caller, details }: SecurityEvent,
  address: string | null,
  times: number,
): Promise<void> {
  const row = {
    kind,
    times,
    userId: userId ?? null,
    accountId: accountId ?? null,
    address,
    browser: caller?.browser ?? null,
    system: caller?.system ?? null,
    details: details ?? null,
  };
  const level = KINDS[kind].by === "anybody" ? "warn" : "info";
  log[level]({ security: row }, `security: ${kind}`);
  try {
    await db.insert(securityEvents).values({ id: newId(), ...row });
  } catch (error) {
    log.error({ err: error, kind }, "a security event could not be stored");
  }
}
