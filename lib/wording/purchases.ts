import type { Credits } from "../money/credits";
import { formatCredits } from "../money/format";
import { unreachable } from "../result";

/** How many of bought credits paid a debt: more than none, or all of them. */
export const paidBackSentence = (paidBack: Credits | "all", locale: string): string =>
  `${paidBack === "all" ? "All" : formatCredits(paidBack, locale)} of them paid back what you owed.`;

/** What refunds or a lost dispute took of an order's or a plan's credits, more than none, and how many of these had been used. */
export const takenBackSentence = (
  taken: Credits,
  used: Credits,
  locale: string,
  whose: "order" | "plan" = "order",
): string => {
  const all = `${formatCredits(taken, locale)} credits of the ${whose} were taken back for it.`;
  if (used === 0n) return all;
  const which = used === taken ? "All" : formatCredits(used, locale);
  return `${all} ${which} of them had been used: that counts as owed, and the next credits you get pay it first.`;
};

/** What became of a refund that did not reach the payer. Other refunds of the same payment may have. */
export const refundFailedSentence = ({
  canceled = false,
}: {
  readonly canceled?: boolean | undefined;
}): string =>
  `${canceled ? "It was canceled before it reached you" : "Your bank sent this money back to us"}, so you do not have it. Credits that were taken back for it are yours again. We will be in touch about another way to pay you back; you can also reply to this mail.`;

/** What a dispute means for buying, in a mail; nothing where the seller lets who disputes buy on. */
export const BUYING_PAUSED = "Nothing can be bought for your account meanwhile.";

/** What was paid for and could not be used while a bank decided: all of it that is not gone can be, or something else freezes it. */
export type LeftAfterDispute = "usable" | "frozen" | "none";

/** What is left once the bank has decided that a payment stands. */
export function disputeWonSentence(left: LeftAfterDispute, whose: "order" | "plan"): string {
  switch (left) {
    case "usable":
      return `What was left of the ${whose}'s credits can be used again. Where their cycle ended meanwhile, they were added to the running one.`;
    case "frozen":
      return `What is left of the ${whose}'s credits stays frozen for another reason, which your Overview says.`;
    case "none":
      return `Nothing was left of the ${whose}'s credits.`;
    default:
      return unreachable(left);
  }
}

/** How many of the credits that are to come go into what is owed, which is more than none. */
export const paysBackSentence = (coming: Credits, owed: Credits, locale: string): string =>
  `${owed >= coming ? "All" : formatCredits(owed, locale)} of them pay back what you owe.`;
