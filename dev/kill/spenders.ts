import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../simulation/random";
import { insist } from "./patience";

const MAX_CREDITS = 500;
const PAUSE_MS = 100;

type Spending = {
  readonly urls: readonly string[];
  /** `acct_…` */
  readonly account: string;
  readonly key: string;
  readonly random: Random;
  readonly stopped: () => boolean;
};

/** What was answered to be spent. */
export type Spent = { readonly credits: bigint; readonly spends: number };

/**
 * An assistant's backend that makes one spend after the other, and asks again with the same key wherever no answer came. Resolves, once
 * stopped, to what it was answered: every spend it began has its answer by then.
 */
export async function spend({ urls, account, key, random, stopped }: Spending): Promise<Spent> {
  let [credits, spends] = [0n, 0];
  while (!stopped()) {
    const amount = 1 + random.whole(MAX_CREDITS);
    const idempotencyKey = randomUUID();
    await insist(async () => {
      const answer = await fetch(`${random.pick(urls)}/api/v1/accounts/${account}/spends`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${key}`,
          "content-type": "application/json",
          "idempotency-key": idempotencyKey,
        },
        body: JSON.stringify({ credits: amount, category: "ai_processing" }),
        signal: AbortSignal.timeout(10_000),
      });
      if (!answer.ok) throw new Error(`a spend was answered ${answer.status}: ${await answer.text()}`);
      await answer.text();
    });
    credits += BigInt(amount);
    spends += 1;
    await sleep(PAUSE_MS);
  }
  return { credits, spends };
}
