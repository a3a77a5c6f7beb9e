"use server";

import { z } from "zod";
import { done, failed, hiddenField, operatorAction, textField } from "@/lib/action";
import { type ReplayRefusal, replayEvent } from "@/lib/desk/events/replay";
import { unreachable } from "@/lib/result";

/** Makes an event that was parked or handled due again. */
export const replayAction = operatorAction({
  input: z.object({
    event: hiddenField(255),
    reason: textField({ max: 500, missing: "Say why: it is kept beside what you do." }),
  }),
  echo: ["reason"],
  run: async ({ input: { event, reason }, operator, deps }) => {
    const result = await replayEvent(deps.db, event, { operatorId: operator.userId, reason });
    if (!result.ok) return failed(result.error.code, sentenceOf(result.error));
    return done({ message: "The event is due again: a worker comes to it in a moment." });
  },
});

function sentenceOf(refusal: ReplayRefusal): string {
  switch (refusal.code) {
    case "event_is_due":
      return "This event is due already, and is handled as soon as a worker comes to it. Nothing was changed.";
    case "event_is_forgotten":
      return "What this event said was forgotten 30 days after it was handled. Read the account again from Stripe instead. Nothing was changed.";
    case "event_not_found":
      return "There is no such event any more. Nothing was changed.";
    default:
      return unreachable(refusal);
  }
}
