import { failed } from "@/lib/action";

/** How long until then, in whole minutes and never too short. */
export function waitText(until: Date, now: Date = new Date()): string {
  const minutes = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 60_000));
  return minutes === 1 ? "a minute" : `${minutes} minutes`;
}

/** The answer to who tried too often from one place, wherever no password is asked for. */
export const tooManyAttempts = (retryAt: Date) =>
  failed(
    "too_many_attempts",
    `There were too many attempts from where you are. Please try again in ${waitText(retryAt)}.`,
  );
