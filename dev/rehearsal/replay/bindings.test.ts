import { expect, it } from "vitest";
import { Bindings } from "./bindings";

it("binds an alias to the first id it meets, and to no other", () => {
  const bindings = new Bindings("AB");
  expect(bindings.fits("order:uuid_1:attempt:2", "order:0192-abc:attempt:2")).toBe(true);
  expect(bindings.fits("uuid_1", "0192-abc")).toBe(true);
  expect(bindings.fits("uuid_1", "0192-other")).toBe(false);
  expect(bindings.fits("order:uuid_2:attempt:2", "order:0192-abc:attempt:3")).toBe(false);
});

it("takes anything for what is never kept, and a time for one of the same hour", () => {
  const bindings = new Bindings("AB");
  expect(bindings.fits("Account of e-mail", "Account of a@b.test")).toBe(true);
  expect(bindings.fits("address", "https://a.test/b?c")).toBe(true);
  expect(bindings.fits("1800000000", "1800000060")).toBe(true);
  expect(bindings.fits("1800000000", "1800007200")).toBe(false);
  expect(bindings.fits("10000", "10001")).toBe(false);
});

it("puts ids back wherever they stand, one for each alias, and leaves Stripe's own words alone", () => {
  const bindings = new Bindings("AB");
  bindings.bind("cus_1", "cus_known");
  const restored = bindings.restore({
    customer: "cus_1",
    path: "/v1/customers/cus_1",
    pi_1: ["pi_1", 5, null],
    status: "requires_action",
    url: "address",
    address: null,
  });
  expect(restored).toEqual({
    customer: "cus_known",
    path: "/v1/customers/cus_known",
    pi_Replayed0001AB: ["pi_Replayed0001AB", 5, null],
    status: "requires_action",
    url: "https://checkout.stripe.com/replayed",
    address: null,
  });
});
