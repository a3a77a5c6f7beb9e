import type { Taken } from "../../ledger/revoke";
import { type Credits, minCredits, subtractCredits } from "../../money/credits";
import type { Reversal } from "./moves";

/** What somebody took of a grant, for another reason than that its money went back. */
export type TakenOf = Taken & { readonly grantId: string };

/** What hurts the customer least first, as the ledger takes it. */
const FORWARDS = ["unused", "expired", "used"] as const;

/**
 * Splits what was taken: so much is due by now for money that went back, and was not there to be taken for it. That counts as
 * taken for it from now on (`counted`); the rest may be put back.
 */
export function splitTaken(taken: TakenOf, due: Credits): { counted: Reversal; rest: TakenOf } {
  const counted = { ...taken };
  const rest = { ...taken };
  let open = due;
  for (const place of FORWARDS) {
    counted[place] = minCredits(open, taken[place]);
    rest[place] = subtractCredits(taken[place], counted[place]);
    open = subtractCredits(open, counted[place]);
  }
  return { counted: { kind: "revoke", ...counted }, rest };
}

export const sizeOf = ({ used, unused, expired }: Taken): bigint => used + unused + expired;
