import { credits as toCredits } from "@/lib/money/credits";
import { formatCredits } from "@/lib/money/format";
import { formatInstant, type InstantVariant } from "@/lib/wording/instants";
import type { PlainCell } from "./table";

type Where = { readonly locale: string; readonly timeZone: string };

/** So many credits in a cell of a table, as `Credits` shows them elsewhere. */
export const creditsCell = (value: bigint, { locale }: Pick<Where, "locale">): PlainCell => ({
  text: (value < 0n ? "−" : "") + formatCredits(toCredits(value < 0n ? -value : value), locale),
  credits: value.toString(),
});

/** An instant in a cell of a table, as `Instant` shows it elsewhere. */
export const instantCell = (value: Date, variant: InstantVariant, where: Where): PlainCell => ({
  text: formatInstant(value, where, variant),
  at: value.toISOString(),
  ...(variant !== "full" && { title: formatInstant(value, where) }),
});

/** There is nothing to say. */
export const NOTHING: PlainCell = { text: "–", isMuted: true };

/** What a caller of ours wrote. */
export const quotedCell = (text: string): PlainCell => ({ text, isQuoted: true });
