import type { Database } from "../../../../db/client";
import { shardingOf } from "../../../../db/sharding";
import { isNobodysTrouble } from "../../../ledger/each-account";
import { type BalanceView, findBalance } from "../../../ledger/queries";
import type { BillingDeps, BillingLog, OpenRunningCycle } from "../../deps";
import { openLater, openTogether } from "./open";

/** In one transaction, where accounts lie in one database: what they wait for they wait for together. */
const TOGETHER = 10;
/** Transactions at a time: at a boundary of ten thousand accounts spends and pages need connections as well. */
const LANES = 2;

type Waiting = {
  readonly accountId: string;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/** Collects those who ask while others are being opened, and opens them together. There is no timer. */
export function createCycleOpener(db: Database, log: BillingLog): OpenRunningCycle {
  const queue: Waiting[] = [];
  const sharding = shardingOf(db);
  let running = 0;

  const openGroup = async (group: readonly Waiting[]): Promise<void> => {
    const ids = new Set(group.map((each) => each.accountId));
    try {
      await openTogether(db, [...ids]);
      for (const each of group) each.resolve();
    } catch (error) {
      const [only, ...others] = ids;
      if (isNobodysTrouble(error)) for (const each of group) each.reject(error);
      else if (only && others.length === 0) {
        log.error({ accountId: only, err: error }, "a cycle could not be opened");
        const after = () => group.forEach((each) => void each.resolve());
        await openLater(db, only).then(after, after);
      } else
        for (const id of ids) {
          await openGroup(group.filter((each) => each.accountId === id));
        }
    }
  };
  const run = async () => {
    const most = (await sharding.find().catch(() => true)) ? 1 : TOGETHER;
    for (let group = queue.splice(0, most); group.length > 0; group = queue.splice(0, most))
      await openGroup(group);
    running -= 1;
  };
  return (accountId) =>
    new Promise((resolve, reject) => {
      queue.push({ accountId, resolve, reject });
      if (running >= LANES) return;
      running += 1;
      // Whoever asks in the same turn of the event loop comes along.
      queueMicrotask(() => void run());
    });
}

/** The balance of the running cycle, opened first where the stored one is over; null when the account has no books. */
export async function readBalance(
  { db, openRunningCycle }: Pick<BillingDeps, "db" | "openRunningCycle">,
  accountId: string,
): Promise<BalanceView | null> {
  const balance = await findBalance(db, accountId);
  if (!balance?.mustOpen) return balance;
  await openRunningCycle(accountId);
  return findBalance(db, accountId);
}
