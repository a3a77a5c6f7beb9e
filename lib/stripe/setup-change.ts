/** One thing to do in a Stripe account. Done twice, or by two runs at once, it is done once. */
export type Change = {
  readonly says: string;
  apply(): Promise<unknown>;
};
