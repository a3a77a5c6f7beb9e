/** Numbers of Stripe's test cards, as a buyer types them: https://docs.stripe.com/testing. */
export const CARDS = {
  visa: "4242424242424242",
  mastercard: "5555555555554444",
  /** Is not even saved. */
  declined: "4000000000000002",
  /** Is saved, and every charge is declined. */
  declinesLater: "4000000000000341",
  /** The bank asks for every payment. */
  asksBank: "4000002760003184",
  /** The bank asks once, when the card is saved, and not again. */
  asksBankOnce: "4000002500003155",
  /** Pays, and is disputed at once as fraudulent. */
  disputed: "4000000000000259",
  /** Pays, and is disputed at once because nothing was received. */
  disputedNotReceived: "4000000000002685",
  /** Pays, and its bank asks about the payment: an inquiry, which moves no money. */
  inquiry: "4000000000001976",
  /** Pays; a refund succeeds, and fails later. */
  refundFails: "4000000000005126",
  /** Pays; a refund is pending, and succeeds later. */
  refundPending: "4000000000007726",
} as const;
