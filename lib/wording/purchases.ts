import { type Credits, subtractCredits } from "../money/credits";
import { formatCredits } from "../money/format";

/** What became of bought credits of which some paid a debt: `paidBack` is more than none, and at most all of them. */
export function paidBackSentence(bought: Credits, paidBack: Credits, locale: string): string {
  const left = subtractCredits(bought, paidBack);
  if (left === 0n) return "All of them paid back what you owed.";
  return `${formatCredits(paidBack, locale)} of them paid back what you owed, which leaves ${formatCredits(left, locale)} to use.`;
}
