import { describe, expect, it } from "vitest";
import { declineSentence } from "./declines";

const said = (declineCode: string | null) => declineSentence({ status: "declined", declineCode });

describe("a payment that did not go through", () => {
  it("is no bank's doing where Stripe refused the request before any bank was asked", () => {
    for (const code of [
      "resource_missing",
      "parameter_invalid_integer",
      "customer_tax_location_invalid",
      "payment_intent_unexpected_state",
      "invalid_request_error",
    ])
      expect(said(code), code).toBe("The payment could not be made. Try again, or use another card.");
  });

  it("is the bank's where its code is one, known or not", () => {
    for (const code of ["do_not_honor", "fraudulent", "stolen_card", "a_code_of_tomorrow", null])
      expect(said(code), String(code)).toMatch(/^Your bank declined the payment and did not say why\./);
    expect(said("payment_intent_authentication_failure")).toMatch(/^Your bank wants you to confirm/);
    expect(said("invalid_cvc")).toContain("security code");
  });
});
