// What buttons say while several calls to Stripe are on their way: what was asked for, never how far it has come.

/** Stripe is asked to charge a card, after it was asked whether everything is as it was shown. */
export const PAYING = "Paying with Stripe …";
/** The same when it takes long: what takes so long is the bank, or the way there. */
export const PAYING_LONG = "Confirming with your bank … keep this page open";
/** Stripe is asked for a page of its own, where the browser goes. */
export const LEAVING = "Going to Stripe …";
/** Stripe is asked to change something of the plan or the cards. */
export const ARRANGING = "Making the change at Stripe …";
/** Stripe is asked how something stands. */
export const ASKING = "Asking Stripe …";
/** Stripe is asked to pay an order back. */
export const REFUNDING = "Asking Stripe for the refund …";
