import type { Credits } from "../money/credits";
import { formatCredits } from "../money/format";

/** How many of bought credits paid a debt: more than none, or all of them. */
export const paidBackSentence = (paidBack: Credits | "all", locale: string): string =>
  `${paidBack === "all" ? "All" : formatCredits(paidBack, locale)} of them paid back what you owed.`;

/** How many of the credits that are to come go into what is owed, which is more than none. */
export const paysBackSentence = (coming: Credits, owed: Credits, locale: string): string =>
  `${owed >= coming ? "All" : formatCredits(owed, locale)} of them pay back what you owe.`;
