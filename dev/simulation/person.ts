export type Habits = {
  /** How likely they do something in a step; some do nothing for ever. */
  readonly activity: number;
  /** How much they are drawn to what costs money. */
  readonly wealth: number;
  /** How often a card of theirs is a bad one. */
  readonly clumsiness: number;
  readonly likesYears: boolean;
  /** How likely an operator does something to them in a step; many are left alone. */
  readonly operated: number;
};

/** An account and the person behind it, with a memory of their own of what they did and were promised. */
export type Person = {
  readonly number: number;
  readonly accountId: string;
  readonly userId: string;
  readonly joinedAt: Date;
  readonly habits: Habits;
  readonly diary: string[];
  readonly holds: { readonly id: string; readonly credits: bigint }[];
  /** When they used the product and it told them that they are on Free. */
  readonly seenFreeAt: Date[];
  /** When they came or spent, and so opened the cycle that was running then. */
  readonly openedAt: Date[];
  /** Credits used, by the answers they got, and of those what nothing was left for. */
  used: bigint;
  owed: bigint;
  /** Until when bought credits were to live, by order, as it was said when they were bought. */
  readonly promises: Map<string, Date>;
};
