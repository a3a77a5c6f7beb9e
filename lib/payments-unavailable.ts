/** Where payments do not work at all, which is ours to mend. */
export const PAYMENTS_UNAVAILABLE =
  "Payments and plan changes are not available just now, and nothing was charged or changed. We have been told. Please try again later.";
