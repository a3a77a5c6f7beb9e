import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../../db/client";
import { createCycleOpener, readBalance } from "../../lib/billing/allowances/cycles/opener";
import { newId } from "../../lib/ids";
import { createBatcher } from "../../lib/ledger/batcher";
import type { Outcome } from "../../lib/ledger/commit";
import type { SpendingCommand } from "../../lib/ledger/decide";
import { credits } from "../../lib/money/credits";

export const SPENDERS = 16;
export const READERS = 2;
export const CAPTURERS = 4;
const PURPOSE = { category: "ai_processing", resource: "sonata-large", reference: null } as const;
export const log = { info: () => {}, warn: console.error, error: console.error };

const anyOf = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;

export type Life = {
  refused: number;
  readings: number;
  /** Balances without plan credits: nobody used so many. */
  zeros: number;
  captures: number;
  debts: number;
  readonly spends: { readonly at: number; readonly ms: number }[];
};

type Submit = (accountId: string, command: SpendingCommand) => Promise<Outcome | null>;

/** What goes on all the while; a refusal, a debt or a balance of zero must never be seen. */
type Going = { readonly life: Life; readonly accounts: readonly string[]; readonly goesOn: () => boolean };

/** Spending, capturing and looking go on all the while. */
export function startLife({
  db,
  accounts,
}: {
  readonly db: Database;
  readonly accounts: readonly string[];
}): { life: Life; stop(): Promise<void> } {
  const life: Life = { refused: 0, readings: 0, zeros: 0, captures: 0, debts: 0, spends: [] };
  const openRunningCycle = createCycleOpener(db, log);
  const batcher = createBatcher(db, { open: openRunningCycle });
  let isGoing = true;
  const going: Going = { life, accounts, goesOn: () => isGoing };
  const submit: Submit = async (accountId, command) => {
    try {
      return await batcher.submit(accountId, { key: newId(), command });
    } catch (error) {
      log.error(error); // A machine too slow for its locks says nothing of refusals.
      return null;
    }
  };
  const read = (accountId: string) => readBalance({ db, openRunningCycle }, accountId);
  const many = (count: number, each: () => Promise<void>) => Array.from({ length: count }, each);
  const lives = [
    ...many(SPENDERS, () => keepSpending(going, submit)),
    ...many(CAPTURERS, () => keepCapturing(going, submit)),
    ...many(READERS, () => keepReading(going, read)),
  ];
  return {
    life,
    async stop() {
      isGoing = false;
      await Promise.all(lives);
      await batcher.close();
    },
  };
}

async function keepSpending({ life, accounts, goesOn }: Going, submit: Submit): Promise<void> {
  while (goesOn()) {
    const at = performance.now();
    const outcome = await submit(anyOf(accounts), { kind: "spend", credits: credits(1n), purpose: PURPOSE });
    life.spends.push({ at: Date.now(), ms: performance.now() - at });
    if (outcome?.kind === "refused") life.refused += 1;
    await sleep(2);
  }
}

/** Costs twice what was held: across the boundary the rest is taken from the new cycle. */
async function keepCapturing({ life, accounts, goesOn }: Going, submit: Submit): Promise<void> {
  while (goesOn()) {
    const [accountId, holdId] = [anyOf(accounts), newId()];
    const hold = { kind: "hold", holdId, credits: credits(10n), ttlMs: 60_000, purpose: PURPOSE } as const;
    const held = await submit(accountId, hold);
    await sleep(200);
    const outcome = await submit(accountId, { kind: "capture", holdId, credits: credits(20n) });
    life.captures += 1;
    if (held?.kind === "refused" || outcome?.kind === "refused") life.refused += 1;
    else if (outcome?.answer.kind === "captured" && outcome.answer.owed > 0n) life.debts += 1;
  }
}

async function keepReading(
  { life, accounts, goesOn }: Going,
  read: (accountId: string) => ReturnType<typeof readBalance>,
): Promise<void> {
  while (goesOn()) {
    const balance = await read(anyOf(accounts));
    life.readings += 1;
    if (balance?.remainingPlan === 0n) life.zeros += 1;
    await sleep(2);
  }
}
