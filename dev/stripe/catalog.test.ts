import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { failureOf, simulate } from "./testing";

let shop: Awaited<ReturnType<typeof simulate>>;
beforeAll(async () => {
  shop = await simulate();
});
afterAll(() => shop.simulator.close());

const monthly = { currency: "usd", unit_amount: 1_000, recurring: { interval: "month" } } as const;
const typesOf = (id: string) =>
  shop.simulator.store
    .list("event")
    .filter((event) => (event.data.object as { id?: string }).id === id)
    .map(({ type }) => type)
    .reverse();

describe("products", () => {
  it("have an id of their own once, and can be changed and found", async () => {
    const { products } = shop.stripe;
    const product = await products.create({ id: "plan_a", name: "A", metadata: { plan: "a" } });
    expect(product).toMatchObject({ id: "plan_a", name: "A", active: true, default_price: null });
    const again = await failureOf(products.create({ id: "plan_a", name: "B" }));
    expect(again).toMatchObject({ code: "resource_already_exists", statusCode: 400 });
    await products.update("plan_a", { name: "B", metadata: { more: "yes" } });
    const changed = await products.retrieve("plan_a");
    expect(changed).toMatchObject({ name: "B", metadata: { plan: "a", more: "yes" } });
    expect((await products.list({ ids: ["plan_a"] })).data).toEqual([changed]);
    expect(typesOf("plan_a")).toEqual(["product.created", "product.updated"]);
  });

  it("are deleted only while nothing sells them", async () => {
    const { products, prices } = shop.stripe;
    const [sold, idle] = [await products.create({ name: "sold" }), await products.create({ name: "idle" })];
    await prices.create({ ...monthly, product: sold.id });
    expect((await failureOf(products.del(sold.id))).message).toContain("cannot be deleted");
    expect(await products.del(idle.id)).toMatchObject({ id: idle.id, deleted: true });
    expect(await failureOf(products.retrieve(idle.id))).toMatchObject({ statusCode: 404 });
  });
});

describe("prices", () => {
  it("sell a product, known or new, by the unit", async () => {
    const { prices } = shop.stripe;
    const price = await prices.create({ ...monthly, product_data: { name: "New" }, expand: ["product"] });
    expect(price).toMatchObject({
      type: "recurring",
      unit_amount: 1_000,
      recurring: { interval: "month", interval_count: 1, usage_type: "licensed" },
      product: { object: "product", name: "New" },
    });
    expect(await prices.retrieve(price.id)).toMatchObject({ product: expect.stringMatching(/^prod_/) });
    const once = await prices.create({ currency: "usd", unit_amount: 5, product_data: { name: "Once" } });
    expect(once).toMatchObject({ type: "one_time", recurring: null });
    for (const [params, param] of [
      [{ ...monthly }, "product"],
      [{ ...monthly, product: "prod_nothing" }, "product"],
      [{ ...monthly, unit_amount: -1, product_data: { name: "x" } }, "unit_amount"],
      [{ currency: "usd", product_data: { name: "x" } }, "unit_amount"],
    ] as const)
      expect(await failureOf(prices.create(params))).toMatchObject({ param, statusCode: 400 });
  });

  it("share no lookup key, unless it is handed over", async () => {
    const { prices } = shop.stripe;
    const lookup_key = "plan_month";
    const first = await prices.create({ ...monthly, product_data: { name: "P" }, lookup_key });
    const next = { ...monthly, unit_amount: 2_000, product: String(first.product), lookup_key };
    expect((await failureOf(prices.create(next))).message).toContain(`(\`${first.id}\`) already uses`);
    const second = await prices.create({ ...next, transfer_lookup_key: true });
    expect((await prices.retrieve(first.id)).lookup_key).toBeNull();
    expect((await prices.list({ lookup_keys: [lookup_key] })).data.map(({ id }) => id)).toEqual([second.id]);
    const eleven = [...Array(11).keys()].map((each) => `key_${each}`);
    expect(await failureOf(prices.list({ lookup_keys: eleven }))).toMatchObject({ param: "lookup_keys" });
    expect(typesOf(first.id)).toEqual(["price.created", "price.updated"]);
    await prices.update(first.id, { lookup_key, transfer_lookup_key: true });
    expect((await prices.retrieve(second.id)).lookup_key).toBeNull();
  });

  it("are found by what they are, archived ones too", async () => {
    const { prices, products } = shop.stripe;
    const { id: product } = await products.create({ name: "Listed" });
    const month = await prices.create({ ...monthly, product, nickname: "m" });
    const year = await prices.create({ ...monthly, product, recurring: { interval: "year" } });
    await prices.update(month.id, { active: false, metadata: { old: "1" } });
    const idsOf = async (params: Parameters<typeof prices.list>[0]) =>
      (await prices.list({ product, ...params })).data.map(({ id }) => id);
    expect(await idsOf({ active: true })).toEqual([year.id]);
    expect(await idsOf({ active: false })).toEqual([month.id]);
    expect(await idsOf({ recurring: { interval: "month" } })).toEqual([month.id]);
    expect(await idsOf({ type: "one_time" })).toEqual([]);
    const [expanded] = (await prices.list({ product, limit: 1, expand: ["data.product"] })).data;
    expect(expanded?.product).toMatchObject({ id: product, name: "Listed" });
  });
});
