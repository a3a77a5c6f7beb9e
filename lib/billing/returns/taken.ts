import { type Credits, credits, minCredits, NO_CREDITS, subtractCredits } from "../../money/credits";
import { type Reversal, revokedSoFar, takenBy, takenLast } from "./moves";
import type { News } from "./news";

/** Credits that were taken back, and how many of these had been used. */
export type TakenCredits = { readonly taken: Credits; readonly used: Credits };
export const NOTHING_TAKEN: TakenCredits = { taken: NO_CREDITS, used: NO_CREDITS };

/**
 * What was taken back beyond what had been before; nothing where some was given back. Of what was used no more than was taken: where
 * other credits were given back at the same time, used ones may stand for them.
 */
export function takenSince(before: readonly Reversal[], after: readonly Reversal[]): TakenCredits {
  const [was, is] = [takenBy(before), takenBy(after)];
  const more = (a: Credits, b: Credits) => (a > b ? subtractCredits(a, b) : NO_CREDITS);
  const taken = more(is.taken, was.taken);
  return { taken, used: minCredits(more(is.used, was.used), taken) };
}

/** What takes credits for good: the others are told without any. */
const takes = ({ kind }: News): boolean => kind === "refunded" || kind === "dispute_lost";

/** What was taken for each of several things that were heard at once, by their amounts; the last has the rest. */
export function sharedByAmount(news: readonly News[], { taken, used }: TakenCredits): TakenCredits[] {
  const cents = news.reduce((sum, each) => (takes(each) ? sum + each.about.amountCents : sum), 0n);
  const last = news.findLastIndex(takes);
  let open = { taken: taken as bigint, used: used as bigint };
  return news.map((each, index) => {
    if (!takes(each) || cents === 0n) return NOTHING_TAKEN;
    const share = (all: bigint) => (all * each.about.amountCents) / cents;
    const own = index === last ? open : { taken: share(taken), used: share(used) };
    open = { taken: open.taken - own.taken, used: open.used - own.used };
    return { taken: credits(own.taken), used: credits(own.used) };
  });
}

/**
 * What was taken for news of an order, whose credits are taken before a refund is asked for: what is taken in all, less what
 * had been without them. `dueWithout`: how many are to be taken in all where these had not happened. What somebody took for another
 * reason counted as taken for one of them (`lessTaken`): so much less may have been taken before.
 */
export function takenForNews(
  news: readonly News[],
  reversals: readonly Reversal[],
  dueWithout: (ids: ReadonlySet<string>) => Credits,
): TakenCredits[] {
  const ids = new Set(news.filter(takes).map(({ about }) => about.id));
  const [all, due, most] = [revokedSoFar(reversals), dueWithout(new Set()), dueWithout(ids)];
  const counted = due > all ? due - all : 0n;
  const least = most > counted ? most - counted : 0n;
  const steps = reversals.map((_, index) => revokedSoFar(reversals.slice(0, index)));
  const before = steps.find((each) => each >= least && each <= most) ?? credits(least);
  const taken = all > before ? subtractCredits(all, before) : NO_CREDITS;
  return sharedByAmount(news, { taken, used: takenLast(reversals, taken) });
}
