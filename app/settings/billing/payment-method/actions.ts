"use server";

import { revalidatePath } from "next/cache";
import { redirect } from "next/navigation";
import { z } from "zod";
import { customerAction, failed, hiddenField, invalid } from "@/lib/action";
import { makeDefaultCard } from "@/lib/billing/cards/default";
import { openPortal } from "@/lib/billing/cards/portal";
import { removeCard } from "@/lib/billing/cards/remove";
import { startCardSetup } from "@/lib/billing/cards/setup";
import { CARDS, cardReturnPath, findDestination } from "../paths";
import { toProviderPage } from "../provider-page";
import { BUYERS } from "../roles";
import { CARD_SETUP_UNAVAILABLE } from "../sentences";
import { type ChangeFlag, cardSentence, PORTAL_UNAVAILABLE } from "./sentences";

export const addCardAction = customerAction({
  roles: BUYERS,
  limit: "hosted",
  input: z.object({ destination: hiddenField(), replaces: hiddenField().optional() }),
  run: async ({ input, customer, deps }) => {
    const cancelPath = findDestination(input.destination);
    if (!cancelPath) return invalid({}, "This page is out of date. Please reload it and try again.");
    const started = await startCardSetup(deps, {
      accountId: customer.accountId,
      returnPath: cardReturnPath(input.destination, input.replaces),
      cancelPath,
    });
    if (!started.ok) return failed(started.error.code, CARD_SETUP_UNAVAILABLE);
    return toProviderPage(started.value.url);
  },
});

export const makeDefaultAction = customerAction({
  roles: BUYERS,
  limit: "change",
  input: z.object({ card: hiddenField() }),
  run: async ({ input, customer, deps }) => {
    const { accountId } = customer;
    const made = await makeDefaultCard(deps, { accountId, paymentMethodId: input.card });
    return made.ok ? toCards("default") : failed(made.error.code, cardSentence(made.error));
  },
});

export const removeCardAction = customerAction({
  roles: BUYERS,
  limit: "change",
  input: z.object({ card: hiddenField() }),
  run: async ({ input, customer, deps }) => {
    const { accountId } = customer;
    const removed = await removeCard(deps, { accountId, paymentMethodId: input.card });
    return removed.ok ? toCards("removed") : failed(removed.error.code, cardSentence(removed.error));
  },
});

export const openPortalAction = customerAction({
  roles: BUYERS,
  limit: "hosted",
  input: z.object({}),
  run: async ({ customer, deps }) => {
    const opened = await openPortal(deps, { accountId: customer.accountId, returnPath: CARDS });
    if (!opened.ok) return failed(opened.error.code, PORTAL_UNAVAILABLE);
    return toProviderPage(opened.value.url);
  },
});

function toCards(done: ChangeFlag): never {
  revalidatePath("/settings/billing", "layout");
  redirect(`${CARDS}?done=${done}`);
}
