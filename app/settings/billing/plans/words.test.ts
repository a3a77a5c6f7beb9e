import { expect, it } from "vitest";
import { beforeWhat, isCharged } from "./words";

const plain = { hasDiscountOrTax: false, balanceCents: 0n, sendsInvoice: false };

it.each([
  [plain, " is charged"],
  [{ ...plain, sendsInvoice: true }, " is invoiced"],
  [{ ...plain, hasDiscountOrTax: true }, ", before discounts and taxes, is charged"],
  [{ ...plain, balanceCents: -5_000n }, ", before $50.00 in your favor, is charged"],
  [{ ...plain, balanceCents: 42n }, ", before $0.42 carried over from before, is charged"],
  [
    { ...plain, hasDiscountOrTax: true, balanceCents: -1n },
    ", before discounts and taxes and $0.01 in your favor, is charged",
  ],
])("says of an amount what it does not include: %#", (subscription, words) => {
  expect(isCharged(subscription, "en-US")).toBe(words);
  expect(words).toContain(beforeWhat(subscription, "en-US"));
});
