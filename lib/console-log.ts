import { stripVTControlCharacters } from "node:util";
import { type Logger, wasLogged } from "./log";

type Line = { readonly level: "error" | "warn" | "info" | "debug"; readonly source: string };

const METHODS = {
  error: { level: "error", source: "console.error" },
  trace: { level: "debug", source: "console.trace" },
  warn: { level: "warn", source: "console.warn" },
  log: { level: "info", source: "console.log" },
  info: { level: "info", source: "console.info" },
  debug: { level: "debug", source: "console.debug" },
} as const satisfies Partial<Record<keyof Console, Line>>;

/** The framework's marks before what it says. */
const MARKS = /^[\s⨯⚠✓▲○»]+/;

/**
 * From now on what libraries print becomes log lines of ours: the framework prints an error whole, with the
 * query and its parameters. An error that was logged already is not told again. Gives back
 * what puts the console as it was.
 */
export function captureConsole(log: Logger): () => void {
  const before: [keyof typeof METHODS, (...given: unknown[]) => void][] = [];
  for (const [name, line] of Object.entries(METHODS) as [keyof typeof METHODS, Line][]) {
    before.push([name, console[name]]);
    console[name] = (...given: unknown[]) => tell(log, line, given);
  }
  return () => {
    for (const [name, method] of before) console[name] = method;
  };
}

function tell(log: Logger, { level, source }: Line, given: unknown[]): void {
  const errors = given.filter((each) => each instanceof Error);
  if (errors.length > 0 && errors.every(wasLogged)) return;
  const text = stripVTControlCharacters(given.filter(isPlain).join(" ")).replace(MARKS, "").trim();
  const things = given.filter((each) => !isPlain(each) && !(each instanceof Error));
  if (text === "" && errors.length === 0 && things.length === 0) return;
  const record = {
    source,
    ...(errors.length > 0 ? { err: errors.length === 1 ? errors[0] : new AggregateError(errors) } : {}),
    ...(things.length > 0 ? { things } : {}),
  };
  log[level](record, text || "an error");
}

const isPlain = (value: unknown): boolean =>
  value === null || ["string", "number", "bigint", "boolean", "undefined"].includes(typeof value);
