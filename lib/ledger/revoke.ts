import { type Credits, minCredits, NO_CREDITS, subtractCredits, sumCredits } from "../money/credits";
import { err, invariant, ok, type Result } from "../result";
import type { Draft } from "./draft";

/** Where credits of a grant were when they were revoked. */
export type Taken = {
  /** They had been spent: their revocation made debt. */
  readonly used: Credits;
  /** They could still be used: they were left, or held. */
  readonly unused: Credits;
  /** Their grant was over. */
  readonly expired: Credits;
};

export type RevocationAnswer =
  | {
      readonly kind: "revoked";
      readonly grantId: string;
      readonly credits: Credits;
      /** Of the credits, those that had been spent. */
      readonly debt: Credits;
      /** Of the credits, those that nobody could have used any more, as their grant was over. */
      readonly expired: Credits;
    }
  | {
      readonly kind: "restored";
      readonly grantId: string;
      readonly credits: Credits;
      /** What the grant has no place for any more, and stays revoked: to be given in a grant of its own. */
      readonly again: Credits;
    };

export type RevocationRefusal =
  | { readonly code: "grant_not_found" }
  | { readonly code: "more_than_granted"; readonly most: Credits }
  | { readonly code: "more_than_revoked"; readonly most: Credits };

/** What hurts the customer least goes first: what is left, what expired unused, what is held, then what was spent. */
export function decideRevoke(
  draft: Draft,
  grantId: string,
  wanted: Credits,
): Result<RevocationAnswer, RevocationRefusal> {
  invariant(wanted > 0n, "a revocation takes something");
  const grant = draft.findGrant(grantId);
  if (!grant) return err({ code: "grant_not_found" });
  const most = sumCredits([grant.remaining, grant.held, grant.spent, grant.expired]);
  if (wanted > most) return err({ code: "more_than_granted", most });
  const isOver = grant.expiresAt <= draft.now;
  const left = minCredits(wanted, grant.remaining);
  const expired = minCredits(subtractCredits(wanted, left), grant.expired);
  const held = minCredits(subtractCredits(wanted, sumCredits([left, expired])), grant.held);
  const debt = subtractCredits(wanted, sumCredits([left, held, expired]));
  draft.move(grantId, "available", "revoked", left);
  draft.move(grantId, "expired", "revoked", expired);
  revokeHeld(draft, grantId, held);
  draft.move(grantId, "spent", "revoked", debt);
  draft.owe(debt);
  draft.payDebt();
  const lost = isOver ? sumCredits([left, expired]) : expired;
  return ok({ kind: "revoked", grantId, credits: wanted, debt, expired: lost });
}

/** Takes from the latest holds first. They stay open: what they no longer have is owed when they are captured. */
function revokeHeld(draft: Draft, grantId: string, wanted: Credits): void {
  let open = wanted;
  const holds = [...draft.holds].filter(
    (each) => each.status === "open" && each.shares.some((share) => share.grantId === grantId),
  );
  for (const hold of holds.sort((a, b) => (a.id < b.id ? 1 : -1))) {
    const shares = hold.shares.flatMap((share) => {
      if (share.grantId !== grantId || open === 0n) return [share];
      const taken = minCredits(open, share.credits);
      draft.move(grantId, "held", "revoked", taken, { holdId: hold.id });
      open = subtractCredits(open, taken);
      return taken < share.credits ? [{ grantId, credits: subtractCredits(share.credits, taken) }] : [];
    });
    draft.setShares(hold, shares);
  }
  invariant(open === 0n, "what a grant has held is in its open holds");
}

/**
 * The counter-move of a revocation that is not to stand, such as of a refund that failed. What had been used counts as used
 * again, and the debt for it is gone, which is no payment of it. What could be used can be again, while the grant lives. What
 * had expired has expired. What has no place here any more stays revoked and is named in the answer, to be given in a grant
 * of its own: what could be used of a grant that is over by now, and what was used where other credits paid the debt meanwhile.
 */
export function decideRestore(
  draft: Draft,
  grantId: string,
  { used, unused, expired }: Taken,
): Result<RevocationAnswer, RevocationRefusal> {
  const wanted = sumCredits([used, unused, expired]);
  invariant(wanted > 0n, "a restoration puts something back");
  const grant = draft.findGrant(grantId);
  if (!grant) return err({ code: "grant_not_found" });
  if (wanted > grant.revoked) return err({ code: "more_than_revoked", most: grant.revoked });
  const isOver = grant.expiresAt <= draft.now;
  const freed = minCredits(used, draft.owed);
  const usable = isOver ? NO_CREDITS : unused;
  draft.move(grantId, "revoked", "owed", freed);
  draft.move(grantId, "revoked", "expired", expired);
  draft.move(grantId, "revoked", "available", usable);
  draft.payDebt();
  const restored = sumCredits([freed, usable, expired]);
  return ok({ kind: "restored", grantId, credits: restored, again: subtractCredits(wanted, restored) });
}
