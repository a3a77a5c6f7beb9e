import type { Store } from "../store";
import type { TableName } from "../tables";
import { invalidParameter } from "./errors";
import type { Page } from "./list";

type Target = TableName | "never" | "refunds";

/** Fields that hold an id unless the caller asks for the object. */
const EXPANDABLE: Record<string, Record<string, Target>> = {
  customer: {
    "invoice_settings.default_payment_method": "payment_method",
    default_source: "never",
    test_clock: "never",
  },
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
  balance_transaction: { source: "charge" },
  "checkout.session": {
    customer: "customer",
    invoice: "never",
    payment_intent: "payment_intent",
    setup_intent: "setup_intent",
    subscription: "never",
  },
};

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
  const known = EXPANDABLE[String(row.object)] ?? {};
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
  if (target === "refunds") {
    const url = `/v1/charges/${owner.id}/refunds`;
    return { object: "list", data: [], has_more: false, url };
  }
  const found = typeof held === "string" && target !== "never" ? find(store, target, held) : held;
  if (found === null || found === undefined) return held ?? null;
  return rest.length === 0 ? found : expandObject(store, found as Json, rest, path);
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
