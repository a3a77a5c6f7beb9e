import type { Database } from "../../../db/client";
import type { Batcher } from "../../ledger/batcher";
import { openCycle } from "./open-cycle";

/**
 * A batcher for which no account is out of credits only because nobody has looked at it since its cycle ended: before
 * it refuses for lack of credits, the running cycle is opened, and the same command is tried once more. Only refusals
 * pay for the look.
 */
export const acrossCycles = (batcher: Batcher, db: Database): Batcher => ({
  ...batcher,
  submit: async (accountId, keyed) => {
    const outcome = await batcher.submit(accountId, keyed);
    const lacks = outcome.kind === "refused" && outcome.refusal.code === "insufficient_credits";
    return lacks && (await openCycle(db, accountId)) ? batcher.submit(accountId, keyed) : outcome;
  },
});
