"use server";

import { redirect } from "next/navigation";
import { z } from "zod";
import { customerAction, failed, hiddenField, invalid } from "@/lib/action";
import { startCardSetup } from "@/lib/billing/payment-methods";
import { CARD_RETURN, findDestination } from "../paths";
import { BUYERS } from "../roles";
import { CARD_SETUP_UNAVAILABLE } from "../sentences";

export const addCardAction = customerAction({
  roles: BUYERS,
  input: z.object({ destination: hiddenField() }),
  run: async ({ input, customer, deps }) => {
    const cancelPath = findDestination(input.destination);
    if (!cancelPath) return invalid({}, "This page is out of date. Please reload it and try again.");
    const started = await startCardSetup(deps, {
      accountId: customer.accountId,
      returnPath: `${CARD_RETURN}?then=${input.destination}`,
      cancelPath,
    });
    if (!started.ok) return failed(started.error.code, CARD_SETUP_UNAVAILABLE);
    redirect(started.value.url);
  },
});
