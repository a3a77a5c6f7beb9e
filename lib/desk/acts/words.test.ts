import { expect, it } from "vitest";
import { refusedSentence } from "./words";

it("says in words that no payment has so much left, and gives Stripe's code for the rest", () => {
  const sentence = refusedSentence("no_payment_has_so_much_left");
  expect(sentence).toContain("No payment made through Stripe has so much left");
  expect(sentence).not.toMatch(/[a-z]_[a-z]/);
  expect(refusedSentence("parked_again")).toMatch(/paid meanwhile.*parked again/);
  expect(refusedSentence("charge_disputed")).toContain("(charge_disputed)");
  expect(refusedSentence(undefined)).toContain("without a reason");
});
