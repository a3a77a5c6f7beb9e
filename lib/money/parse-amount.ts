import { type Cents, cents } from "./credits";

export type AmountLimits = { readonly minCents: Cents; readonly maxCents: Cents };

/** How a locale writes numbers. */
export type AmountNotation = {
  readonly decimal: "." | ",";
  /** The characters that may stand between groups of three digits. */
  readonly groups: string;
};

export type AmountProblem =
  | "missing"
  | "not_an_amount"
  | "another_notation"
  | "too_many_decimals"
  | "too_small"
  | "too_large";

export type ParsedAmount =
  | { readonly ok: true; readonly cents: Cents }
  /** Not as this person's locale writes it; `reading` is what it most likely means, to be accepted or not. */
  | { readonly ok: false; readonly problem: "another_notation"; readonly reading: Cents }
  | { readonly ok: false; readonly problem: Exclude<AmountProblem, "another_notation"> };

/** What is written in a program, and what English writes. */
export const POINT: AmountNotation = { decimal: ".", groups: "," };

const GROUPS = ".,' ";

/**
 * Reads a dollar amount as a person types it: ASCII digits in the notation of their locale, in groups of three or in none, with
 * up to two decimals, and with or without `$` or `USD`. What that locale does not write but another does (`1.000,50` where
 * the decimal sign is a point, digits as wide as a Chinese character) is never guessed at: it is `another_notation`, with
 * its reading. Anything that is not a string is `not_an_amount`.
 */
export function parseAmount(
  typed: unknown,
  limits: AmountLimits,
  { decimal, groups }: AmountNotation = POINT,
): ParsedAmount {
  if (typed === undefined || typed === null) return { ok: false, problem: "missing" };
  if (typeof typed !== "string" || typed.length > 64) return { ok: false, problem: "not_an_amount" };
  const text = typed.trim();
  if (text === "") return { ok: false, problem: "missing" };
  // Spaces that do not break and a typographer's apostrophe are what locales write; nobody types them.
  const plain = text
    .replace(/[\u00a0\u2009\u202f]/g, " ")
    .replace(/\u2019/g, "'")
    .replace(/^(?:(?:US)?\$|USD) ?|(?: ?USD| \$)$/i, "");
  const own = within(read(plain, decimal, groups), limits);
  if (own.ok) return own;
  const narrow = plain.replace(/[\uff0c\uff0e\uff10-\uff19]/g, (wide) =>
    String.fromCharCode(wide.charCodeAt(0) - 0xfee0),
  );
  const readings = [decimal, decimal === "." ? "," : "."].map((sign) =>
    within(read(narrow, sign, GROUPS.replace(sign, "")), limits),
  );
  const reading = readings.find((each) => each.ok);
  if (reading?.ok && (own.problem === "not_an_amount" || own.problem === "too_many_decimals"))
    return { ok: false, problem: "another_notation", reading: reading.cents };
  return [own, ...readings].find((each) => !each.ok && each.problem !== "not_an_amount") ?? own;
}

const GROUPED = /^([1-9]\d{0,2}([.,' ])\d{3}(?:\2\d{3})*)(?:([.,])(\d*))?$/;
const UNGROUPED = /^(\d+)()(?:([.,])(\d*))?$/;

/** Cents; null: it is no such number; `undefined`: it has more than two decimals. */
function read(text: string, decimal: string, groups: string): bigint | null | undefined {
  const [, whole, , , decimals = ""] =
    [GROUPED.exec(text), UNGROUPED.exec(text)].find(
      (match) => match && groups.includes(match[2] ?? "") && (match[3] ?? decimal) === decimal,
    ) ?? [];
  if (whole === undefined) return null;
  if (decimals.length > 2) return undefined;
  return BigInt(whole.replace(/\D/g, "") + decimals.padEnd(2, "0"));
}

type Plainly = Exclude<ParsedAmount, { problem: "another_notation" }>;

function within(value: bigint | null | undefined, limits: AmountLimits): Plainly {
  if (value === null) return { ok: false, problem: "not_an_amount" };
  if (value === undefined) return { ok: false, problem: "too_many_decimals" };
  if (value < limits.minCents) return { ok: false, problem: "too_small" };
  if (value > limits.maxCents) return { ok: false, problem: "too_large" };
  return { ok: true, cents: cents(value) };
}

/** `100050` → `1000.50`, with the locale's decimal sign: what `parseAmount` reads back in that notation. */
export const writeAmount = (amount: bigint, { decimal }: AmountNotation): string =>
  `${amount / 100n}${decimal}${String(amount % 100n).padStart(2, "0")}`;
