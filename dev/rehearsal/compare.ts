import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { Pairing } from "./pairing";
import type { Request, Step, Transcript } from "./transcript";

/** What two transcripts of one flow say differently. */
export type Difference = {
  readonly flow: string;
  /** Where: `POST /v1/payment_intents answer.status`, `event invoice.paid object.lines.data[0].amount`, `state balance.owed`. */
  readonly where: string;
  readonly kind: "status" | "missing" | "value" | "count";
  /** Of the first transcript and of the second, `nothing` where it is not there. */
  readonly first: string;
  readonly second: string;
  /** The step it was first seen in. */
  readonly step: string;
};

export type Comparison = {
  readonly differences: readonly Difference[];
  /** What Stripe does not promise, and may differ: order of events, and what was read how often. */
  readonly notes: readonly string[];
};

/** A difference that somebody looked at and found harmless. */
export type Allowed = {
  /** A flow's name, or `*`. */
  readonly flow: string;
  /** As in `Difference`; `*` stands for any text. */
  readonly where: string;
  readonly reason: string;
  /** Where it was seen. */
  readonly seen: string;
};

const ALLOWED = fileURLToPath(new URL("allowed-differences.json", import.meta.url));

export const readAllowed = async (): Promise<readonly Allowed[]> =>
  JSON.parse(await readFile(ALLOWED, "utf8")) as Allowed[];

/** Lays two transcripts of one flow side by side, step by step. */
export function compareTranscripts(first: Transcript, second: Transcript): Comparison {
  const pairing = new Pairing();
  const differences: Difference[] = [];
  const notes: string[] = [];
  const flow = first.flow;
  const bothPassed = first.outcome === "passed" && second.outcome === "passed";
  const add = (step: string) => (where: string, found: Found) => {
    // The same field of a dozen answers is one difference.
    if (!differences.some((each) => each.where === where && each.kind === found.kind))
      differences.push({ flow, step, where, ...found });
  };
  if (first.outcome !== second.outcome)
    add("")("outcome", { kind: "value", first: first.outcome, second: second.outcome });
  const names = (steps: readonly Step[]) => steps.map(({ name }) => name).join(", ");
  if (names(first.steps) !== names(second.steps))
    add("")("steps", { kind: "count", first: names(first.steps), second: names(second.steps) });
  for (const step of first.steps) {
    const other = second.steps.find(({ name }) => name === step.name);
    if (other) compareSteps(step, other, { pairing, notes, add: add(step.name), bothPassed });
  }
  compareAnswers(first, second, add(""));
  return { differences, notes };
}

type Found = Pick<Difference, "kind" | "first" | "second">;
type Add = (where: string, found: Found) => void;
type Tools = {
  readonly pairing: Pairing;
  readonly notes: string[];
  readonly add: Add;
  readonly bothPassed: boolean;
};

function compareSteps(first: Step, second: Step, { pairing, notes, add, bothPassed }: Tools): void {
  comparePairs(withoutRepeats(first.requests), withoutRepeats(second.requests), {
    nameOf: nameOfRequest,
    // A page may be looked at once more: what was read last is what counts, and how often does not.
    isCounted: ({ method }) => method !== "GET",
    notes: (text) => notes.push(`${first.name}: ${text}`),
    add,
    compare: (where, a, b) => compareRequests(where, a, b, pairing, add),
  });
  comparePairs(first.events, second.events, {
    nameOf: ({ type }) => `event ${type}`,
    isCounted: () => true,
    notes: () => {},
    add,
    compare(where, a, b) {
      compareValues(`${where} object`, a.object, b.object, pairing, add);
      compareValues(`${where} previous`, a.previous, b.previous, pairing, add);
    },
  });
  const [a, b] = [first.events, second.events].map((events) => events.map(({ type }) => type));
  if (a && b && a.join() !== b.join() && [...a].sort().join() === [...b].sort().join())
    notes.push(`${first.name}: events in another order: ${a.join(", ")} / ${b.join(", ")}`);
  if (first.state !== null && second.state !== null)
    compareValues("state", first.state, second.state, pairing, add);
  // A run that failed looked at none where it failed, which its outcome says.
  else if (bothPassed && first.state !== second.state)
    add("state", {
      kind: "missing",
      first: shown(first.state, first.state !== null),
      second: shown(second.state, second.state !== null),
    });
}

type Pairs<T> = {
  readonly nameOf: (each: T) => string;
  /** Whether how often it happened matters; otherwise the last of each are compared. */
  readonly isCounted: (each: T) => boolean;
  readonly notes: (text: string) => void;
  readonly add: Add;
  readonly compare: (where: string, first: T, second: T) => void;
};

