/** Where payments do not work at all, which is ours to mend. */
export const PAYMENTS_UNAVAILABLE =
  "Payments and plan changes are unavailable right now, and nothing was charged or changed. We know about it; please try again later.";
