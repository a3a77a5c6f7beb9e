import { databaseIsAway } from "../../db/pool";
import { DatabaseBusy } from "../../db/transact";

/** Whether the database was away or had no connection to give: no account is to blame, and all would fail alike. */
export const isNobodysTrouble = (error: unknown): boolean =>
  databaseIsAway(error) || error instanceof DatabaseBusy;

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
      if (isNobodysTrouble(error)) throw error;
      log.error({ accountId, err: error }, trouble);
      inTrouble.push(accountId);
    }
  }
  return inTrouble;
}
