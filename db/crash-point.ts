/** Where a process may be made to crash: everything of a transaction is written, and then it is committed. */
export type CrashPoint = "before_commit" | "after_commit";

type Handler = (point: CrashPoint, db: object) => void;

let handler: Handler | null = null;

/** Does nothing, but for a test that has `db` crash here: then it throws. */
export const crashPoint = (point: CrashPoint, db: object): void => handler?.(point, db);

/** For tests alone: what crashes, and when. Null again: nothing. */
export const onCrashPoint = (crashes: Handler | null): void => {
  handler = crashes;
};
