import type Stripe from "stripe";
import { missing } from "../wire/errors";
import type { Work } from "../work";

export function getPrice(work: Work, id: string, param = "id"): Stripe.Price {
  const price = work.store.get("price", id);
  if (!price) throw missing("price", id, param);
  return price;
}
