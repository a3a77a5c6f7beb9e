import type { Allowed, Difference } from "./compare";
import { FLOW_GROUPS, type Flow } from "./flow";
import type { Outcome } from "./run";
import type { Target } from "./transcript";

/** Every flow with its purpose, by group. */
export function describeFlows(flows: readonly Flow[]): string {
  const groups = FLOW_GROUPS.flatMap((group) => {
    const own = flows.filter((flow) => flow.group === group);
    const lines = own.map(({ name, purpose, onClock, answers = [] }) => {
      const more = [...(onClock ? ["on a test clock"] : []), ...answers].join(", ");
      return `  ${name}${more && ` (${more})`}\n      ${purpose}`;
    });
    return own.length > 0 ? [group, ...lines] : [];
  });
  return [...groups, `${flows.length} flows`].join("\n");
}

/** A table of open questions and what flows saw; then the questions that no flow asks. */
export function describeAnswers(
  outcomes: readonly Outcome[],
  questions: ReadonlyMap<string, string>,
  target: Target,
  flows: readonly Flow[],
): string {
  const rows = outcomes.flatMap(({ flow, answers }) =>
    answers.map(({ question, answer }) => `  ${question.padEnd(4)} ${answer}  (${flow.name})`),
  );
  const asked = new Set(flows.flatMap(({ answers = [] }) => answers));
  const open = [...questions.keys()].filter((id) => !asked.has(id));
  const byNumber = (a: string, b: string) => a.localeCompare(b, "en", { numeric: true });
  const whose =
    target === "stripe" ? "What Stripe answered" : "What the simulator answers, which Stripe may not";
  return [
    `${whose} (dev/stripe/README.md, "Questions only the real Stripe can answer"):`,
    ...(rows.length > 0 ? rows.sort(byNumber) : ["  nothing was asked"]),
    `Asked by no flow: ${open.join(", ") || "none"}`,
  ].join("\n");
}

export type Compared = {
  readonly unlisted: readonly Difference[];
  readonly allowed: readonly Difference[];
  readonly unseen: readonly Allowed[];
  readonly notes: readonly string[];
  readonly flows: readonly string[];
  /** Flows that only one of the two has. */
  readonly alone: readonly string[];
  readonly targets: ReadonlySet<Target>;
};

/** What differs and nobody looked at first; then what is allowed and was not there, and what may differ. */
export function describeComparison({
  unlisted,
  allowed,
  unseen,
  notes,
  flows,
  alone,
  targets,
}: Compared): string {
  const lines = unlisted.map(
    ({ flow, step, where, kind, first, second }) =>
      `  ${flow}, ${step || "as a whole"}: ${where} (${kind})\n      ${first}\n      ${second}`,
  );
  // Between two runs against the same nothing that is allowed is to be expected.
  const gone = targets.size > 1 ? unseen.map(({ flow, where }) => `  ${flow}: ${where}`) : [];
  return [
    `${flows.length} flows compared: ${unlisted.length} differences nobody has looked at, ${allowed.length} allowed.`,
    ...lines,
    ...titled(
      "Only in one of the two:",
      alone.map((each) => `  ${each}`),
    ),
    ...titled("Allowed, and no longer there (dev/rehearsal/allowed-differences.json):", gone),
    ...titled(
      "May differ:",
      notes.map((each) => `  ${each}`),
    ),
  ].join("\n");
}

const titled = (title: string, lines: readonly string[]): string[] =>
  lines.length > 0 ? [title, ...lines] : [];
