import pino from "pino";
import { cleanRecord, cleanText } from "./log-clean";
import { createOutageLines } from "./log-outage";
import { doingFields, whileDoing } from "./requests/context";

export type Logger = Pick<pino.Logger, "debug" | "info" | "warn" | "error">;

// The framework may load this module more than once; an error is told once in a process.
const kept = globalThis as typeof globalThis & { refillLoggedErrors?: WeakSet<Error> };

/** Errors this process has written a line about. */
const loggedErrors = (): WeakSet<Error> => {
  kept.refillLoggedErrors ??= new WeakSet();
  return kept.refillLoggedErrors;
};

/** Whether a log line about this error was written already. */
export const wasLogged = (error: Error): boolean => loggedErrors().has(error);

/**
 * Structured logs, one JSON line an event. Whatever is logged goes through `cleanRecord` first: what could open a door,
 * name a person or card, or was a parameter of a query is removed. Errors are given as `err`.
 */
export function createLogger(level: string, to?: pino.DestinationStream): Logger {
  const outage = createOutageLines((at, record, words) =>
    // Of many requests, and so of none.
    whileDoing({}, () => logger[at](record, words)),
  );
  const mark = (error: Error) => loggedErrors().add(error);
  const logger = pino(
    {
      level,
      mixin: doingFields,
      serializers: { err: (told: unknown) => told }, // The library's own would add what an error carries.
      formatters: { log: (record) => cleanRecord(record, mark) },
      hooks: {
        logMethod(given, method, number) {
          const [what, message, ...rest] = given as [unknown, unknown?, ...unknown[]];
          const record = what instanceof Error ? { err: what } : what;
          // Without a message of its own, a line would get the error's, uncleaned.
          const words = typeof record === "object" ? (message ?? "an error") : message;
          if (number >= WARN && isFacts(record) && !("repeated" in record)) {
            const line = { level: number > WARN ? "error" : "warn", words: String(words), record } as const;
            if (!outage.isNew(line)) return void cleanRecord(record, mark);
          }
          const clean = (each: unknown) => (typeof each === "string" ? cleanText(each) : each);
          method.apply(this, [clean(record), clean(words), ...rest.map(clean)] as Parameters<typeof method>);
        },
      },
    },
    // Written before the call returns: whatever ends the process next, the line is there.
    to ?? pino.destination({ dest: 1, sync: true }),
  );
  if (!to) process.once("exit", outage.flush);
  return logger;
}

const WARN = 40;
const isFacts = (record: unknown): record is Record<string, unknown> =>
  typeof record === "object" && record !== null;

/** Logs an error of each kind the first time, and again when ten times as many have come, with how many that is. */
export function logSeldom(log: Pick<Logger, "warn">, sentence: string): (error: unknown) => void {
  const times = new Map<string, number>();
  return (error) => {
    const { code, name } = error as { code?: unknown; name?: unknown };
    const kind = String(code ?? name);
    const count = (times.get(kind) ?? 0) + 1;
    times.set(kind, count);
    if (/^10*$/.test(String(count))) log.warn({ err: error, times: count }, sentence);
  };
}
