import pino from "pino";

export type Logger = Pick<pino.Logger, "debug" | "info" | "warn" | "error">;

/** Structured logs; what could open a door or name a card holder is removed before anything is written. */
export const createLogger = (level: string): Logger =>
  pino({
    level,
    redact: {
      paths: [
        "password",
        "*.password",
        "clientSecret",
        "*.clientSecret",
        "*.client_secret",
        "authorization",
        "cookie",
        "*.email",
        "email",
      ],
      censor: "[removed]",
    },
  });

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
