import { CHECKLIST } from "./checklist";
import { type Finding, TOPICS } from "./finding";

const MARKS = { good: "ok  ", bad: "BAD ", note: "note", unknown: "?   " } as const;

/** What `npm run stripe:doctor` prints: a line for each finding, what to do below it, and what only somebody can look at. */
export function describeFindings(findings: readonly Finding[]): string {
  const width = Math.max(...TOPICS.map((topic) => topic.length));
  const lines = findings.flatMap(({ topic, state, says, todo }) => [
    `${MARKS[state]}  ${topic.padEnd(width)}  ${says}`,
    ...(todo ? [`${" ".repeat(width + 8)}${todo}`] : []),
  ]);
  const bad = findings.filter(({ state }) => state === "bad").length;
  const unknown = findings.filter(({ state }) => state === "unknown").length;
  return [
    ...lines,
    "",
    "Not to be learned through the API; look in Stripe's dashboard, Settings:",
    ...CHECKLIST.map(({ where, what }) => `  [ ] ${where}: ${what}`),
    "",
    `${bad} to mend, ${unknown} not learned.`,
  ].join("\n");
}

/** The same for programs. */
export const toJson = (findings: readonly Finding[]): string =>
  JSON.stringify({ findings, checklist: CHECKLIST }, null, 2);

/** 1 where something has to be mended, or could not be learned. */
export const exitCodeOf = (findings: readonly Finding[]): 0 | 1 =>
  findings.some(({ state }) => state === "bad" || state === "unknown") ? 1 : 0;
