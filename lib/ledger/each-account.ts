import { databaseIsAway } from "../../db/pool";
import { DatabaseBusy } from "../../db/transact";

/** Where a job says what it could not do. */
export type TroubleLog = { error(facts: object, message: string): void };

type Work = {
  readonly log: TroubleLog;
  /** What could not be done, as a sentence for operators. */
  readonly trouble: string;
  readonly step: (accountId: string) => Promise<void>;
};

/**
 * Takes the accounts one after another. What is wrong with one is logged, once, and keeps nobody behind it waiting.
 * Returns those with trouble. A database that is away is no account's trouble: that is thrown.
 */
export async function forEachAccount(
  accountIds: readonly string[],
  { log, trouble, step }: Work,
): Promise<readonly string[]> {
  const inTrouble: string[] = [];
  for (const accountId of accountIds) {
    try {
      await step(accountId);
    } catch (error) {
      if (databaseIsAway(error) || error instanceof DatabaseBusy) throw error;
      log.error({ accountId, error: String(error) }, trouble);
      inTrouble.push(accountId);
    }
  }
  return inTrouble;
}
