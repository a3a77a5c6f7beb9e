import { newId, toPublicId } from "../../lib/ids";
import type { World } from "./test";

/** Puts an attention item of an account in the operator's queue, and answers its id as pages show it. */
export async function storeAttention({ owner }: World, accountId: string): Promise<string> {
  const id = newId();
  await owner`
    insert into attention_items (id, account_id, object_kind, object_id, reason, details, since, last_seen, logged_at, next_look_at)
    values (${id}, ${accountId}, 'charge', ${`ch_${id}`}, 'unknown_payment_returned', '{"refundedCents": 1200}', now(), now(), now(), '2999-01-01Z')`;
  return toPublicId("attention", id);
}

/** Stores an event that concerns nothing of ours, parked unless it is handled, and answers its id. */
export async function storeEvent(
  { owner }: World,
  {
    handled = false,
    customer = null,
  }: { readonly handled?: boolean; readonly customer?: string | null } = {},
): Promise<string> {
  const id = `evt_${newId().replaceAll("-", "")}`;
  const payload = JSON.stringify({
    id,
    type: "product.created",
    data: { object: { id: "prod_1", object: "product", customer, description: "a\u202eb" } },
  });
  await owner`
    insert into stripe_events (id, type, payload, created_at, received_at, handled_at, parked_reason, tries)
    values (${id}, 'product.created', ${payload}::text::jsonb, now(), now(),
      case when ${handled} then now() end, case when not ${handled} then '20 tries: Stripe could not be asked' end, 20)`;
  return id;
}
