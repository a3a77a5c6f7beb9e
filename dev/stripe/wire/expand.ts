import { idOf } from "../ids";
import { lineItemsOf } from "../objects/checkout-subscriptions";
import { refundsOf } from "../objects/refund-rows";
import type { Store } from "../store";
import type { TableName } from "../tables";
import { invalidParameter } from "./errors";
import type { Page } from "./list";

/** `within` is an object or a list that is there anyway, but holds what can be expanded further. */
type Target = TableName | "never" | "within" | keyof typeof COMPUTED;

/** Fields that hold an id unless the caller asks for the object. */
const EXPANDABLE: Record<string, Record<string, Target>> = {
  customer: {
    "invoice_settings.default_payment_method": "payment_method",
    "discount.source.coupon": "coupon",
    default_source: "never",
    test_clock: "test_helpers.test_clock",
  },
  discount: { customer: "customer", promotion_code: "never", "source.coupon": "coupon" },
  payment_method: { customer: "customer" },
  payment_intent: {
    application: "never",
    customer: "customer",
    latest_charge: "charge",
    on_behalf_of: "never",
    payment_method: "payment_method",
    payment_record: "never",
    review: "never",
  },
  charge: {
    application: "never",
    balance_transaction: "balance_transaction",
    customer: "customer",
    failure_balance_transaction: "balance_transaction",
    on_behalf_of: "never",
    payment_intent: "payment_intent",
    refunds: "refunds",
    review: "never",
  },
  setup_intent: {
    customer: "customer",
    latest_attempt: "setup_attempt",
    mandate: "never",
    payment_method: "payment_method",
    single_use_mandate: "never",
  },
  setup_attempt: { customer: "customer", payment_method: "payment_method", setup_intent: "setup_intent" },
  refund: {
    balance_transaction: "balance_transaction",
    charge: "charge",
    customer: "customer",
    failure_balance_transaction: "balance_transaction",
    payment_intent: "payment_intent",
    payment_method: "payment_method",
    source_transfer_reversal: "never",
    transfer_reversal: "never",
  },
  credit_note: { customer: "customer", invoice: "invoice", refunds: "within" },
  dispute: { charge: "charge", payment_intent: "payment_intent" },
  "radar.early_fraud_warning": { charge: "charge", payment_intent: "payment_intent" },
  balance_transaction: { source: "source" },
  "checkout.session": {
    customer: "customer",
    invoice: "invoice",
    line_items: "line_items",
    payment_intent: "payment_intent",
    setup_intent: "setup_intent",
    subscription: "subscription",
  },
  "billing_portal.session": { configuration: "billing_portal.configuration" },
  item: { price: "within" },
  subscription: {
    application: "never",
    customer: "customer",
    default_payment_method: "payment_method",
    default_source: "never",
    discounts: "discount",
    items: "within",
    latest_invoice: "invoice",
    on_behalf_of: "never",
    pending_setup_intent: "never",
    schedule: "subscription_schedule",
    test_clock: "test_helpers.test_clock",
  },
  subscription_item: { discounts: "discount", plan: "within", price: "within" },
  plan: { product: "product" },
  price: { product: "product" },
  product: { default_price: "price", tax_code: "never" },
  invoice: {
    application: "never",
    confirmation_secret: "confirmation_secret",
    customer: "customer",
    default_payment_method: "payment_method",
    default_source: "never",
    discounts: "discount",
    lines: "within",
    "parent.subscription_details.subscription": "subscription",
    payments: "payments",
    total_discount_amounts: "within",
    test_clock: "test_helpers.test_clock",
  },
  line_item: {
    discount_amounts: "within",
    discounts: "discount",
    "pricing.price_details.price": "price",
    subscription: "subscription",
  },
  invoice_payment: {
    invoice: "invoice",
    "payment.charge": "never",
    "payment.payment_intent": "payment_intent",
  },
  subscription_schedule: {
    application: "never",
    customer: "customer",
    "default_settings.default_payment_method": "payment_method",
    phases: "within",
    subscription: "subscription",
    test_clock: "test_helpers.test_clock",
  },
  // What has no name of its own: phases of a schedule, their items, what a discount takes off, refunds of a credit note.
  part: {
    coupon: "coupon",
    default_payment_method: "payment_method",
    discount: "discount",
    discounts: "within",
    items: "within",
    plan: "price",
    price: "price",
    promotion_code: "never",
    refund: "refund",
  },
};

