import type { Credits } from "../money/credits";
import { formatCredits } from "../money/format";

/** How many of bought credits paid a debt: more than none, or all of them. */
export const paidBackSentence = (paidBack: Credits | "all", locale: string): string =>
  `${paidBack === "all" ? "All" : formatCredits(paidBack, locale)} of them paid back what you owed.`;
