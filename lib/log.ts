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
