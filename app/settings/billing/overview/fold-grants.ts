import type { GrantView } from "@/lib/ledger/queries";
import { sumCredits } from "@/lib/money/credits";

/** A line of the list: one grant, or the add-on credits of several orders that expire together. */
export type GrantLine = Pick<
  GrantView,
  "credits" | "remaining" | "held" | "startsAt" | "expiresAt" | "frozen"
> & {
  /** In spending order, one at least. */
  readonly grants: readonly [GrantView, ...GrantView[]];
};

export const MAX_LINES = 8;

/**
 * What somebody has, in the order in which it is spent: at most eight lines, and how many more there are. What has nothing left
 * and holds nothing is not there, as what was taken back is not.
 */
export function foldGrants(grants: readonly GrantView[]): {
  readonly lines: readonly GrantLine[];
  readonly more: number;
} {
  const groups = new Map<string, [GrantView, ...GrantView[]]>();
  for (const grant of grants.filter((each) => each.remaining > 0n || each.held > 0n)) {
    const key = grant.kind === "purchase" && !grant.frozen ? String(grant.expiresAt.getTime()) : grant.id;
    const group = groups.get(key);
    if (group) group.push(grant);
    else groups.set(key, [grant]);
  }
  const lines = [...groups.values()].map(toLine);
  return { lines: lines.slice(0, MAX_LINES), more: Math.max(lines.length - MAX_LINES, 0) };
}

function toLine(grants: [GrantView, ...GrantView[]]): GrantLine {
  const [first] = grants;
  const sum = (part: "credits" | "remaining" | "held") => sumCredits(grants.map((each) => each[part]));
  const { startsAt, expiresAt, frozen } = first;
  return {
    grants,
    credits: sum("credits"),
    remaining: sum("remaining"),
    held: sum("held"),
    startsAt,
    expiresAt,
    frozen,
  };
}
