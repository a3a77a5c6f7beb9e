"use server";

import { refresh } from "next/cache";
import { z } from "zod";
import { customerAction, done } from "@/lib/action";
import { MAIL_TOPICS, saveTopics } from "@/lib/outbox/opt-outs";

/** A box that is not ticked is not sent. */
const box = z.literal("on").optional().catch(undefined);

export const saveMailsAction = customerAction({
  input: z.object({ low_credits: box, expiring_credits: box, expiring_cards: box }),
  run: async ({ input, customer, deps }) => {
    const wanted = MAIL_TOPICS.filter((topic) => input[topic] === "on");
    await saveTopics(deps.db, customer.userId, wanted);
    refresh();
    return done({ message: "Your e-mail choices are saved." });
  },
});
