import type Stripe from "stripe";
import { expect, it } from "vitest";
import { Store } from "./store";

const card = (id: string, customer: string | null) => ({ id, customer }) as Stripe.PaymentMethod;
const idsOf = (store: Store, customer: string) =>
  store.listOf("payment_method", "customer", customer).map(({ id }) => id);

it("lists whose rows they are as the whole table is listed, whenever they came to be theirs, and forgets what was undone", () => {
  const store = new Store(null);
  store.transact(() => {
    for (const [id, customer] of [
      ["pm_1", null],
      ["pm_2", "cus_a"],
      ["pm_3", "cus_b"],
    ] as const)
      store.put("payment_method", card(id, customer));
  });
  store.transact(() => store.update("payment_method", "pm_1", { customer: "cus_a" }));
  expect(idsOf(store, "cus_a")).toEqual(["pm_2", "pm_1"]);
  const undone = () =>
    store.transact(() => {
      store.update("payment_method", "pm_2", { customer: "cus_b" });
      store.delete("payment_method", "pm_3");
      throw new Error("refused");
    });
  expect(undone).toThrow("refused");
  expect([idsOf(store, "cus_a"), idsOf(store, "cus_b")]).toEqual([["pm_2", "pm_1"], ["pm_3"]]);
  store.transact(() => store.update("payment_method", "pm_2", { customer: null }));
  expect(idsOf(store, "cus_a")).toEqual(["pm_1"]);
  expect(store.listFor("payment_method", {})).toHaveLength(3);
  store.reset();
  expect(idsOf(store, "cus_a")).toEqual([]);
});
