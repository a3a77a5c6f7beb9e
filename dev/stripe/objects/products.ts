import type Stripe from "stripe";
import { newId } from "../ids";
import { missing, refused } from "../wire/errors";
import { pageOf, within } from "../wire/list";
import {
  created,
  flag,
  hash,
  list,
  mergeMetadata,
  metadata,
  needed,
  oneOf,
  pageShape,
  text,
  type Values,
  word,
} from "../wire/params";
import { type Route, route } from "../wire/router";
import type { Work } from "../work";
import { emit, emitChange } from "./events";

/** What a product created along with its price may have, too. */
export const productShape = {
  active: flag,
  id: word,
  metadata,
  name: needed(word),
  statement_descriptor: word,
  tax_code: word,
  unit_label: text,
};

const more = {
  description: text,
  images: list(word),
  marketing_features: list(hash({ name: needed(word) })),
  shippable: flag,
  url: text,
};

const createShape = { ...productShape, ...more, type: oneOf("good", "service") };
const { id: _id, ...changeable } = productShape;
const updateShape = { ...changeable, ...more, default_price: word, name: word };
const listShape = { ...pageShape, active: flag, created, ids: list(word), shippable: flag, url: word };

export const productRoutes: Route[] = [
  route("POST", "/v1/products", createShape, createProduct),
  route("GET", "/v1/products", listShape, (work, params) => {
    const rows = work.store
      .list("product")
      .filter((product) => params.active === undefined || product.active === params.active)
      .filter((product) => !params.ids || params.ids.includes(product.id))
      .filter((product) => params.shippable === undefined || product.shippable === params.shippable)
      .filter((product) => !params.url || product.url === params.url)
      .filter((product) => within(product.created, params.created));
    return pageOf(rows, params, "/v1/products", "product");
  }),
  route("GET", "/v1/products/:id", {}, (work, _params, id) => getProduct(work, id)),
  route("POST", "/v1/products/:id", updateShape, (work, params, id) => {
    const before = getProduct(work, id);
    const { metadata: change, ...given } = params;
    if (given.default_price) assertOwnPrice(work, id, given.default_price);
    const after = work.store.update("product", id, {
      ...given,
      metadata: mergeMetadata(before.metadata, change),
      updated: work.now,
    });
    emitChange(work, "product.updated", before, after);
    return after;
  }),
  route("DELETE", "/v1/products/:id", {}, (work, _params, id) => {
    const product = getProduct(work, id);
    if (work.store.list("price").some((price) => price.product === id))
      throw refused("This product cannot be deleted because it has one or more user-created prices.");
    work.store.delete("product", id);
    emit(work, "product.deleted", product);
    return { id, object: "product", deleted: true };
  }),
];

type ProductValues = Partial<Values<typeof createShape>> & { name: string };

export function createProduct(work: Work, params: ProductValues): Stripe.Product {
  const { id = newId("prod", 14), metadata: change, ...given } = params;
  if (work.store.get("product", id))
    throw refused("Product already exists.", { code: "resource_already_exists", param: "id" });
  const product = work.store.put("product", {
    id,
    object: "product",
    active: true,
    created: work.now,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: "service",
    unit_label: null,
    updated: work.now,
    url: null,
    ...given,
    metadata: mergeMetadata({}, change),
  });
  emit(work, "product.created", product);
  return product;
}

export function getProduct(work: Work, id: string, param = "id"): Stripe.Product {
  const product = work.store.get("product", id);
  if (!product) throw missing("product", id, param);
  return product;
}

function assertOwnPrice(work: Work, product: string, id: string): void {
  const price = work.store.get("price", id);
  if (!price) throw missing("price", id, "default_price");
  if (price.product !== product)
    throw refused(`The price ${id} does not belong to the product ${product}.`, { param: "default_price" });
}
