import type { BillingDeps } from "../../deps";
import { isToOpen, type Locked } from "./open";

/** Throws, and so undoes the transaction, where the account that was locked has a cycle to open first. */
export type CheckOpen = (locked: Locked) => void;

class CycleOver extends Error {
  override name = "CycleOver";
}

/**
 * Runs transactions that go by the account's cycle: where `run` checks the account it locked and finds the cycle over,
 * what it did is undone, the running one is opened, and it runs again. Then it goes by what is there, opened or not.
 */
export async function acrossCycles<T>(
  { openRunningCycle }: Pick<BillingDeps, "openRunningCycle">,
  accountId: string,
  run: (checkOpen: CheckOpen) => Promise<T>,
): Promise<T> {
  try {
    return await run((locked) => {
      if (isToOpen(locked)) throw new CycleOver(`the cycle of account ${accountId} is over`);
    });
  } catch (error) {
    if (!(error instanceof CycleOver)) throw error;
    await openRunningCycle(accountId);
    return run(() => {});
  }
}
