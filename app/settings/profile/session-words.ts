import { unreachable } from "@/lib/result";

export const SESSIONS_DONE = ["ended", "others-ended"] as const;
export type SessionsDone = (typeof SESSIONS_DONE)[number];

export function sessionsDoneSentence(done: SessionsDone): string {
  switch (done) {
    case "ended":
      return "That session has ended: whoever used it has to sign in again.";
    case "others-ended":
      return "You are signed out everywhere else.";
    default:
      return unreachable(done);
  }
}
