import type Stripe from "stripe";
import type { TaxIdType } from "../billing/details/tax-id-types";
import type { CustomerDetails } from "../billing/gateway";
import { freshKey } from "./ask";

/** What the SDK lists; its types let any other text through as well. */
type Known<T> = T extends string ? (string extends T ? never : T) : never;
type Offered = Known<Stripe.CustomerCreateTaxIdParams["type"]>;
/** Stops the build where Stripe's kinds of tax ids and those of `lib/billing/details` are not the same. */
type Same<A, B> = [A, B] extends [B, A] ? true : never;
true satisfies Same<Offered, TaxIdType>;

/** Customers of ours have one tax id; an operator who gave them more has at most these read. */
const MAX_TAX_IDS = 100;

type Write = CustomerDetails & { readonly key: string; readonly customerId: string };

/**
 * Name and address, then the tax id: the new one before the former are deleted, so that a refused one costs nothing. One that is
 * there already is not made again, and one whose answer was lost is asked for under the same key.
 */
export async function writeBillingDetails(stripe: Stripe, request: Write): Promise<object> {
  const { customerId, key, name, taxId } = request;
  // Empty text clears a field: what is left out would stay.
  const { line1, line2, postalCode, city, state, country } = request;
  const address = { line1, line2, postal_code: postalCode, city, state, country };
  const filled = Object.fromEntries(Object.entries(address).map(([field, value]) => [field, value ?? ""]));
  await stripe.customers.update(customerId, { name: name ?? "", address: filled }, freshKey());
  const { data: there } = await stripe.customers.listTaxIds(customerId, { limit: MAX_TAX_IDS });
  const isWanted = (each: Stripe.TaxId) => each.type === taxId?.type && each.value === taxId?.value;
  const kept = there.find(isWanted)?.id;
  if (taxId && !kept) {
    const params = { type: taxId.type as TaxIdType, value: taxId.value };
    await stripe.customers.createTaxId(customerId, params, { idempotencyKey: `${key}:tax_id` });
  }
  for (const { id } of there) if (id !== kept) await stripe.customers.deleteTaxId(customerId, id);
  return {};
}

export async function readBillingDetails(stripe: Stripe, customerId: string): Promise<CustomerDetails> {
  const [customer, taxIds] = await Promise.all([
    stripe.customers.retrieve(customerId),
    stripe.customers.listTaxIds(customerId, { limit: 1 }),
  ]);
  const { name = null, address = null } = customer.deleted ? {} : customer;
  const [first] = taxIds.data;
  return {
    name: name ?? null,
    line1: address?.line1 || null,
    line2: address?.line2 || null,
    postalCode: address?.postal_code || null,
    city: address?.city || null,
    state: address?.state || null,
    country: address?.country || null,
    taxId: first ? { type: first.type, value: first.value } : null,
  };
}
