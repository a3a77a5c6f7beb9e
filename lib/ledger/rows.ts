import { credits } from "../money/credits";
import type { GrantKind, Hold, LiveGrant } from "./state";

/** A row of `current_grants` as the driver gives it: instants come as text. */
export type GrantRow = {
  id: string;
  kind: GrantKind;
  remaining_credits: bigint;
  held_credits: bigint;
  spent_credits: bigint;
  expired_credits: bigint;
  revoked_credits: bigint;
  starts_at: string;
  expires_at: string;
  created_at: string;
  frozen_at: string | null;
  paid_back_credits: bigint;
  cycle_used_credits: bigint;
  cycle_paid_back_credits: bigint;
  cycle_expired_credits: bigint;
  cycle_from: string | null;
};

/** What `toGrant` reads of a row of `current_grants` under the name `g`. */
export const GRANT_COLUMNS =
  "g.id, g.kind, g.remaining_credits, g.held_credits, g.spent_credits, g.expired_credits, g.revoked_credits, g.starts_at, g.expires_at, g.created_at, g.frozen_at, g.paid_back_credits, g.cycle_used_credits, g.cycle_paid_back_credits, g.cycle_expired_credits, g.cycle_from";

export const toGrant = (row: GrantRow): LiveGrant => ({
  id: row.id,
  kind: row.kind,
  remaining: credits(row.remaining_credits),
  held: credits(row.held_credits),
  spent: credits(row.spent_credits),
  expired: credits(row.expired_credits),
  revoked: credits(row.revoked_credits),
  startsAt: new Date(row.starts_at),
  expiresAt: new Date(row.expires_at),
  createdAt: new Date(row.created_at),
  frozen: row.frozen_at !== null,
  paidBack: credits(row.paid_back_credits),
  cycleUsed: credits(row.cycle_used_credits),
  cyclePaidBack: credits(row.cycle_paid_back_credits),
  cycleExpired: credits(row.cycle_expired_credits),
  cycleFrom: row.cycle_from === null ? null : new Date(row.cycle_from),
});

export type HoldRow = {
  account_id: string;
  id: string;
  credits: bigint;
  captured_credits: bigint;
  status: Hold["status"];
  shares: readonly (readonly [string, string])[];
  category: number;
  resource: string | null;
  reference: string | null;
  placed_at: string;
  expires_at: string;
  ended_at: string | null;
};
