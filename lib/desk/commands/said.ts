/** What a command of the desk came to: for people, and the same for programs. */
export type Said = {
  readonly lines: readonly string[];
  /** Amounts as digits, instants in UTC. */
  readonly json: unknown;
  /** False where what was asked for is not there. */
  readonly isThere: boolean;
};

/** Nothing of that name. */
export const notThere = (sentence: string): Said => ({ lines: [sentence], json: null, isThere: false });

/** A table with its columns under each other. */
export function inColumns(headings: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [headings, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** For programs: amounts as digits. */
export const asJson = (value: unknown): string =>
  JSON.stringify(value, (_, each) => (typeof each === "bigint" ? each.toString() : each), 2);

/** To the second, in UTC. */
export const instant = (at: Date): string => `${at.toISOString().slice(0, 19)}Z`;
