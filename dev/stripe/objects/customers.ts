import type Stripe from "stripe";
import { idOf, newId, randomText } from "../ids";
import { invalidParameter, missing, refused } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import {
  address,
  created,
  filledAddress,
  hash,
  integer,
  list,
  mergeMetadata,
  metadata,
  oneOf,
  pageShape,
  text,
  unsettable,
  type Values,
  word,
} from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { recordBalance } from "./customer-balance";
import { emit, emitChange } from "./events";
import { attach, resolvePaymentMethod } from "./payment-methods";
import { cancelAllOf } from "./subscription-cancel";

const shared = {
  address: unsettable(address),
  balance: integer,
  description: text,
  email: text,
  invoice_settings: hash({ default_payment_method: text, footer: text }),
  metadata,
  name: text,
  phone: text,
  preferred_locales: list(word),
  tax_exempt: unsettable(oneOf("exempt", "none", "reverse")),
};

type CustomerValues = Values<typeof shared>;

export const customerRoutes: Route[] = [
  route("POST", "/v1/customers", { ...shared, payment_method: word, test_clock: word }, (work, params) => {
    const id = newId("cus", 14);
    const clock = work.store.get("test_helpers.test_clock", params.test_clock ?? "");
    if (params.test_clock && !clock)
      throw missing("test_helpers.test_clock", params.test_clock, "test_clock");
    const place = clock ? { test_clock: clock.id, created: clock.frozen_time } : {};
    work.store.put("customer", { ...blank(work, id), ...place, ...changes(blank(work, id), params) });
    if (params.payment_method) attach(work, resolvePaymentMethod(work, params.payment_method), id);
    const customer = work.store.update("customer", id, {
      invoice_settings: invoiceSettings(work, getCustomer(work, id), params),
    });
    emit(work, "customer.created", customer);
    return customer;
  }),
  route("GET", "/v1/customers", { ...pageShape, created, email: word, test_clock: word }, (work, params) => {
    const rows = work.store
      .list("customer")
      .filter((customer) => within(customer.created, params.created))
      .filter((customer) => !params.email || customer.email === params.email)
      .filter((customer) => params.email || customer.test_clock === (params.test_clock ?? null));
    return pageOf(rows, params, "/v1/customers", "customer");
  }),
  route("GET", "/v1/customers/:id", {}, (work, _params, id) => {
    return work.store.get("deleted_customer", id) ?? getCustomer(work, id);
  }),
  route("POST", "/v1/customers/:id", shared, (work, params, id) => {
    const before = getCustomer(work, id);
    const after = work.store.update("customer", id, {
      ...changes(before, params),
      invoice_settings: invoiceSettings(work, before, params),
    });
    emitChange(work, "customer.updated", before, after);
    const moved = after.balance - before.balance;
    const why = { type: "adjustment", currency: after.currency ?? "usd" } as const;
    if (moved !== 0) recordBalance(work, after, moved, why);
    return after;
  }),
  route("DELETE", "/v1/customers/:id", {}, (work, _params, id) => deleteCustomer(work, id)),
];

/** Ends what they subscribe to and lets go of their cards; a stub stays. */
export function deleteCustomer(work: Work, id: string): Stripe.DeletedCustomer {
  const customer = getCustomer(work, id);
  cancelAllOf(work, id);
  for (const method of work.store.listOf("payment_method", "customer", id)) {
    work.store.update("payment_method", method.id, { customer: null });
    work.store.update("card", method.id, { usedUp: true });
  }
  work.store.delete("customer", id);
  emit(work, "customer.deleted", customer);
  return work.store.put("deleted_customer", { id, object: "customer", deleted: true });
}

export function getCustomer(work: Work, id: string, param = "id"): Stripe.Customer {
  const customer = work.store.get("customer", id);
  if (!customer) throw missing("customer", id, param);
  return customer;
}

function blank(work: Work, id: string): Stripe.Customer {
  return {
    id,
    object: "customer",
    address: null,
    balance: 0,
    created: work.now,
    currency: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: randomText(8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: "none",
    test_clock: null,
  };
}

function changes(current: Stripe.Customer, params: CustomerValues): Partial<Stripe.Customer> {
  const { email = current.email, name = current.name, phone = current.phone } = params;
  if (email && !/^[^\s@]+@[^\s@]+$/.test(email))
    throw invalidParameter(`Invalid email address: ${email}`, "email", "email_invalid");
  const { description = current.description, balance = current.balance } = params;
  return {
    address: params.address === undefined ? current.address : filledAddress(params.address),
    balance,
    description,
    email,
    metadata: mergeMetadata(current.metadata, params.metadata),
    name,
    phone,
    preferred_locales: params.preferred_locales ?? current.preferred_locales,
    tax_exempt: params.tax_exempt === undefined ? current.tax_exempt : (params.tax_exempt ?? "none"),
  };
}

function invoiceSettings(work: Work, customer: Stripe.Customer, params: CustomerValues) {
  const given = params.invoice_settings;
  if (!given) return customer.invoice_settings;
  const { footer = customer.invoice_settings.footer } = given;
  const { default_payment_method = customer.invoice_settings.default_payment_method } = given;
  const chosen = given.default_payment_method;
  if (chosen && idOf(work.store.get("payment_method", chosen)?.customer) !== customer.id)
    throw refused(
      `The customer does not have a payment method with the ID ${chosen}. The payment method must be attached ` +
        "to the customer.",
      { code: "resource_missing", param: "invoice_settings[default_payment_method]" },
    );
  return { ...customer.invoice_settings, footer, default_payment_method };
}
