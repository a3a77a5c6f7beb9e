import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { type RefillClient, RefillError } from "../../lib/client";
import { USUAL_LIMITS } from "../../lib/ledger/limits";
import { type Interaction, meanPauseMs, type Random, sampleInteraction, samplePause } from "./interaction";

/** More than any balance of the demo holds, and no more than a request may name. */
const FAR_TOO_MUCH = Number(USUAL_LIMITS.mostPerCall);
/** Longer than any model call takes here. */
const HELD_SECONDS = 60;
/** How long it waits for an application that does not answer. */
const AWAY_MS = 5_000;

export type Customer = { readonly accountId: string; readonly random: Random };

/**
 * Serves one customer's questions until the signal aborts, spending as an assistant's backend would. An application
 * that is away is waited for; an answer nobody foresaw is thrown.
 */
export async function serve(client: RefillClient, customer: Customer, signal: AbortSignal): Promise<void> {
  const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => {});
  while (!signal.aborted) {
    try {
      const { available } = await client.balance(customer.accountId);
      await pause(samplePause(customer.random, meanPauseMs(available)));
      if (!signal.aborted)
        await answer(client, customer.accountId, sampleInteraction(customer.random), pause);
    } catch (error) {
      if (!isPassing(error)) throw error;
      await pause(AWAY_MS);
    }
  }
}

const PASSING = new Set(["insufficient_credits", "hold_already_ended"]);
/** Credits that are not there, and an application that is busy or restarts, for so long that a hold ends meanwhile. */
const isPassing = (error: unknown) =>
  error instanceof RefillError && (error.mayRetry || PASSING.has(error.code));

class ModelFailed extends Error {}

async function answer(
  client: RefillClient,
  accountId: string,
  { spends, call, asksAgain, overreaches }: Interaction,
  pause: (ms: number) => Promise<void>,
): Promise<void> {
  const reference = `conversation-${randomUUID().slice(0, 8)}`;
  const { category, resource } = call;
  if (overreaches) await client.hold(accountId, { credits: FAR_TOO_MUCH, category, resource, reference });
  for (const spend of spends) {
    const request = { ...spend, reference, idempotencyKey: randomUUID() };
    await client.spend(accountId, request);
    if (asksAgain) await client.spend(accountId, request);
  }
  const work = async () => {
    await pause(call.takesMs);
    if (call.fails) throw new ModelFailed();
    return { credits: call.credits, result: undefined };
  };
  const request = {
    credits: call.heldCredits,
    category,
    resource,
    reference,
    expiresInSeconds: HELD_SECONDS,
  };
  await client.withHold(accountId, request, work).catch((error: unknown) => {
    if (!(error instanceof ModelFailed)) throw error;
  });
}