/** Puts together what has one name, in order: no order among different names is expected. */
function comparePairs<T>(first: readonly T[], second: readonly T[], pairs: Pairs<T>): void {
  const names = new Set([...first, ...second].map(pairs.nameOf));
  for (const name of names) {
    const [ours, theirs] = [first, second].map((each) => each.filter((one) => pairs.nameOf(one) === name));
    const [a = [], b = []] = [ours, theirs];
    const [one] = [...a, ...b];
    if (one !== undefined && !pairs.isCounted(one)) {
      const [lastA, lastB] = [a.at(-1), b.at(-1)];
      if (lastA !== undefined && lastB !== undefined) pairs.compare(name, lastA, lastB);
      else pairs.notes(`${name} was read in the ${lastA === undefined ? "second" : "first"} only`);
      continue;
    }
    if (a.length !== b.length)
      pairs.add(name, { kind: "count", first: `${a.length} times`, second: `${b.length} times` });
    for (let at = 0; at < Math.min(a.length, b.length); at += 1) pairs.compare(name, a[at] as T, b[at] as T);
  }
}

/**
 * Without updates that say once more what was said: a page and an event that come at once may both say which card is the default,
 * or one of them alone. What makes something counts as often as it came.
 */
function withoutRepeats(requests: readonly Request[]): readonly Request[] {
  const said = new Set<string>();
  return requests.filter(({ by, method, path, asked, status }) => {
    if (method !== "POST" || !/\/[a-z_]+_\d+$/.test(path)) return true;
    const words = JSON.stringify([by, path, asked, status]);
    return !said.has(words) && said.add(words);
  });
}

/** Whatever it is about: `GET /v1/customers/*`. */
const nameOfRequest = ({ by, method, path }: Request): string =>
  `${by === "operator" ? "operator's " : ""}${method} ${path.replaceAll(/\/[a-z_]+_\d+(?=\/|$)/g, "/*")}`;

function compareRequests(where: string, first: Request, second: Request, pairing: Pairing, add: Add): void {
  compareValues(`${where} asked`, first.asked, second.asked, pairing, add);
  if (first.status !== second.status)
    add(`${where} status`, { kind: "status", first: `${first.status}`, second: `${second.status}` });
  if (first.replayed !== second.replayed)
    add(`${where} replayed`, { kind: "value", first: `${first.replayed}`, second: `${second.replayed}` });
  compareValues(`${where} answer`, first.answer, second.answer, pairing, add);
}

function compareValues(where: string, first: unknown, second: unknown, pairing: Pairing, add: Add): void {
  if (Array.isArray(first) && Array.isArray(second)) {
    if (first.length !== second.length)
      add(where, { kind: "count", first: `${first.length} of them`, second: `${second.length} of them` });
    const shorter = Math.min(first.length, second.length);
    for (let at = 0; at < shorter; at += 1)
      compareValues(`${where}[${at}]`, first[at], second[at], pairing, add);
    return;
  }
  if (isObject(first) && isObject(second)) {
    for (const name of new Set([...Object.keys(first), ...Object.keys(second)])) {
      const there = [first, second].map((each) => Object.hasOwn(each, name));
      const path = `${where}.${isAlias(name) ? "*" : name}`;
      if (there[0] && there[1]) compareValues(path, first[name], second[name], pairing, add);
      else
        add(path, {
          kind: "missing",
          first: shown(first[name], there[0]),
          second: shown(second[name], there[1]),
        });
    }
    return;
  }
  if (!pairing.areSame(first, second))
    add(where, { kind: "value", first: shown(first), second: shown(second) });
}

function compareAnswers(first: Transcript, second: Transcript, add: Add): void {
  const answersOf = ({ answers }: Transcript) =>
    new Map(answers.map(({ question, answer }) => [question, answer]));
  const [a, b] = [answersOf(first), answersOf(second)];
  for (const question of new Set([...a.keys(), ...b.keys()])) {
    const [one = "nothing", other = "nothing"] = [a.get(question), b.get(question)];
    if (one !== other) add(`answer to ${question}`, { kind: "value", first: one, second: other });
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isAlias = (name: string): boolean => /^[a-z_]+_\d+$/.test(name);

const MAX_SHOWN = 120;
const shown = (value: unknown, isThere = true): string =>
  isThere ? (JSON.stringify(value) ?? "nothing").slice(0, MAX_SHOWN) : "nothing";

export type Judged = {
  readonly unlisted: readonly Difference[];
  readonly allowed: readonly Difference[];
  /** Allowed differences that none of the compared flows showed. */
  readonly unseen: readonly Allowed[];
};

/** Which differences somebody has looked at. */
export function judge(
  differences: readonly Difference[],
  allowed: readonly Allowed[],
  flows: readonly string[],
): Judged {
  const matches = ({ flow, where }: Difference, rule: Allowed) =>
    (rule.flow === "*" || rule.flow === flow) && isLike(where, rule.where);
  return {
    unlisted: differences.filter((each) => !allowed.some((rule) => matches(each, rule))),
    allowed: differences.filter((each) => allowed.some((rule) => matches(each, rule))),
    unseen: allowed.filter(
      (rule) =>
        (rule.flow === "*" || flows.includes(rule.flow)) && !differences.some((each) => matches(each, rule)),
    ),
  };
}

function isLike(text: string, pattern: string): boolean {
  // Everything else is taken as it stands: brackets and dots are part of where something is.
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.\\+?^${}()|[\]]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(text);
}
