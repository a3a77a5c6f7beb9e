import type { Cents } from "@/lib/money/credits";
import { formatCents, formatCredits } from "@/lib/money/format";
import {
  type AmountNotation,
  type AmountProblem as Problem,
  parseAmount,
  writeAmount,
} from "@/lib/money/parse-amount";
import { creditsForCents } from "@/lib/money/rate";
import { didYouMean } from "./did-you-mean";

/** An amount, exact and as it is written. */
type Figure = { readonly exact: string; readonly text: string };

/** What a choice comes to; `id` is the chosen card's, null for a typed amount. */
export type Figures = {
  readonly id: string | null;
  readonly credits: Figure;
  /** Of what is owed, so much is paid out of it first. */
  readonly paysBack: Figure;
  readonly after: Figure;
  readonly total: Figure;
};

/** What an amount is read and reckoned by. */
export type Rates = {
  readonly creditsPerCent: string;
  /** In cents. */
  readonly limits: { readonly min: string; readonly max: string };
  /** Credits left before the purchase. */
  readonly remaining: string;
  /** Credits owed before the purchase. */
  readonly owed: string;
  readonly locale: string;
  readonly notation: AmountNotation;
  /** What is said of an amount on leaving its field. */
  readonly sentences: Readonly<Record<Exclude<Problem, "another_notation" | "missing">, string>>;
};

/** What is wrong with the amount; `reading`: what it most likely means, in cents. */
export type Wrong = { readonly sentence?: string | undefined; readonly reading?: string | undefined };

const parse = (typed: string, { limits, notation }: Rates) =>
  parseAmount(
    typed,
    { minCents: BigInt(limits.min) as Cents, maxCents: BigInt(limits.max) as Cents },
    notation,
  );

/** What to say of a typed amount; nothing of one that can be bought, or of none. */
export function check(typed: string, rates: Rates): Wrong {
  const parsed = parse(typed, rates);
  if (parsed.ok || parsed.problem === "missing") return {};
  if (parsed.problem !== "another_notation") return { sentence: rates.sentences[parsed.problem] };
  const { reading } = parsed;
  return { sentence: didYouMean(formatCents(reading, rates.locale)), reading: reading.toString() };
}

/** What a typed amount comes to; null while it is none that can be bought. The server computes it again. */
export function figuresOf(typed: string, rates: Rates): Figures | null {
  const parsed = parse(typed, rates);
  if (!parsed.ok) return null;
  const { locale } = rates;
  const bought = creditsForCents(parsed.cents, BigInt(rates.creditsPerCent));
  const owed = BigInt(rates.owed);
  const paysBack = owed < bought ? owed : bought;
  const figure = (value: bigint, text = formatCredits(value as typeof bought, locale)) => ({
    exact: value.toString(),
    text,
  });
  return {
    id: null,
    credits: figure(bought),
    paysBack: figure(paysBack),
    after: figure(BigInt(rates.remaining) + bought - paysBack),
    total: figure(parsed.cents, formatCents(parsed.cents, locale)),
  };
}

/** A reading as this person writes it. */
export const written = (reading: string, { notation }: Rates): string =>
  writeAmount(BigInt(reading), notation);