/** Fields that are there only for those who ask. */
const COMPUTED = {
  // The 10 newest, says the SDK.
  refunds: (store: Store, owner: Json) => {
    const all = refundsOf({ store }, String(owner.id));
    return { ...listOf(all.slice(0, 10), `/v1/charges/${owner.id}/refunds`), has_more: all.length > 10 };
  },
  source: (store: Store, { source }: Json) =>
    (["charge", "refund", "dispute"] as const)
      .map((table) => store.get(table, String(source)))
      .find(Boolean) ?? source,
  payments: (store: Store, owner: Json) =>
    listOf(
      store.listOf("invoice_payment", "invoice", String(owner.id)),
      `/v1/invoice_payments?invoice=${owner.id}`,
    ),
  confirmation_secret: (store: Store, owner: Json) => {
    const [payment] = store.listOf("invoice_payment", "invoice", String(owner.id));
    const intent = store.get("payment_intent", idOf(payment?.payment.payment_intent) ?? "");
    return intent?.client_secret ? { client_secret: intent.client_secret, type: "payment_intent" } : null;
  },
  line_items: (store: Store, owner: Json) =>
    listOf(lineItemsOf({ store }, String(owner.id)), `/v1/checkout/sessions/${owner.id}/line_items`),
};

function listOf(data: object[], url: string) {
  return { object: "list", data, has_more: false, url };
}

type Json = Record<string, unknown>;

export function expand(store: Store, body: object, paths: string[]): object {
  const isPage = "object" in body && body.object === "list";
  let result: object = body;
  for (const path of paths) {
    const parts = path.split(".");
    if (parts.length > (isPage ? 5 : 4))
      throw invalidParameter("You cannot expand more than 4 levels of a property.", "expand");
    result = isPage
      ? expandPage(store, result as Page<object>, parts, path)
      : expandObject(store, result as Json, parts, path);
  }
  return result;
}

function expandPage(store: Store, page: Page<object>, parts: string[], path: string): object {
  if (parts[0] !== "data" || parts.length < 2) throw cannot(path, "You may want to try expanding 'data'.");
  return { ...page, data: page.data.map((row) => expandObject(store, row as Json, parts.slice(1), path)) };
}

function expandObject(store: Store, row: Json, parts: string[], path: string): Json {
  if (row.object === "list" && parts[0] === "data")
    return { ...row, data: expandEach(store, row.data, parts.slice(1), path) };
  const known = EXPANDABLE[String(row.object ?? "part")] ?? {};
  for (let length = 1; length <= parts.length; length += 1) {
    const field = parts.slice(0, length).join(".");
    const target = known[field];
    if (target)
      return replace(row, field.split("."), (held) =>
        resolve(store, row, target, held, parts.slice(length), path),
      );
  }
  throw cannot(path);
}

function resolve(
  store: Store,
  owner: Json,
  target: Target,
  held: unknown,
  rest: string[],
  path: string,
): unknown {
  const found = lookUp(store, owner, target, held);
  if (found === null || found === undefined) return held ?? null;
  if (rest.length === 0) return found;
  return Array.isArray(found)
    ? expandEach(store, found, rest, path)
    : expandObject(store, found as Json, rest, path);
}

function lookUp(store: Store, owner: Json, target: Target, held: unknown): unknown {
  if (isComputed(target)) return COMPUTED[target](store, owner);
  if (target === "never" || target === "within") return held;
  if (Array.isArray(held)) return held.map((each) => lookUp(store, owner, target, each));
  if (typeof held !== "string") return held;
  return find(store, target, held);
}

function isComputed(target: Target): target is keyof typeof COMPUTED {
  return Object.hasOwn(COMPUTED, target);
}

function expandEach(store: Store, rows: unknown, rest: string[], path: string): Json[] {
  const each = rows as Json[];
  return rest.length === 0 ? each : each.map((row) => expandObject(store, row, rest, path));
}

function find(store: Store, target: TableName, id: string): unknown {
  return (
    store.get(target, id) ?? (target === "customer" ? store.get("deleted_customer", id) : undefined) ?? id
  );
}

function replace(row: Json, parts: string[], change: (held: unknown) => unknown): Json {
  const [first = "", ...rest] = parts;
  if (rest.length === 0) return { ...row, [first]: change(row[first]) };
  return { ...row, [first]: replace((row[first] ?? {}) as Json, rest, change) };
}

function cannot(path: string, hint = ""): Error {
  return invalidParameter(`This property cannot be expanded (${path}).${hint ? ` ${hint}` : ""}`, "expand");
}
