import type { Movement } from "../../lib/ledger/state";

/** An entry of an account's ledger, with when it was written. */
export type Line = { readonly moved: Movement; readonly at: Date };

/** What has to be known of a grant beside its entries. */
export type GrantFacts = {
  readonly id: string;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  readonly frozen: boolean;
};

export type Figures = Readonly<
  Record<"total" | "used" | "paidBack" | "held" | "frozen" | "expired" | "remaining", bigint>
>;

const PARTS = ["available", "held", "spent", "expired", "revoked", "owed"] as const;

/**
 * The figures of a cycle, written from the rule and read off all entries one after the other, the slow way: what was left at
 * its start and given since, less what was revoked, and what became of it. Throws where the two differ.
 */
export function figuresFromEntries(
  lines: readonly Line[],
  grants: readonly GrantFacts[],
  { start, now }: { readonly start: Date; readonly now: Date },
): Figures {
  const sum = { total: 0n, used: 0n, paidBack: 0n, held: 0n, frozen: 0n, expired: 0n, remaining: 0n };
  for (const grant of grants.filter((each) => each.startsAt <= now)) {
    const own = lines.filter((each) => each.moved.grantId === grant.id);
    const parts = figuresOfGrant(own, grant, { start, now });
    for (const [part, amount] of Object.entries(parts)) sum[part as keyof Figures] += amount;
  }
  const { total, ...parts } = sum;
  const added = Object.values(parts).reduce((a, b) => a + b, 0n);
  if (added !== total) throw new Error(`the parts add up to ${added}, and there were ${total}`);
  return sum;
}

function figuresOfGrant(
  lines: readonly Line[],
  { expiresAt, frozen }: GrantFacts,
  { start, now }: { readonly start: Date; readonly now: Date },
): Figures {
  const wasOver = expiresAt <= start;
  const has = Object.fromEntries(PARTS.map((part) => [part, 0n])) as Record<(typeof PARTS)[number], bigint>;
  let [brought, used, paidBack, expired, expiredBefore] = [0n, 0n, 0n, 0n, 0n];
  let began = false;
  const begin = () => {
    began = true;
    brought = has.held + (wasOver ? 0n : has.available);
    expiredBefore = has.expired;
  };
  for (const { moved, at } of lines) {
    if (!began && at >= start) begin();
    const { from, to, credits } = moved;
    const counts = began && (!wasOver || from === "held");
    if (from === "issued" && counts) brought += credits;
    // Work gave it back while the grant lived, and so before the cycle began, whenever that is written down.
    if (wasOver && began && from === "held" && to === "available") brought -= credits;
    if (to === "spent" && counts) used += credits;
    if (to === "owed" && from !== "revoked" && counts) paidBack += credits;
    // Restored: there again. What was used of it was counted all the time.
    if (from === "revoked" && to !== "owed" && counts) brought += credits;
    if (to === "expired" && counts) expired += credits;
    else if (to === "expired") expiredBefore += credits;
    // Revoked of what expired is first what expired before.
    if (from === "expired") {
      const before = credits < expiredBefore ? credits : expiredBefore;
      expiredBefore -= before;
      if (began) brought -= credits - before;
      expired -= credits - before;
    }
    if (to === "revoked" && from !== "expired" && from !== "spent" && counts) brought -= credits;
    if (from !== "issued") has[from as keyof typeof has] -= credits;
    has[to as keyof typeof has] += credits;
  }
  if (!began) begin();
  const left = wasOver ? 0n : has.available;
  const isLive = expiresAt > now;
  return {
    total: brought,
    used,
    paidBack,
    held: has.held,
    frozen: isLive && frozen ? left : 0n,
    expired: expired + (isLive ? 0n : left),
    remaining: isLive && !frozen ? left : 0n,
  };
}
