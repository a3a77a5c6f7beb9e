/** Where a second factor is set up, renewed and turned off. */
export const SECOND_FACTOR_PATH = "/settings/profile/second-factor";
