import { expect, it } from "vitest";
import type { Payment } from "../gateway";
import { mismatchOf } from "./payment-matches";
import type { OrderState } from "./rows";

const STATE = {
  order: { id: "order", accountId: "account", amountCents: 50_000n, currency: "usd", paymentIntentId: null },
  attempt: { customerId: "cus" },
} as unknown as OrderState;
const PAYMENT = {
  id: "pi",
  orderId: "order",
  accountId: "account",
  customerId: "cus",
  amountCents: 50_000n,
  receivedCents: 50_000n,
  currency: "usd",
  status: "succeeded",
} as unknown as Payment;

it("a payment that is the order's in everything is the order's (I8)", () => {
  expect(mismatchOf(PAYMENT, STATE)).toBeNull();
});

it.each([
  ["payment of another order", { orderId: "other" }],
  ["payment of another order", { accountId: "other" }],
  ["payment of another customer", { customerId: "other" }],
  ["another amount", { amountCents: 100n, receivedCents: 100n }],
  ["another amount", { amountCents: 100n }],
  ["another currency", { currency: "eur" }],
  ["paid in part", { receivedCents: 49_999n }],
])("a payment that differs is no order's: %s %o (I8)", (reason, differs) => {
  expect(mismatchOf({ ...PAYMENT, ...differs } as Payment, STATE)).toBe(reason);
});

it("a payment where nobody has tried, or beside the one that is known, is not the order's (I8)", () => {
  expect(mismatchOf(PAYMENT, { ...STATE, attempt: null })).toBe("payment of another customer");
  const order = { ...STATE.order, paymentIntentId: "pi_known" };
  expect(mismatchOf(PAYMENT, { ...STATE, order })).toBe("another payment than the order's");
});
