import type Stripe from "stripe";
import { type address, filledAddress } from "../wire/params";

type AddressValues = typeof address extends { read(...args: never[]): infer A } ? A : never;
export type BillingDetails = {
  address?: AddressValues | null;
  email?: string | null;
  name?: string | null;
  phone?: string | null;
};

const EMPTY_ADDRESS = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };

/** What was given over what was there. */
export function billingDetails(given: BillingDetails = {}, current?: Stripe.PaymentMethod.BillingDetails) {
  const {
    email = current?.email ?? null,
    name = current?.name ?? null,
    phone = current?.phone ?? null,
  } = given;
  const kept = current?.address ?? EMPTY_ADDRESS;
  const place = given.address === undefined ? kept : { ...EMPTY_ADDRESS, ...filledAddress(given.address) };
  return { address: place, email, name, phone, tax_id: current?.tax_id ?? null };
}
