import { expect, it } from "vitest";
import { type RefillClient, RefillError } from "../../lib/client";
import { USUAL_LIMITS } from "../../lib/ledger/limits";
import { serve } from "./backend";

it("asks for more than a balance holds, never for more than a request may name, and goes on afterwards", async () => {
  const stop = new AbortController();
  const asked: number[] = [];
  const refuse = (code: string) => new RefillError("No", code, false, null);
  const client = {
    // So much that nobody pauses for long.
    balance: async () => ({ available: 1_000_000_000 }),
    hold: async (_: string, { credits }: { credits: number }) => {
      asked.push(credits);
      if (asked.length === 2) stop.abort();
      throw refuse(credits > USUAL_LIMITS.mostPerCall ? "amount_too_large" : "insufficient_credits");
    },
  } as unknown as RefillClient;
  // Every interaction of this chance overreaches.
  await serve(client, { accountId: "acct_1", random: () => 0 }, stop.signal);
  expect(asked).toEqual([Number(USUAL_LIMITS.mostPerCall), Number(USUAL_LIMITS.mostPerCall)]);
});
