import pino from "pino";
import { createLogger, type Logger } from "./log";
import type { Progress, Screen } from "./progress";

/**
 * The log of a command that reports to whoever started it: on standard error, beside the report. On a terminal only warnings and
 * worse, without the line of progress in them, because there the report is read, and a line of each payment would be between its own.
 *
 * @param level As in the environment (`LOG_LEVEL`); one that says less counts on a terminal, too.
 */
export function createCommandLog(
  level: string,
  progress: Pick<Progress, "aside">,
  screen: Screen = process.stderr,
): Logger {
  if (screen.isTTY !== true) return createLogger(level, { write: (line: string) => void screen.write(line) });
  const saysMore = (pino.levels.values[level] ?? Number.POSITIVE_INFINITY) < WARN;
  return createLogger(saysMore ? "warn" : level, {
    write: (line: string) => progress.aside(() => screen.write(line)),
  });
}

const WARN = 40;
