import { and, eq, isNull } from "drizzle-orm";
import type { Tx } from "../../db/client";
import { EVENT_CUSTOMER, stripeEvents } from "../../db/schema";

/** A step, before an account's customer at Stripe is forgotten: the events that name it go on being the account's. */
export async function keepEvents(
  tx: Tx,
  { accountId, customerId }: { readonly accountId: string; readonly customerId: string },
): Promise<void> {
  await tx
    .update(stripeEvents)
    .set({ foundAccountId: accountId })
    .where(and(isNull(stripeEvents.foundAccountId), eq(EVENT_CUSTOMER, customerId)));
}
