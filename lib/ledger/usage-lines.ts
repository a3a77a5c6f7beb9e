import { type Credits, NO_CREDITS, sumCredits } from "../money/credits";
import { invariant } from "../result";
import type { GrantKind, SpendCategory } from "./state";

/** One movement of credits that were used: a spend or capture has one for each grant it took from. */
export type UsageLine = {
  readonly seq: bigint;
  /** The place among its command's lines, from 0. */
  readonly line: number;
  readonly at: Date;
  readonly category: SpendCategory;
  readonly resource: string | null;
  readonly reference: string | null;
  readonly credits: Credits;
  /** Null where no grant had the credits: they are owed. */
  readonly grant: { readonly id: string; readonly kind: GrantKind; readonly startsAt: Date } | null;
  readonly holdId: string | null;
};

/** A spend or a capture, with what it took from which grant. `seq` is its first line's. */
export type UsageSpend = Pick<
  UsageLine,
  "seq" | "at" | "category" | "resource" | "reference" | "holdId" | "credits"
> & {
  /** Each grant once. */
  readonly from: readonly Taken[];
};
type Taken = Pick<UsageLine, "grant" | "credits">;

/** Entries between these numbers, both included, may hold what is looked for; no others do. */
export type Span = { readonly first: bigint; readonly last: bigint };

/**
 * The next entries to look at on the way back from `before` (not included; null for the newest): at most `most`, and
 * none in gaps between the spans. Null when there are no more.
 */
export function windowBefore(spans: readonly Span[], before: bigint | null, most: bigint): Span | null {
  let found: Span | null = null;
  for (const { first, last } of spans) {
    if (before !== null && first >= before) continue;
    const until = before !== null && last >= before ? before - 1n : last;
    if (found === null || until > found.last) found = { first, last: until };
  }
  if (found === null) return null;
  const { first, last } = found;
  return last - first < most ? found : { first: last - most + 1n, last };
}

/**
 * Puts lines, newest first, together into spends, newest first. The oldest lines may belong to a spend whose first
 * line was not read yet: these are `open`.
 */
export function groupSpends(lines: readonly UsageLine[]): {
  readonly spends: readonly UsageSpend[];
  readonly open: readonly UsageLine[];
} {
  const spends: UsageSpend[] = [];
  let open: UsageLine[] = [];
  for (const line of lines) {
    open.push(line);
    if (line.line > 0) continue;
    spends.push(toSpend(open.reverse()));
    open = [];
  }
  return { spends, open };
}

function toSpend(lines: readonly UsageLine[]): UsageSpend {
  const [first] = lines;
  invariant(first, "a spend has a line");
  const { seq, at, category, resource, reference, holdId } = first;
  const total = sumCredits(lines.map((each) => each.credits));
  return { seq, at, category, resource, reference, holdId, credits: total, from: takenFrom(lines) };
}

/** A capture may take from a grant twice: what was held of it, and more. */
function takenFrom(lines: readonly UsageLine[]): readonly Taken[] {
  const taken = new Map<string | null, Taken>();
  for (const { grant, credits: amount } of lines) {
    const before = taken.get(grant?.id ?? null)?.credits ?? NO_CREDITS;
    taken.set(grant?.id ?? null, { grant, credits: sumCredits([before, amount]) });
  }
  return [...taken.values()];
}
